"""What /api/health answers: the light of each connection, and what it is made of."""

from datetime import datetime
from typing import Literal

from app.api import ApiModel, ConcernView
from app.projects import SubscriptionView
from store.connections import TokenState


class LightView(ApiModel):
    """One colour, the word for it, and the sentence to act on."""

    color: Literal["green", "yellow", "red"]
    word: str
    sentence: str


class CredentialView(ApiModel):
    """`expiresAt`: as it was told with the token, null when nobody said."""

    state: TokenState
    expires_at: datetime | None
    problems: tuple[ConcernView, ...]


class InboxView(ApiModel):
    """Events that wait for Jira. `oldestAgeSeconds` is null when none does. `waitsFor`: what the last try met, null
    when none failed since the oldest came, or not within the last hour.
    """

    depth: int
    oldest_age_seconds: int | None
    waits_for: str | None = None


class EventView(ApiModel):
    at: datetime
    type: str


class AnswerView(ApiModel):
    """What Jira said last, and counts since the project was linked."""

    at: datetime
    words: str
    accepted: int
    failed: int
    unknown_keys: int


class LatencyView(ApiModel):
    """From the moment an event came to Jira's answer, over the last hour; null while there was none."""

    count: int
    p50_milliseconds: int | None
    p95_milliseconds: int | None


class BackfillBrief(ApiModel):
    """How far the import of history is. `failed` parts can be tried again, as `incomplete` ones that left entries out.

    `stalled`: it runs, and nothing has moved for ten minutes; `waitsFor`: why, in a sentence, null when nobody knows.
    """

    state: str
    done: int
    total: int
    failed: int
    incomplete: int
    stalled: bool
    waits_for: str | None


class ReconciledView(ApiModel):
    """Up to when everything that happened is known to be in Jira, and what events had not told of."""

    up_to: datetime | None
    found: int
    found_at: datetime | None


class RateView(ApiModel):
    """How fast calls go. `why` is a sentence; `waits` of the last hour, all lanes together."""

    system: str
    group: str
    calls_last_minute: int
    per_second: float
    paused_until: datetime | None
    remaining: float | None
    limit: float | None
    waits: int
    waited_milliseconds: int
    why: str


class LinkHealth(ApiModel):
    project_id: str
    subscriptions: tuple[SubscriptionView, ...]
    problems: tuple[ConcernView, ...]
    inbox: InboxView
    last_event: EventView | None
    last_answer: AnswerView | None
    latency: LatencyView
    backfill: BackfillBrief | None
    reconciled: ReconciledView
    to_send_again: int


class ConnectionHealth(ApiModel):
    id: str
    organization: str
    light: LightView
    credential: CredentialView
    links: tuple[LinkHealth, ...]
    rates: tuple[RateView, ...]
    dead_letters: int


class ErasingView(ApiModel):
    """What Jira was told to forget since a moment and has not yet proved to have forgotten, or (an error) does not.

    `projectId` is null for a whole connection. Both ids may be of what is not connected any more.
    """

    severity: Literal["error", "warning"]
    detail: str
    since: datetime
    connection_id: str
    project_id: str | None


class HealthList(ApiModel):
    """`jira`: how fast calls to the site go. `erasing`: what is to go from it."""

    items: tuple[ConnectionHealth, ...]
    jira: tuple[RateView, ...] = ()
    erasing: tuple[ErasingView, ...] = ()
    next: str | None = None
