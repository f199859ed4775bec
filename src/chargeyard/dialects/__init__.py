"""The translators between wire and domain: one set of literal tables for each protocol version."""
