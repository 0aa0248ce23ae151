"""The product with its databases and thin answerers, up for the length of a bench."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from redis import Redis

from bench.load import Hook, Story
from bench.product import Lanes, Product, free_ports
from tests.postgres import PostgresServer
from tests.redis_server import RedisServer


@dataclass(frozen=True, slots=True)
class Rig:
    """A running product with a connection; `project`: the id of its first project, `hooks`: those of it if linked."""

    product: Product
    redis: Redis
    connection: str
    project: str
    hooks: dict[str, Hook]

    def story(self, repositories: int, **options: Any) -> Story:
        return Story(repositories=repositories, project_id=self.project, **options)

    def with_hooks(self) -> "Rig":
        """The same with the hooks of a project that was linked since."""
        return replace(self, hooks=dict(self.product.hooks(self.project)))

    def waiting(self) -> int:
        """How many events no worker has settled yet."""
        inboxes: Any = self.redis.zrange("crosswalk:inboxes", 0, -1)
        return sum(self.redis.xlen(f"crosswalk:inbox:{inbox.decode()}") for inbox in inboxes)


@contextmanager
def databases() -> Iterator[tuple[RedisServer, PostgresServer]]:
    """Redis and PostgreSQL, up until the block ends."""
    redis_server, postgres = RedisServer(), PostgresServer()
    postgres.start()
    try:
        yield redis_server, postgres
    finally:
        redis_server.stop()
        postgres.stop()


@contextmanager
def running(*, workers: int, lanes: Lanes | None = None, link: bool = True) -> Iterator[Rig]:
    """PostgreSQL, Redis, web and workers; everything ends with the block. Without `link` nothing is linked yet."""
    with databases() as (redis_server, postgres), tempfile.TemporaryDirectory() as folder:
        place = {"database_url": postgres.database(), "redis_url": redis_server.url, "folder": Path(folder)}
        product = Product(free_ports(4), lanes=lanes, **place)  # type: ignore[arg-type]  # three values by name
        try:
            product.start(workers=workers)
            yield _open(product, redis_server.url, link=link)
        finally:
            product.close()


def _open(product: Product, redis_url: str, *, link: bool) -> Rig:
    connection = product.link_projects() if link else product.connect()
    project = next(iter(product.organization.projects))
    return Rig(product, Redis.from_url(redis_url), connection, project, dict(product.hooks(project)))
