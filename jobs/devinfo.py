"""The road of a link's changes to Jira, and how a batch of changes travels it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from clients.ado_git import GitApi
from clients.ado_history import HistoryApi
from clients.ado_pipelines import PipelinesApi
from clients.jira import JiraClient
from domain.bulk import coalesce, pack_requests
from domain.changes import Change, Source
from domain.issue_keys import KeyRules
from domain.lanes import Lane
from domain.site_settings import SiteSettings
from jobs.delivery import Delivery, send_requests
from store.stage_memory import StageMemory


@dataclass(frozen=True, slots=True)
class Road:
    """Everything one link's events need on their way."""

    source: Source
    rules: KeyRules
    kinds: frozenset[str]
    git: GitApi
    pipelines: PipelinesApi
    memory: StageMemory
    history: HistoryApi
    jira: JiraClient
    confirm: Callable[[KeyRules, Iterable[str]], KeyRules]  # the rules with projects that were made a moment ago
    token_refused: bool = False  # what is known of the Azure DevOps token
    lane: Lane = "live"
    settings: SiteSettings = field(default_factory=SiteSettings)


def knowing(road: Road, texts: Iterable[str]) -> Road:
    """The road with the newest rules for these texts."""
    return replace(road, rules=road.confirm(road.rules, texts))


def send_changes(changes: Sequence[Change], road: Road) -> Delivery:
    """Coalesce, pack and send. Raises Retryable, Unauthorized or Forbidden when Jira cannot take anything now.

    What is not live is sent as back-fill: Jira starts no transition and allows a higher rate.
    """
    return send_requests(pack_requests(coalesce(changes), road.source, backfill=road.lane != "live"), road.jira)
