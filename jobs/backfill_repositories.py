"""Finds what a back-fill has to read: the repositories of a project, with the names they have now."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime

import structlog

from clients.ado_projects import keeps_tfvc, read_project
from clients.history_answers import RepositoryState
from domain.changes import Change
from domain.errors import CallError, Permanent
from domain.records import Repository, RepositoryRenamed
from domain.selection import why_no_repository
from jobs.backfill_steps import Step, find_cause
from jobs.backfill_verdicts import DISABLED, EMPTY, GONE, NO_GIT, TFVC_TOO, judge_failure
from jobs.devinfo import Road
from jobs.mapping import map_event
from jobs.outgoing import send_history
from linkage.backfill_slots import wake_backfills
from store.backfill_places import Gone, Place
from store.backfill_turns import DONE
from store.backfills import Ending

log = structlog.get_logger("crosswalk.backfill")

GIT_KINDS = ("pullRequests", "branches", "commits", "builds")
READ_FROM_GIT = frozenset({"pullRequests", "branches", "commits"})
PROJECT_KINDS = ("builds", "deployments")  # builds: of what lies outside of Azure Repos
LONGEST_NAME = 255


def find_repositories(step: Step) -> None:
    """Bring the parts of a back-fill in line with the repositories there are; a new name goes to Jira too.

    Raises the CallError of the list, but for a missing right: then what belongs to the whole project is still read.
    """
    road = step.road
    try:
        states = road.history.list_repositories(step.link.project_id)
    except Permanent as error:
        ending = _missing_right(step, error)
        if ending is None:
            raise
        _arrange(step, _project_name(step), [], ending=ending)
        return
    if not _tell_names(step, states):
        return
    project = states[0].repository.project if states else _project_name(step)
    gone = Gone(frozenset(state.repository.id for state in states), GONE)
    ending = NO_GIT if not states and road.kinds & READ_FROM_GIT else None
    last = TFVC_TOO if states and road.kinds & READ_FROM_GIT and _keeps_tfvc(step) else DONE
    _arrange(step, project, list_places(states, road), gone=gone, ending=ending, last=last)
    log.info("backfill.repositories", link=step.link.id, repositories=len(states))


def list_places(states: Iterable[RepositoryState], road: Road) -> Iterator[Place]:
    """The parts of repositories, as far as link and site want them."""
    for state in states:
        found = state.repository
        if why_no_repository(road.settings, found):
            continue
        branch = found.default_branch if len(found.default_branch or "") <= LONGEST_NAME else None
        ending = DISABLED if state.disabled else EMPTY if state.empty else None
        for kind in GIT_KINDS:
            if kind in road.kinds:
                yield Place(found.id, found.name[:LONGEST_NAME], kind, branch, ending)


def list_renamed(known: Mapping[str, str], states: Iterable[RepositoryState]) -> list[Repository]:
    """The repositories that were called otherwise when they were last looked for."""
    found = (state.repository for state in states)
    return [one for one in found if known.get(one.id, one.name) != one.name[:LONGEST_NAME]]


def _tell_names(step: Step, states: Iterable[RepositoryState]) -> bool:
    """Pages that were read under the old name may have reached Jira after the event. False: the link is closed."""
    happened = datetime.fromtimestamp(step.observed / 1000, UTC)
    known = step.services.backfill_turns.list_names(step.claim.backfill_id)
    events = (RepositoryRenamed(one, happened) for one in list_renamed(known, states))
    changes: Sequence[Change] = [change for event in events for change in map_event(event, step.road)]
    return not changes or send_history(step.services, step.link, changes, step.road, part="backfill-names") is not None


def _arrange(
    step: Step, project: str, places: Iterable[Place], *, gone: Gone | None = None, ending: Ending | None = None,
    last: Ending = DONE,
) -> None:  # fmt: skip
    """Write it down, and let the other slots of the site begin with it."""
    services, name = step.services, project[:LONGEST_NAME]
    every = [*places, *(Place("", name, kind) for kind in PROJECT_KINDS if kind in step.road.kinds)]
    services.backfill_turns.arrange(step.claim, every, name, services.now(), gone=gone, ending=ending, last=last)
    wake_backfills(services, step.link.installation_id)


def _missing_right(step: Step, error: Permanent) -> Ending | None:
    cause = find_cause(step, error)
    verdict = judge_failure(error, kind=step.claim.kind, attempts=1, now=step.services.now(), cause=cause)
    return verdict if isinstance(verdict, Ending) and verdict.code == "permission" else None


def _keeps_tfvc(step: Step) -> bool:
    """False when Azure DevOps does not tell: history is imported all the same."""
    try:
        return keeps_tfvc(step.services.ado(step.connection, "backfill"), step.link.project_id)
    except CallError:
        return False


def _project_name(step: Step) -> str:
    """Its id when Azure DevOps does not tell: the name is only shown."""
    try:
        return read_project(step.services.ado(step.connection, "backfill"), step.link.project_id).name
    except CallError:
        return step.claim.name or step.link.project_id
