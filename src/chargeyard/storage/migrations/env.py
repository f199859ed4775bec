"""Runs inside Alembic, on the connection and in the transaction that `migrate.py` hands over."""

from alembic import context

from chargeyard.storage.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite alters by making a new table and copying
    transactional_ddl=False,  # the transaction is ours
    compare_type=True,
)
context.run_migrations()
