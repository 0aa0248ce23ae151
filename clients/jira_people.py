"""People of a Jira site, as Jira tells of them now. Nothing of it is kept.

Source: https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-users/#api-rest-api-3-user-get
"""

from clients.jira import JiraClient
from domain.errors import BadEvent, Unreadable
from domain.json_fields import text


def read_name(client: JiraClient, account_id: str) -> str:
    """The name that a person shows on the site. Raises NotFound for nobody, Forbidden by OAuth credentials."""
    shape = client.send("GET", "platform", "/user", {"accountId": account_id})
    try:
        return text(shape, "displayName")
    except BadEvent as error:
        raise Unreadable("Jira", None, f"its answer cannot be read: {error}") from None
