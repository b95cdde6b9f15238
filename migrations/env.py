"""Run by alembic, always inside the program and on the connection it hands over."""

from alembic import context

from bot.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    # the caller holds the lock and commits
    transactional_ddl=True,
    transaction_per_migration=False,
)
context.run_migrations()
