"""Seeing that a thread waits for a lock of the database."""

import threading

from sqlalchemy import Engine, text


def await_lock(engine: Engine, thread: threading.Thread) -> None:
    """Until a thread waits for a lock of PostgreSQL, or has ended. SQLite tells nobody, and lets nobody by."""
    waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    while engine.dialect.name == "postgresql" and thread.is_alive():
        with engine.connect() as connection:
            if connection.execute(waiting).scalar_one():
                return
