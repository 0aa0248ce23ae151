"""The road of a link's changes to Jira, and how a batch of changes travels it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from clients.ado_git import GitApi
from clients.ado_history import HistoryApi
from clients.ado_pipelines import PipelinesApi
from clients.jira import JiraClient
from domain.bulk import coalesce, pack_requests
from domain.changes import Change, Entity, Identity, Source
from domain.issue_keys import KeyRules
from domain.lanes import Lane
from domain.moved_keys import readdress
from domain.selection import narrow_moved
from domain.site_settings import SiteSettings
from jobs.delivery import Delivery, send_requests
from store.ledger import Ledger, Outcome, Sender
from store.stage_memory import StageMemory

LAG = 1_000  # ms; between the clocks of Azure DevOps' own machines
UNKNOWN_LAG = 2_000  # ms; while nothing is known of its clock


@dataclass(frozen=True, slots=True)
class Road:
    """Everything one link's events need on their way."""

    installation_id: str
    link_id: str
    source: Source
    rules: KeyRules
    kinds: frozenset[str]
    git: GitApi
    pipelines: PipelinesApi
    memory: StageMemory
    history: HistoryApi
    jira: JiraClient
    ledger: Ledger
    now: Callable[[], int]  # ms
    confirm: Callable[[KeyRules, Iterable[str]], KeyRules]  # the rules with projects that were made a moment ago
    token_refused: bool = False  # what is known of the Azure DevOps token
    lane: Lane = "live"
    settings: SiteSettings = field(default_factory=SiteSettings)
    # of commits under a path filter, by repository and commit; None for one that is gone. As long as the road is
    changed_paths: dict[tuple[str, str], tuple[str, ...] | None] = field(default_factory=dict)
    # of commits that were looked up, by repository and commit. As long as the road is
    parents: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    follow: Callable[[KeyRules, Iterable[str]], Mapping[str, str]] = lambda rules, unknown: {}  # keys of moved issues
    ahead: Callable[[], int | None] = lambda: None  # of our clock before Azure DevOps', ms; None when not known

    def observe(self) -> int:
        """The sequence number of what is read from now on (ms): a moment ago by Azure DevOps' clock, so that an event
        of this very moment is newer.
        """
        ahead = self.ahead()
        return self.now() - (UNKNOWN_LAG if ahead is None else ahead + LAG)


def knowing(road: Road, texts: Iterable[str]) -> Road:
    """The road with the newest rules for these texts."""
    return replace(road, rules=road.confirm(road.rules, texts))


def send_changes(changes: Sequence[Change], road: Road) -> Delivery:
    """Send what Jira was not told yet. Raises Retryable, Unauthorized or Forbidden when it cannot take anything now.

    What is not live is sent as back-fill: Jira starts no transition and allows a higher rate. What names an issue that
    moved to another project is sent once more with the key the issue has now.
    """
    delivery = _send(changes, road)
    moved = road.follow(road.rules, delivery.unknown)
    if moved:
        followed = [(change, narrow_moved(road.settings, change, moved)) for change in changes]
        delivery.unknown -= {key for _change, own in followed for key in own}
        delivery.add(_send([one for change, own in followed for one in readdress([change], own)], road))
    return delivery


def _send(changes: Sequence[Change], road: Road) -> Delivery:
    """The ledger knows of everything before Jira is told, and of each answer before anybody hears of it. So whoever
    does this again after a kill at any instruction ends right, and so do two at once.
    """
    sender = Sender(road.installation_id, road.link_id, road.lane, road.now())
    plan = road.ledger.begin(sender, coalesce(changes))
    delivery = Delivery(unsent=dict(plan.unsent))
    requests = pack_requests(plan.changes, road.source, backfill=road.lane != "live")
    try:
        send_requests(requests, road.jira, delivery)
    except Exception:  # what was answered before need not be sent again
        half = {who: change for who, change in delivery.answered.items() if isinstance(change, Entity)}
        road.ledger.finish(sender, _outcomes(half, delivery))
        raise
    overtaken = road.ledger.finish(sender, _outcomes(delivery.answered, delivery))
    if overtaken:
        again = Delivery()
        send_requests(pack_requests(overtaken, road.source), road.jira, again)
        road.ledger.finish(sender, _outcomes(again.answered, again))
        delivery.add(again)
    return delivery


def _outcomes(answered: Mapping[Identity, Change], delivery: Delivery) -> list[Outcome]:
    return [
        Outcome(
            change,
            refusal=delivery.failed.get(who),
            unknown=tuple(key for key in change.keys if key in delivery.unknown) if isinstance(change, Entity) else (),
        )
        for who, change in answered.items()
    ]
