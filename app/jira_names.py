"""The name of a Jira account for a page, asked of Jira at that moment; a page does without it when Jira is slow."""

from app.asking import Asking
from clients.jira_people import read_name
from services import Services
from store.installations import Installation

SECONDS = 3.0


def find_name(services: Services, installation: Installation, account_id: str) -> str | None:
    """The name that a person shows on their Jira site, None when Jira does not tell it within three seconds."""
    with Asking(SECONDS) as asking:
        (answer,) = asking.ask_all([lambda: read_name(services.jira(installation), account_id)])
    return answer.found
