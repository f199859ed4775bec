"""Logs, metrics and the message log."""
