"""How fast events are acknowledged: authenticated and safe in a durable Redis, against a route that does nothing.

Both are served by the same server with the same options, and get the same 10 KB bodies over the same number of open
connections, in turns. Nobody drains the inboxes meanwhile.
"""

import base64
import json
import multiprocessing
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import count
from multiprocessing.pool import Pool
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from redis import Redis

from bench.posting import Load, Tally, make_request, post_all
from bench.product import Product, free_ports, web_command
from bench.report import Measure, read_arguments, tell
from tests.redis_server import RedisServer

CONNECTIONS = 32  # as many as the server has threads
SLICES = 4  # of a round, for each side
SECONDS = 1.0  # of a slice
BODY_BYTES = 10_240
START_SECONDS = 20.0
PLACE = 1_111_111_111  # where the number of the notification goes
FIRST = 2_000_000_000
BODY = Path(__file__).parents[1] / "tests" / "bodies" / "ado" / "git.push.json"
TARGET = 0.5


def make_body(subscription: str) -> bytes:
    """A push as Azure DevOps sends it, made 10 KB long by a commit message."""
    body: dict[str, Any] = json.loads(BODY.read_text())
    body |= {"subscriptionId": subscription, "notificationId": PLACE}
    commit = body["resource"]["commits"][0]
    commit["comment"] = ""
    commit["comment"] = "x" * (BODY_BYTES - len(json.dumps(body)))
    return json.dumps(body).encode()


@contextmanager
def empty_server() -> Iterator[int]:
    """The route that does nothing, served as the product is; its port."""
    (port,) = free_ports(1)
    place = {"PATH": os.environ.get("PATH", "")}
    process = subprocess.Popen([sys.executable, *web_command(port, "bench.empty_route:app")], env=place)
    try:
        await_port(port)
        yield port
    finally:
        process.terminate()
        process.wait()


def await_port(port: int) -> None:
    ends = time.monotonic() + START_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if time.monotonic() > ends:
                raise
            time.sleep(0.1)
        else:
            return


@contextmanager
def product_server(redis_url: str) -> Iterator[Product]:
    """The web process with a linked project, and no worker."""
    with tempfile.TemporaryDirectory() as folder:
        database = f"sqlite:///{folder}/crosswalk.sqlite"
        product = Product(free_ports(4), database_url=database, redis_url=redis_url, folder=Path(folder))
        try:
            product.start(workers=0)
            product.link_projects()
            yield product
        finally:
            product.close()


def make_load(product: Product) -> Load:
    """What goes to the product."""
    hook = product.hooks(next(iter(product.organization.projects)))["git.push"]
    proof = base64.b64encode(f"crosswalk:{hook.password}".encode()).decode()
    path = urlsplit(hook.url).path
    body = make_body(hook.subscription_id)
    before, after = make_request(path, {"Authorization": f"Basic {proof}"}, body, str(PLACE).encode())
    return Load(urlsplit(product.url).port or 0, before, after, CONNECTIONS, SECONDS)


def forget_events(redis: Redis) -> int:
    """Empty every inbox; how many events they held."""
    streams: Any = redis.keys("crosswalk:inbox:*")
    held = sum(redis.xlen(stream) for stream in streams)
    redis.unlink("nothing", *streams)
    return held


def measure(product: Product, empty_port: int, redis: Redis, rounds: int) -> Sequence[tuple[float, float]]:
    """Answers per second of both sides in each round, after a slice that does not count."""
    load = make_load(product)
    empty = replace(load, port=empty_port)
    numbers = count(FIRST, 1_000_000)
    with multiprocessing.get_context("spawn").Pool(1) as poster:
        run_slice(poster, load, redis, next(numbers))
        run_slice(poster, empty, None, next(numbers))
        return [run_round(poster, load, empty, redis, numbers) for _round in range(rounds)]


def run_round(poster: Pool, load: Load, empty: Load, redis: Redis, numbers: Iterator[int]) -> tuple[float, float]:
    """Short slices in turns, so that whatever else the machine does falls on both sides alike."""
    ours, theirs = 0.0, 0.0
    for _slice in range(SLICES):
        ours += run_slice(poster, load, redis, next(numbers))
        theirs += run_slice(poster, empty, None, next(numbers))
    return ours / SLICES, theirs / SLICES


def run_slice(poster: Pool, load: Load, redis: Redis | None, first: int) -> float:
    """Answers per second; with `redis` every event that was acknowledged is there. Raises RuntimeError otherwise."""
    tally: Tally = poster.apply(post_all, (load, first))
    held = forget_events(redis) if redis else tally.accepted
    if tally.others or held != tally.accepted:
        raise RuntimeError(f"{tally.others} were refused; {held} of {tally.accepted} are safe")
    return tally.rate


def main() -> None:
    """Print the share of the empty route that is reached; exit 1 when it is too little."""
    rounds = read_arguments().rounds
    redis_server = RedisServer()
    try:
        with (
            product_server(redis_server.url) as product,
            empty_server() as port,
            Redis.from_url(redis_server.url) as redis,
        ):
            found = measure(product, port, redis, rounds)
    finally:
        redis_server.stop()
    shares = tuple(round(ours / theirs, 4) for ours, theirs in found)
    rates = {
        "acknowledged_per_second": [round(ours) for ours, _ in found],
        "empty_per_second": [round(theirs) for _, theirs in found],
        "body_bytes": BODY_BYTES, "connections": CONNECTIONS, "appendfsync": "always",
    }  # fmt: skip
    tell("acknowledge", [Measure("share of an empty route", "ratio", shares, TARGET, "higher")], rates)


if __name__ == "__main__":
    main()
