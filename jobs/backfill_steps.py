"""One step of a back-fill: whose it is, and what is behind a refusal it met."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

import structlog

from domain.errors import NotFound, Unauthorized, UnknownObject
from domain.records import Repository
from jobs.backfill_verdicts import Cause
from jobs.devinfo import Road
from jobs.history import Window
from jobs.keeping import keep_renewed
from linkage.credentials import confirm_owner
from services import Services
from store.backfill_turns import LEASE_MILLISECONDS, Claim
from store.connections import Connection
from store.links import Link

log = structlog.get_logger("crosswalk.backfill")


@dataclass(frozen=True, slots=True)
class Step:
    """A claimed part of a link, with the road to Jira; what is read was `observed` at that time (ms)."""

    services: Services
    claim: Claim
    link: Link
    road: Road
    observed: int

    @property
    def window(self) -> Window:
        """What its reader has to read."""
        since = datetime.fromisoformat(self.claim.since).replace(tzinfo=UTC)
        return Window(_repository_of(self.claim, self.link), since, self.observed)

    @property
    def connection(self) -> Connection:
        return require_connection(self.services, self.link)


@contextmanager
def keep_claim(services: Services, claim: Claim) -> Iterator[None]:
    """Renew a claim in the background while the body runs: a page with many look-ups may take long."""

    def renew() -> bool:
        return services.backfill_turns.renew(claim, services.now())

    # somebody else has it, or it was started afresh
    lost = partial(log.info, "backfill.claim_lost", link=claim.link_id, kind=claim.kind)
    with keep_renewed(renew, every=LEASE_MILLISECONDS / 3000, lost=lost):
        yield


def require_connection(services: Services, link: Link) -> Connection:
    """Raises UnknownObject when it was removed a moment ago."""
    found = services.connections.find(link.installation_id, link.connection_id)
    if found is None:
        raise UnknownObject("The connection of this link is gone")
    return found


def find_cause(step: Step, error: Exception) -> Cause | None:
    """What is behind a refusal of Azure DevOps; None when it says all there is. Raises the CallError of asking."""
    if isinstance(error, Unauthorized):
        return "token" if confirm_owner(step.services, step.connection) is None else None
    if isinstance(error, NotFound) and step.claim.repository_id:
        try:
            state = step.road.history.read_repository(step.claim.repository_id)
        except NotFound:
            return None
        return "disabled" if state.disabled else "empty" if state.empty else None
    return None


def _repository_of(claim: Claim, link: Link) -> Repository | None:
    """None for a part that belongs to the whole project."""
    if not claim.repository_id:
        return None
    return Repository(claim.repository_id, claim.name, link.project_id, claim.project, claim.default_branch)
