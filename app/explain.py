"""/api/explain: why a commit, branch, pull request or build is on its issues or is not, and what an issue was sent."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Self

from flask import Blueprint
from pydantic import AfterValidator, Field, model_validator

from app.access import admit_admins, current_site
from app.api import ApiModel, api_view, read_query
from app.dead_letters import moment
from app.explaining import Explanation, explain_issue, explain_text
from app.issue_offers import show_offers
from app.standings import Standing
from domain.branches import is_issue_key
from domain.issue_keys import Candidate
from domain.verdicts import REFUSALS, Verdict
from linkage.holding import hold
from services import Services
from store.installations import Installation
from store.ledger import SentRow
from store.links import Link
from store.traces import Trace

TEXT_CHARACTERS = 4000
LOCK_SECONDS = 30  # longer than looking up takes
BUSY = "Somebody on this site is asking this just now, and one question is looked up at a time. Try again in a moment."


def require_key(value: str) -> str:
    """For pydantic: an issue key, in upper case."""
    key = value.strip().upper()
    if not is_issue_key(key):
        raise ValueError("is no issue key; write it as SHOP-123")
    return key


class ExplainQuery(ApiModel):
    """One of the two: any text, or an issue."""

    text: Annotated[str, Field(max_length=TEXT_CHARACTERS)] | None = None
    issue_key: Annotated[str, Field(max_length=512), AfterValidator(require_key)] | None = None

    @model_validator(mode="after")
    def require_one(self) -> Self:
        if (self.text is None) == (self.issue_key is None):
            raise ValueError("give either text or issueKey")
        return self


class KeyView(ApiModel):
    """A key that counts, as it was written, and the rule by which it was read."""

    key: str
    text: str
    rule: str


class RefusalView(ApiModel):
    """What looks like a key and does not count."""

    key: str
    text: str
    code: str
    reason: str


class SentView(ApiModel):
    """What Jira was sent, in which lane, and how that ended: accepted, failed, unknown or stale."""

    kind: str
    id: str
    repository_id: str | None
    connection_id: str | None
    project_id: str | None
    keys: tuple[str, ...]
    unknown_keys: tuple[str, ...]
    state: str
    answer: str | None
    lane: str
    sent_at: datetime
    happened_at: datetime


class EventView(ApiModel):
    """An event that told of the thing. `outcome` stays; `words` are for people; `overCap`: keys beyond Jira's limit."""

    at: datetime
    type: str
    outcome: str
    keys: tuple[str, ...]
    over_cap: int
    words: str


class VerdictView(ApiModel):
    code: str
    sentence: str


class PlaceView(ApiModel):
    """One of several things that the text names: where it is, and the verdict on it alone. Names are null when Azure
    DevOps was not asked for them.
    """

    kind: str
    id: str
    connection_id: str | None
    project_id: str | None
    project: str | None
    repository_id: str | None
    repository: str | None
    verdict: VerdictView


class ExplainView(ApiModel):
    """What was understood, what was found, and the verdict on it. `places`: empty unless the text names several."""

    kind: str
    id: str
    verdict: VerdictView
    keys: tuple[KeyView, ...]
    refused: tuple[RefusalView, ...]
    sent: tuple[SentView, ...]
    events: tuple[EventView, ...]
    places: tuple[PlaceView, ...]


def routes(services: Services) -> Blueprint:
    """The blueprint with `/api/explain` and what it is asked about with."""
    blueprint = Blueprint("explain", __name__, url_prefix="/api/explain")
    admit_admins(blueprint, services)
    blueprint.add_url_rule("", view_func=services.bind(show_explanation), methods=["GET"])
    blueprint.add_url_rule("/issues", view_func=services.bind(show_offers), methods=["GET"])
    return blueprint


@api_view(query=ExplainQuery, answer=ExplainView)
def show_explanation(services: Services) -> ExplainView:
    """Tell of a text or an issue: keys found and refused, what was sent, Jira's answer, and why."""
    return answer_query(services, current_site(), read_query(ExplainQuery))


def answer_query(services: Services, site: Installation, query: ExplainQuery) -> ExplainView:
    """Raises WrongState while somebody on the site asks, the CallError of Jira when it cannot say which keys count."""
    links = {link.id: link for link in services.links.list_for(site.id)}
    with hold(services, f"explain:{site.id}", wait_seconds=0, lock_seconds=LOCK_SECONDS, words=BUSY):
        if query.issue_key is not None:
            return show(explain_issue(services, site, query.issue_key), links)
        return show(explain_text(services, site, query.text or ""), links)


def show(found: Explanation, links: Mapping[str, Link]) -> ExplainView:
    return ExplainView(
        kind=found.kind,
        id=found.id,
        verdict=show_verdict(found.verdict),
        keys=tuple(show_key(one) for one in found.candidates if one.refused is None),
        refused=tuple(show_refusal(one) for one in found.candidates if one.refused is not None),
        sent=tuple(show_sent(row, links.get(row.link_id)) for row in found.sent),
        events=tuple(show_trace(trace) for trace in found.events),
        places=tuple(show_place(one, links.get(one.link_id)) for one in found.places),
    )


def show_verdict(verdict: Verdict) -> VerdictView:
    return VerdictView(code=verdict.code, sentence=verdict.sentence)


def show_place(one: Standing, link: Link | None) -> PlaceView:
    """Connection and project are null when the project was unlinked since."""
    return PlaceView(
        kind=one.kind,
        id=one.id,
        connection_id=link.connection_id if link else None,
        project_id=link.project_id if link else None,
        project=one.project,
        repository_id=one.repository_id,
        repository=one.repository,
        verdict=show_verdict(one.verdict),
    )


def show_key(found: Candidate) -> KeyView:
    return KeyView(key=found.key, text=found.text, rule=found.rule)


def show_refusal(found: Candidate) -> RefusalView:
    code = found.refused or ""
    return RefusalView(
        key=found.key, text=found.text, code=code, reason=REFUSALS[found.refused] if found.refused else ""
    )


def show_sent(row: SentRow, link: Link | None) -> SentView:
    """A row of the ledger; connection and project are null when the project was unlinked since."""
    return SentView(
        kind=row.kind,
        id=row.entity_id,
        repository_id=row.repository_id,
        connection_id=link.connection_id if link else None,
        project_id=link.project_id if link else None,
        keys=row.keys,
        unknown_keys=row.unknown_keys,
        state=row.state,
        answer=row.answer,
        lane=row.lane,
        sent_at=moment(row.sent_at),
        happened_at=moment(row.sequence),
    )


def show_trace(trace: Trace) -> EventView:
    return EventView(
        at=moment(trace.at), type=trace.event_type, outcome=trace.outcome, keys=trace.keys, over_cap=trace.over_cap,
        words=trace.words,
    )  # fmt: skip
