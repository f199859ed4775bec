"""Whole databases on the move: copies from one kind to another, and backups."""
