"""A thin server before a stand-in: answers the calls of a load itself, cheaply and after a delay; passes on the rest.

A strict stand-in costs more than the product it serves, so under load it would be what is measured. The load's own
calls are few in kind and all alike; whatever is not among them (installing, connecting, linking) meets the strict one.
"""

import asyncio
import multiprocessing
from collections.abc import Callable
from functools import partial
from multiprocessing.synchronize import Event
from typing import Any

Hot = Callable[[str, str, bytes], bytes | None]  # method, target, body -> JSON body; None for the stand-in behind
HEAD = b"\r\n\r\n"
START_SECONDS = 15.0


class FastLane(asyncio.Protocol):
    """One connection to the server. `delay` seconds pass before each of its own answers, as on a long line."""

    def __init__(self, hot: Hot, *, behind: int, delay: float) -> None:
        self._hot, self._behind, self._delay = hot, behind, delay
        self._loop = asyncio.get_running_loop()
        self._read = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._line: Any = transport  # of TCP, so it can be written to

    def data_received(self, data: bytes) -> None:
        """A client sends its next request when it has its answer, so there is never more than one here."""
        self._read += data
        head, end, body = self._read.partition(HEAD)
        if not end or len(body) < content_length(head):
            return
        self._read = b""
        method, target = head.split(b" ", 2)[:2]
        found = self._hot(method.decode(), target.decode(), body)
        if found is None:
            self._passing = self._loop.create_task(self._pass_on(head + end, body))
        else:
            self._loop.call_later(self._delay, self._line.write, answer(found))

    async def _pass_on(self, head: bytes, body: bytes) -> None:
        """One call to the stand-in behind, on a connection of its own."""
        try:
            self._line.write(await self._ask_behind(head, body))
        except (asyncio.IncompleteReadError, ConnectionError):
            self._line.close()

    async def _ask_behind(self, head: bytes, body: bytes) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._behind)
        first, _, rest = head.partition(b"\r\n")
        lines = [line for line in rest.split(b"\r\n") if line and not line.lower().startswith(b"connection:")]
        writer.write(b"\r\n".join([first, *lines, b"Connection: close"]) + HEAD + body)
        await writer.drain()
        raw = await reader.read()
        writer.close()
        above, _, below = raw.partition(HEAD)
        kept = [
            line for line in above.split(b"\r\n") if not line.lower().startswith((b"connection:", b"content-length:"))
        ]
        return b"\r\n".join([*kept, b"Content-Length: %d" % len(below)]) + HEAD + below


def content_length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    return 0


def answer(body: bytes) -> bytes:
    status = b"202 Accepted" if body.startswith(b'{"accepted') else b"200 OK"
    head = b"HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d" % (status, len(body))
    return head + HEAD + body


def start_lane(make_hot: Callable[[], Hot], *, port: int, behind: int, delay: float) -> Any:
    """Run it in a process of its own; returns the process. `make_hot` is called there."""
    context = multiprocessing.get_context("fork")
    ready = context.Event()
    process = context.Process(target=_run, args=(make_hot, port, behind, delay, ready), daemon=True)
    process.start()
    if not ready.wait(START_SECONDS):
        raise TimeoutError("the fast lane does not start")
    return process


def _run(make_hot: Callable[[], Hot], port: int, behind: int, delay: float, ready: Event) -> None:
    asyncio.run(_serve(partial(FastLane, make_hot(), behind=behind, delay=delay), port, ready))


async def _serve(make_line: Callable[[], FastLane], port: int, ready: Event) -> None:
    server = await asyncio.get_running_loop().create_server(make_line, "127.0.0.1", port, backlog=512)
    ready.set()
    async with server:
        await server.serve_forever()
