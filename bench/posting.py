"""A load of POSTs over connections that stay open, from a process of its own that costs the server little."""

import re
import selectors
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
ANSWER_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Load:
    """What is posted: a request around a number that grows by one, ten digits wide, so that no two are the same."""

    port: int
    before: bytes
    after: bytes
    connections: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Tally:
    """Answers with 202 and others, in so many seconds."""

    accepted: int
    others: int
    seconds: float

    @property
    def rate(self) -> float:
        return self.accepted / self.seconds


def make_request(path: str, headers: dict[str, str], body: bytes, place: bytes) -> tuple[bytes, bytes]:
    """The bytes before and after the number, which stands at `place` of the body (ten characters)."""
    told = {"Host": "127.0.0.1", "Content-Type": "application/json", "Content-Length": str(len(body)), **headers}
    lines = "".join(f"{name}: {value}\r\n" for name, value in told.items())
    head, _, tail = body.partition(place)
    return f"POST {path} HTTP/1.1\r\n{lines}\r\n".encode() + head, tail


def post_all(load: Load, first: int) -> Tally:
    """Post as fast as answers come until the time is over, then wait for those that are out."""
    numbers = iter(range(first, 10_000_000_000))
    with selectors.DefaultSelector() as selector:
        for _connection in range(load.connections):
            selector.register(open_line("127.0.0.1", load.port), selectors.EVENT_READ)
        began = time.monotonic()
        for key in selector.get_map().values():
            key.fileobj.sendall(load.before + b"%010d" % next(numbers) + load.after)  # type: ignore[union-attr]  # a socket
        statuses = list(_answers(selector, load, lambda: next(numbers), began + load.seconds))
        seconds = time.monotonic() - began
    accepted = sum(status == b"202" for status in statuses)
    return Tally(accepted, len(statuses) - accepted, seconds)


def _answers(
    selector: selectors.BaseSelector, load: Load, following: Callable[[], int], ends: float
) -> Iterator[bytes]:
    """Every answer's status; each is followed by the next request on the same connection."""
    out = load.connections
    while out:
        for key, _events in selector.select(ANSWER_SECONDS):
            line: socket.socket = key.fileobj  # type: ignore[assignment]  # only sockets were registered
            yield read_status(line)
            if time.monotonic() < ends:
                line.sendall(load.before + b"%010d" % following() + load.after)
                continue
            out -= 1
            selector.unregister(line)
            line.close()


def open_line(host: str, port: int) -> socket.socket:
    """A connection that sends what it gets at once."""
    line = socket.create_connection((host, port), timeout=ANSWER_SECONDS)
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return line


def read_status(line: socket.socket) -> bytes:
    """Read one answer to its end. Raises ConnectionError when the server hangs up."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += _receive(line)
    head, _, body = data.partition(b"\r\n\r\n")
    length = LENGTH.search(head)
    missing = int(length.group(1)) - len(body) if length else 0
    while missing > 0:
        missing -= len(_receive(line))
    return head[9:12]


def _receive(line: socket.socket) -> bytes:
    data = line.recv(65536)
    if not data:
        raise ConnectionError("the server hung up")
    return data
