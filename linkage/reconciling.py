"""Asks workers to compare Azure DevOps with what Jira has of a link: every repository, now."""

from collections.abc import Collection, Mapping

from domain.subscriptions import LinkKind
from services import Services
from store.marks import WHOLE

# The marks of a project as a whole: what is read from the moment on at which its link was made
PUSHES = "pushes"
PROJECT_KINDS: tuple[LinkKind, ...] = ("pullRequests", "builds", "deployments")
ASKED = "asked"  # the mark that says since when everything is to be read once more
ASLEEP = "asleep"  # the mark that says when a repository was last seen to be disabled: nothing can happen in it


def want_reconcile(services: Services, link_id: str) -> None:
    """Have everything read that happened since the marks, after a gap or because somebody asks. Raises RedisError."""
    now = services.now()
    services.marks.move(link_id, ASKED, WHOLE, now)
    services.duties.want("reconcile", link_id, now)


def start_marks(services: Services, link_id: str) -> None:
    """Nothing that happened before now is missing: a new link begins here, older history is for the back-fill."""
    services.marks.start(link_id, (PUSHES, *PROJECT_KINDS), services.now())


def known_up_to(marks: Mapping[tuple[str, str], int], kinds: Collection[str]) -> int | None:
    """Up to when everything of `kinds` that happened in a project was read (ms), None when nothing was.

    The mark of pushes that holds for the whole project stays where the link began: it is for repositories that have
    none of their own.
    """
    found = [marks[kind, WHOLE] for kind in PROJECT_KINDS if kind in kinds and (kind, WHOLE) in marks]
    if {"commits", "branches"} & set(kinds):
        awake = [
            at for (kind, part), at in marks.items() if kind == PUSHES and part and at > marks.get((ASLEEP, part), 0)
        ]
        found += awake or ([marks[PUSHES, WHOLE]] if (PUSHES, WHOLE) in marks else [])
    return min(found, default=None)
