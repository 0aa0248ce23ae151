"""Opens the road of a link: its Azure DevOps client, its Jira client and the rules between them."""

import time
from collections.abc import Callable
from functools import partial
from threading import Lock

from clients.ado_git import GitApi
from clients.ado_history import HistoryApi
from clients.ado_pipelines import PipelinesApi
from domain.changes import Source
from domain.errors import Unavailable, UnknownObject
from domain.lanes import Lane
from jobs.devinfo import Road
from linkage.key_rules import confirm_projects, follow_issues, read_rules
from services import Services
from store.links import Link
from store.stage_memory import StageMemory

GONE_SECONDS = 60.0
KEPT_SECONDS = 1.0  # what an administrator changes holds after this
Opener = Callable[[Services, Link], Road]


def open_road(services: Services, link: Link, lane: Lane = "live") -> Road:
    """Everything the events of a link need. Raises Retryable when Jira cannot say which projects it has or the
    organization is not found, Unauthorized when the token was erased, UnknownObject when the site or the connection is
    gone.
    """
    installation = services.installations.find(link.installation_id)
    connection = services.connections.find(link.installation_id, link.connection_id)
    if installation is None or installation.state != "installed" or connection is None:
        raise UnknownObject("The Jira site or the connection of this link is gone")
    if connection.token_state == "gone":  # noqa: S105  # a state
        # a look-up would be answered with 404, and an event whose facts are not found is given up
        detail = f"no organization answers at {connection.organization_url}; enter its new address"
        raise Unavailable("Azure DevOps", 404, detail, retry_after=GONE_SECONDS)
    ado = services.ado(connection, lane)
    jira = services.jira(installation, lane)
    settings = services.settings_book.read(installation.id).settings
    return Road(
        installation_id=installation.id,
        link_id=link.id,
        source=Source(connection.id, connection.organization_url, link.project_id),
        rules=read_rules(services, installation, link, jira, settings),
        kinds=frozenset(link.kinds) if settings.kinds is None else settings.kinds & frozenset(link.kinds),
        git=GitApi(ado),
        pipelines=PipelinesApi(ado),
        history=HistoryApi(ado),
        memory=StageMemory(services.redis, connection.id, link.project_id),
        jira=jira,
        ledger=services.ledger,
        now=services.now,
        confirm=partial(confirm_projects, services, installation, jira, absent={}),
        token_refused=connection.token_state == "refused",  # noqa: S105  # a state
        lane=lane,
        settings=settings,
        follow=partial(follow_issues, services, installation, jira),
        ahead=lambda: ado.clock_ahead,
    )


class KeptRoads:
    """Opens the live road of a link at most once in KEPT_SECONDS: a busy link would have it opened for each batch, and
    that reads five tables and opens two secrets. Safe to share between threads.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._kept: dict[str, tuple[float, Link, Road]] = {}

    def open(self, services: Services, link: Link) -> Road:
        """As `open_road`, a moment ago or now. A link that was changed has a new road at once."""
        now = self._clock()
        with self._lock:
            until, of, road = self._kept.get(link.id) or (now, None, None)
        if road is not None and until > now and of == link:
            return road
        made = open_road(services, link)
        with self._lock:
            self._kept = {key: kept for key, kept in self._kept.items() if kept[0] > now}
            self._kept[link.id] = (now + KEPT_SECONDS, link, made)
        return made
