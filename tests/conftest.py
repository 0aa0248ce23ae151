"""What most tests stand on: a real Redis, a fresh migrated database, the services over both, the application."""

import gc
import io
import logging
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import structlog
from alembic import command
from flask import Flask
from flask.testing import FlaskClient

from logs import configure_logs
from services import Services, build_services
from settings import Settings
from store.db import alembic_config, open_database
from tests.compiled_statements import statements_compiled_once
from tests.postgres import PostgresMissing, PostgresServer
from tests.redis_server import RedisServer
from tests.remembered_routes import remembered_routes
from tests.untraced import untraced_stand_ins

PUBLIC_URL = "http://127.0.0.1:8000"
GARBAGE = 50_000  # objects made after which the collector looks; it took a tenth of the whole time before


def pytest_collection_finish() -> None:
    """What is loaded by now stays: spare the collector the look at it, and let it look less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE)


@pytest.fixture(scope="session", autouse=True)
def compiled_once() -> Iterator[None]:
    """The routes of all applications, and the statements of all databases."""
    with remembered_routes(), statements_compiled_once():
        yield


@pytest.fixture(scope="session", autouse=True)
def untraced_threads() -> Iterator[None]:
    """Coverage follows the product."""
    with untraced_stand_ins(product="app"):
        yield


@pytest.fixture(scope="session")
def specs() -> Path:
    """The folder of official specifications; a test that needs it is skipped where it is absent."""
    folder = Path(os.environ.get("SPECS_DIR", "../shared/specs"))
    if not folder.is_dir():
        pytest.skip(f"the official specifications are not at {folder}; set SPECS_DIR to test against them")
    return folder


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer]:
    """One server for all tests; each `services` empties it. None of them stops the machine."""
    server = RedisServer(appendfsync="no")
    yield server
    server.stop()


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite database at the newest schema, to be copied."""
    path = tmp_path_factory.mktemp("migrated") / "crosswalk.sqlite"
    engine = open_database(f"sqlite:///{path}")
    command.upgrade(alembic_config(engine), "head")
    engine.dispose()
    return path


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    try:
        server = PostgresServer()
    except PostgresMissing as missing:
        if os.environ.get("CI") == "true":
            pytest.fail(f"tests on PostgreSQL did not run: {missing}")
        pytest.skip(f"tests on PostgreSQL did not run: {missing}")
    yield server
    server.stop()


@pytest.fixture(scope="session")
def migrated_url(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest):
    """The address of a migrated database per backend, which fresh ones are copied from."""
    made: dict[str, str] = {}

    def migrate(backend: str) -> str:
        if backend not in made:
            url = f"sqlite:///{tmp_path_factory.mktemp('template')}/start.sqlite"
            if backend == "postgresql":
                url = request.getfixturevalue("postgres").database()
            engine = open_database(url)
            command.upgrade(alembic_config(engine), "head")
            engine.dispose()
            made[backend] = url
        return made[backend]

    return migrate


@pytest.fixture
def settings_changes() -> Mapping[str, Any]:
    """Override it in a folder or a file to run `services` with other settings."""
    return {}


@pytest.fixture
def services(
    redis_server: RedisServer, migrated_file: Path, settings_changes: Mapping[str, Any], tmp_path: Path
) -> Iterator[Services]:
    """Services over a fresh database, an empty Redis and a key file of their own."""
    with fresh_services(redis_server, migrated_file, tmp_path, settings_changes) as made:
        yield made


@contextmanager
def fresh_services(
    redis_server: RedisServer, migrated_file: Path, folder: Path, changes: Mapping[str, Any]
) -> Iterator[Services]:
    """As the fixture `services`, for fixtures that last longer than a test."""
    database = folder / "crosswalk.sqlite"
    shutil.copy(migrated_file, database)
    values: dict[str, Any] = {
        "public_url": PUBLIC_URL,
        "database_url": f"sqlite:///{database}",
        "redis_url": redis_server.url,
        "secret_backend": "local",
        "local_key_file": folder / "crosswalk.keys",
    }
    made = build_services(Settings(**(values | dict(changes))))
    made.redis.flushall()
    yield made
    made.redis.close()
    made.engine.dispose()


@pytest.fixture
def app(services: Services) -> Flask:
    from app import create_app

    return create_app(services)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def written() -> Iterator[Callable[[], str]]:
    """What went to the log from here on."""
    before = logging.getLogger().handlers[:], logging.getLogger().level
    stream = io.StringIO()
    configure_logs("DEBUG", "json", stream)
    yield stream.getvalue
    logging.getLogger().handlers[:] = before[0]
    logging.getLogger().setLevel(before[1])
    structlog.reset_defaults()
