"""Runs the schema changes on the engine that `store.db.alembic_config` carries."""

from alembic import context

from store.db import metadata

with context.config.attributes["engine"].connect() as connection:
    context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()
