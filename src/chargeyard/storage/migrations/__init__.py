"""Alembic migrations, one after the other. `HEAD` is the last one, known without importing Alembic."""

HEAD = "0007"
