"""Asks workers to compare Azure DevOps with what Jira has of a link: every repository, now."""

from domain.subscriptions import LinkKind
from services import Services
from store.marks import WHOLE

# The marks of a project as a whole: what is read from the moment on at which its link was made
PUSHES = "pushes"
PROJECT_KINDS: tuple[LinkKind, ...] = ("pullRequests", "builds", "deployments")
ASKED = "asked"  # the mark that says since when everything is to be read once more


def want_reconcile(services: Services, link_id: str) -> None:
    """Have everything read that happened since the marks, after a gap or because somebody asks. Raises RedisError."""
    now = services.now()
    services.marks.move(link_id, ASKED, WHOLE, now)
    services.duties.want("reconcile", link_id, now)


def start_marks(services: Services, link_id: str) -> None:
    """Nothing that happened before now is missing: a new link begins here, older history is for the back-fill."""
    services.marks.start(link_id, (PUSHES, *PROJECT_KINDS), services.now())
