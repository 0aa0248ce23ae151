"""A fresh migrated database on SQLite and on PostgreSQL, a vault over it, and a stand-in of AWS on loopback."""

import importlib
import json
import pkgutil
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from moto.server import ThreadedMotoServer
from redis import Redis
from sqlalchemy import Engine

import store
from store.db import open_database
from store.key_services import LocalKeys
from store.secrets import Vault
from tests.postgres import PostgresServer
from tests.store.lent_databases import LentDatabases

BACKENDS = ("sqlite", "postgresql")


# Each table's file registers it: with all of them loaded the metadata is whole.
for module in pkgutil.iter_modules(store.__path__, "store."):
    if not module.ispkg:
        importlib.import_module(module.name)


class Clock:
    """The time of a test, in milliseconds."""

    def __init__(self) -> None:
        self.now = 1_800_000_000_000

    def __call__(self) -> int:
        return self.now


class AwsStand:
    """AWS as moto serves it over HTTP; `client` gives a real boto3 client for it."""

    def __init__(self, address: str) -> None:
        self.address = address

    def client(self, service: str, address: str | None = None) -> Any:
        return boto3.client(
            service, endpoint_url=address or self.address, region_name="eu-central-1", aws_access_key_id="testing",
            aws_secret_access_key="testing",
            config=Config(connect_timeout=1, read_timeout=5, retries={"total_max_attempts": 1}),
        )  # fmt: skip


@pytest.fixture
def redis(redis_server: Any) -> Iterator[Redis]:
    """A client of the server, which is empty."""
    client = Redis.from_url(redis_server.url)
    client.flushall()
    yield client
    client.close()


@pytest.fixture(scope="session")
def lent_databases(postgres: PostgresServer, migrated_url: Callable[[str], str]) -> LentDatabases:
    return LentDatabases(postgres, migrated_url("postgresql"))


@pytest.fixture
def make_engine(tmp_path: Path, migrated_url: Callable[[str], str], request: pytest.FixtureRequest):
    """Makes a fresh database at the newest schema, or one without any table."""
    engines: list[Engine] = []
    lent: list[str] = []

    def make(backend: str, *, empty: bool = False) -> Engine:
        url = f"sqlite:///{tmp_path}/{len(engines)}.sqlite"
        if backend == "sqlite" and not empty:
            shutil.copy(migrated_url(backend).removeprefix("sqlite:///"), url.removeprefix("sqlite:///"))
        elif backend == "postgresql" and empty:
            url = request.getfixturevalue("postgres").database()
        elif backend == "postgresql":
            url = request.getfixturevalue("lent_databases").lend()
            lent.append(url)
        engines.append(open_database(url))
        return engines[-1]

    yield make
    for engine in engines:
        engine.dispose()
    for url in lent:
        request.getfixturevalue("lent_databases").take_back(url)


@pytest.fixture(params=BACKENDS)
def engine(make_engine, request: pytest.FixtureRequest) -> Engine:
    """A fresh database at the newest schema."""
    fresh: Engine = make_engine(request.param)
    return fresh


@pytest.fixture(params=BACKENDS)
def empty_engine(make_engine, request: pytest.FixtureRequest) -> Engine:
    """A database without any table."""
    fresh: Engine = make_engine(request.param, empty=True)
    return fresh


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def local_keys(tmp_path: Path) -> LocalKeys:
    return LocalKeys(tmp_path / "crosswalk.keys")


@pytest.fixture
def vault(engine: Engine, local_keys: LocalKeys, clock: Clock) -> Vault:
    return Vault(engine, local_keys, clock)


@pytest.fixture(scope="session")
def aws_server() -> Iterator[ThreadedMotoServer]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def aws(aws_server: ThreadedMotoServer) -> AwsStand:
    host, port = aws_server.get_host_and_port()
    return AwsStand(f"http://{host}:{port}")


@pytest.fixture
def kms_key(aws: AwsStand) -> str:
    """The ARN of a fresh KMS key."""
    return str(aws.client("kms").create_key(Description="master key")["KeyMetadata"]["Arn"])


@pytest.fixture
def closed_address() -> Iterator[str]:
    """An address on loopback where connections are refused: bound and not listening."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{unused.getsockname()[1]}"


@pytest.fixture
def refusing_aws() -> Iterator[Callable[[int, str], str]]:
    """Starts an AWS that answers every call with one error, as AWS words it, and gives its address."""
    servers: list[HTTPServer] = []

    def start(status: int, code: str) -> str:
        body = json.dumps({"__type": code, "message": "refused"}).encode() if code else b"<html>"

        class Refusal(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(status)
                self.send_header("Content-Type", "application/x-amz-json-1.1")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        servers.append(HTTPServer(("127.0.0.1", 0), Refusal))
        threading.Thread(target=servers[-1].serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return f"http://127.0.0.1:{servers[-1].server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()
