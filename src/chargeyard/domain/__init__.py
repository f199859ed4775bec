"""The business rules: pure values and functions; no socket, clock, database or protocol version."""
