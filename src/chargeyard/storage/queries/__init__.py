"""Reads: plain functions over a connection, one module for each noun."""
