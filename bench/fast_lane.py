"""A thin server before a stand-in: answers the calls of a load itself, cheaply and after a delay; passes on the rest.

A strict stand-in costs more than the product it serves, so under load it would be what is measured. The load's own
calls are few in kind and all alike; whatever is not among them (installing, connecting, linking) meets the strict one.
"""

import asyncio
import multiprocessing
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.synchronize import Event
from typing import Any

Hot = Callable[[str, str, bytes], bytes | None]  # method, target, body -> JSON body; None for the stand-in behind
HEAD = b"\r\n\r\n"
START_SECONDS = 15.0


@dataclass(slots=True)
class Tally:
    """What went through: calls answered here by method and last part of the path."""

    hot: dict[str, int] = field(default_factory=dict)


class FastLane:
    """The server. `delay` seconds pass before each of its own answers, as on a long line."""

    def __init__(self, hot: Hot, *, port: int, behind: int, delay: float) -> None:
        self._hot, self._port, self._behind, self._delay = hot, port, behind, delay

    async def run(self, ready: Event) -> None:
        server = await asyncio.start_server(self._serve, "127.0.0.1", self._port, backlog=512)
        ready.set()
        async with server:
            await server.serve_forever()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(HEAD)
                body = await reader.readexactly(content_length(head))
                method, target = head.split(b" ", 2)[:2]
                found = self._hot(method.decode(), target.decode(), body)
                if found is None:
                    writer.write(await self._pass_on(head, body))
                else:
                    await asyncio.sleep(self._delay)
                    writer.write(answer(found))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def _pass_on(self, head: bytes, body: bytes) -> bytes:
        """One call to the stand-in behind, on a connection of its own."""
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
    asyncio.run(FastLane(make_hot(), port=port, behind=behind, delay=delay).run(ready))
