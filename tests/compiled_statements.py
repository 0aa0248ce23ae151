"""Statements that are compiled once for all engines of this process.

Each test has a database and so an engine of its own. To compile the same statements for each of them was nearly half of
what tests without stand-ins cost.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Dialect, Engine, create_engine

import store.db


@contextmanager
def statements_compiled_once() -> Iterator[None]:
    """While the body runs, engines of the product share what they compile, by kind of database."""
    compiled: dict[Any, Any] = {}
    dialects: dict[str, Dialect] = {}

    def create_sharing(url: Any, **options: Any) -> Engine:
        # https://docs.sqlalchemy.org/en/20/core/connections.html : what is compiled is kept by dialect and statement
        engine = create_engine(url, execution_options={"compiled_cache": compiled}, **options)
        known = dialects.setdefault(engine.name, engine.dialect)
        if known.server_version_info:  # it was connected before, and so knows its server
            engine.dialect = known
        return engine

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store.db, "create_engine", create_sharing)
        yield
