"""What is told when the clock of this server and that of Azure DevOps differ by much."""

from urllib.parse import urlsplit

from linkage.token_check import Problem
from services import Services
from store.connections import Connection

LARGE = 30_000  # ms; as much as is borne in tokens that Jira signs (descriptor/verify.py)
DIFFERS = "clock_differs"


def clock_ahead(services: Services, connection: Connection) -> int | None:
    """By how many ms our clock is ahead of the organization's, None while no answer told."""
    return services.ado_http.clocks.ahead(urlsplit(connection.organization_url).netloc)


def clock_problem(ahead: int | None) -> Problem | None:
    """A warning when the clocks differ by more than LARGE. What is read is dated by Azure DevOps' clock."""
    if ahead is None or abs(ahead) <= LARGE:
        return None
    side = "ahead of" if ahead > 0 else "behind"
    words = (
        f"The clock of Crosswalk's server is {abs(ahead) // 1000} seconds {side} that of Azure DevOps. Nothing is lost "
        "by that, but Jira may refuse calls, and times are shown wrong. Have the server keep its time by NTP."
    )
    return Problem(DIFFERS, "warning", words)
