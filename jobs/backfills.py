"""Works on the back-fills of one site, a page at a time. Safe to kill at any instruction, safe to run twice at once.

A page is read, sent, and only then written down: one whose worker died is read and sent again, which is harmless.
"""

import time
from collections.abc import Mapping
from typing import cast

import structlog

from clients.ado import SYSTEM
from domain.errors import AppError, Permanent, Unauthorized
from domain.subscriptions import LinkKind
from jobs.backfill_repositories import find_repositories
from jobs.backfill_steps import Step, find_cause, keep_claim
from jobs.backfill_verdicts import Cause, Pause, end_reading, judge_failure
from jobs.batches import Turn
from jobs.history import READERS, Reader
from jobs.outgoing import send_history
from jobs.roads import open_road
from linkage.credentials import confirm_owner
from services import Services
from store.backfill_turns import Claim, Page
from store.backfills import REPOSITORIES
from store.links import Link

log = structlog.get_logger("crosswalk.backfill")

Readers = Mapping[LinkKind, Reader]
TURN_SECONDS = 5.0  # then it is another site's turn


def work_backfills(services: Services, name: str, readers: Readers = READERS) -> int | None:
    """The duty `{installation id}#{slot}`: pages in turn; returns when to go on (ms), None when nothing is left."""
    installation_id = name.partition("#")[0]
    site = services.installations.find(installation_id)
    if site is None or site.state != "installed":
        return None
    services.backfill_turns.end_pauses(installation_id, services.now())
    turn = Turn(services.stopping, time.monotonic() + TURN_SECONDS)
    while not turn.is_over():
        claim = services.backfill_turns.claim(installation_id, services.now())
        if claim is None:
            return services.backfill_turns.next_due(installation_id)
        with keep_claim(services, claim):
            take_step(services, claim, readers)
    return services.now()


def take_step(services: Services, claim: Claim, readers: Readers = READERS) -> None:
    """Read and send one page of a claimed part, and write down how it went. A fault of the part ends here."""
    link = services.links.find(claim.link_id)
    if link is None:
        return  # unlinked a moment ago, and the part with it
    try:
        road = open_road(services, link, "backfill")
    except Exception as error:  # judged like any other
        erased = isinstance(error, Unauthorized) and error.system == SYSTEM
        _write_verdict(services, claim, link, error, "token" if erased else None)
        return
    step = Step(services, claim, link, road, road.observe())
    try:
        if claim.kind == REPOSITORIES:
            find_repositories(step)
        else:
            _take_page(step, readers)
        if road.token_refused:  # it was refused once and works again
            confirm_owner(services, step.connection)
    except Exception as error:  # one part's fault is its own
        _judge(step, error)


def _take_page(step: Step, readers: Readers) -> None:
    services, claim = step.services, step.claim
    if claim.kind not in step.road.kinds:  # nobody wants it any more
        services.backfill_turns.record(claim, Page(None, 0), services.now())
        return
    reading = readers[cast("LinkKind", claim.kind)](step.road, step.window, claim.cursor)
    delivery = send_history(services, step.link, reading.changes, step.road, part=f"backfill-{claim.part_id}")
    if delivery is None:
        return  # the project is being unlinked; should that fail, the part is taken again when its lease ends
    refused = reading.refused + len(delivery.failed)
    page = Page(reading.cursor, reading.seen, refused, reading.total, end_reading(claim.refused + refused))
    kept = services.backfill_turns.record(claim, page, services.now())
    log.info(
        "backfill.page", link=step.link.id, kind=claim.kind, seen=reading.seen, sent=delivery.accepted,
        refused=refused, last=reading.cursor is None, kept=kept,
    )  # fmt: skip


def _judge(step: Step, error: Exception) -> None:
    cause = None
    try:
        if isinstance(error, Permanent) and error.system == SYSTEM:
            cause = find_cause(step, error)
    except AppError as later:  # Azure DevOps does not say now
        error = later
    _write_verdict(step.services, step.claim, step.link, error, cause)


def _write_verdict(services: Services, claim: Claim, link: Link, error: Exception, cause: Cause | None) -> None:
    attempts, now = claim.attempts + 1, services.now()
    verdict = judge_failure(error, kind=claim.kind, attempts=attempts, now=now, cause=cause)
    log.warning("backfill.failed", link=link.id, kind=claim.kind, error=type(error).__name__, code=verdict.code)
    if isinstance(verdict, Pause):
        services.backfill_turns.wait(
            claim, verdict.code, verdict.detail, due=verdict.at, now=now, every=verdict.every,
            attempts=attempts if verdict.counted else claim.attempts,
        )  # fmt: skip
    else:
        services.backfill_turns.end(claim, verdict, now)
