"""The two entry points as real processes: they start, refuse, stop, and take over from a killed one."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from alembic import command

from services import build_services
from settings import Settings
from store.db import alembic_config

ROOT = Path(__file__).parents[1]


@pytest.fixture
def environment(redis_server, tmp_path):
    return {
        "PATH": os.environ["PATH"],
        "PYTHONWARNINGS": "default",
        "DATABASE_URL": f"sqlite:///{tmp_path}/crosswalk.sqlite",
        "REDIS_URL": redis_server.url,
        "LOCAL_KEY_FILE": str(tmp_path / "keys"),
    }


@pytest.fixture
def services(environment):
    """What the processes work on, seen from here."""
    made = build_services(
        Settings(
            database_url=environment["DATABASE_URL"], redis_url=environment["REDIS_URL"],
            local_key_file=Path(environment["LOCAL_KEY_FILE"]),
        )
    )  # fmt: skip
    made.redis.flushall()
    command.upgrade(alembic_config(made.engine), "head")
    yield made
    made.redis.close()
    made.engine.dispose()


def start(environment, *arguments):
    return subprocess.Popen(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def put(services, number):
    services.queue.put("gone-link", "repo", identity=str(number), event_type="git.push", body=b"{}", now=1)


def await_empty(services, seconds):
    ends = time.monotonic() + seconds
    while services.redis.exists("crosswalk:inbox:gone-link/repo"):
        assert time.monotonic() < ends, f"not delivered within {seconds} s"
        time.sleep(0.05)


@pytest.mark.parametrize("arguments", [("worker.py",), ("-c", "import wsgi")])
def test_a_process_refuses_an_old_database_and_says_what_to_run(environment, arguments):
    process = start(environment, *arguments)
    output, _ = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "crosswalk upgrade-database" in output
    assert "Traceback" not in output


@pytest.mark.parametrize("arguments", [("worker.py",), ("-c", "import wsgi")])
def test_a_wrong_setting_stops_the_start_with_its_name(environment, arguments):
    process = start(environment | {"PUBLIC_URL": "http://crosswalk.example.com"}, *arguments)
    output, _ = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "PUBLIC_URL" in output
    assert "Traceback" not in output


PROCESSES = [("worker.py",), ("-c", "import wsgi")]


def one_sentence(environment, arguments):
    """What a process that refuses to start says."""
    process = start(environment, *arguments)
    output, _ = process.communicate(timeout=30)
    assert process.returncode == 1
    assert len(output.strip().splitlines()) == 1
    return output


@pytest.mark.parametrize("arguments", PROCESSES)
def test_a_key_file_open_to_others_stops_the_start_and_is_named(environment, services, arguments):
    path = Path(environment["LOCAL_KEY_FILE"])
    path.touch()
    path.chmod(0o644)

    output = one_sentence(environment, arguments)

    assert "chmod 600" in output
    assert str(path) in output


@pytest.mark.parametrize("arguments", PROCESSES)
@pytest.mark.parametrize(
    "address", ["postgresql://nobody:word@127.0.0.1:1/none", "postgresql://u@h:port/none", "sqlite:////proc/none/x"]
)
def test_a_database_that_cannot_be_used_stops_the_start(environment, arguments, address):
    assert "word" not in one_sentence(environment | {"DATABASE_URL": address}, arguments)


def test_a_worker_without_redis_ends_with_a_sentence(environment, services):
    output = one_sentence(environment | {"REDIS_URL": "redis://127.0.0.1:1/0"}, ("worker.py",))

    assert "Redis cannot be used" in output


def test_the_command_brings_a_fresh_database_up(environment):
    process = start(environment, "-m", "flask", "--app", "wsgi", "crosswalk", "upgrade-database")
    output, _ = process.communicate(timeout=30)
    assert process.returncode == 0, output
    assert "newest schema" in output


def test_a_worker_works_and_stops_gracefully_on_a_term_signal(environment, services):
    process = start(environment, "worker.py")
    put(services, 1)
    await_empty(services, 20)
    process.send_signal(signal.SIGTERM)
    output, _ = process.communicate(timeout=15)
    assert process.returncode == 0, output
    assert "worker.stopped" in output


def test_a_killed_workers_inbox_is_taken_over_within_fifteen_seconds(environment, services):
    put(services, 1)
    # a worker had it and was killed: neither lease nor poke comes back
    services.queue.claim("gone-link/repo", services.now())
    services.redis.delete("rq:queue:live")
    process = start(environment, "worker.py")
    try:
        await_empty(services, 15)
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=15)
