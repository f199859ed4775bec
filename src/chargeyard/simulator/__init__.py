"""Simulated charge points and vehicles, one or ten thousand."""
