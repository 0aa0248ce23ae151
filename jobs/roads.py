"""Opens the road of a link: its Azure DevOps client, its Jira client and the rules between them."""

from functools import partial

from clients.ado_git import GitApi
from clients.ado_history import HistoryApi
from clients.ado_pipelines import PipelinesApi
from domain.changes import Source
from domain.errors import UnknownObject
from domain.lanes import Lane
from jobs.devinfo import Road
from linkage.key_rules import confirm_projects, read_rules
from services import Services
from store.links import Link
from store.stage_memory import StageMemory


def open_road(services: Services, link: Link, lane: Lane = "live") -> Road:
    """Everything the events of a link need. Raises Retryable when Jira cannot say which projects it has,
    Unauthorized when the token was erased, UnknownObject when the site or the connection is gone.
    """
    installation = services.installations.find(link.installation_id)
    connection = services.connections.find(link.installation_id, link.connection_id)
    if installation is None or installation.state != "installed" or connection is None:
        raise UnknownObject("The Jira site or the connection of this link is gone")
    ado = services.ado(connection, lane)
    jira = services.jira(installation, lane)
    return Road(
        source=Source(connection.id, connection.organization_url, link.project_id),
        rules=read_rules(services, installation, link, jira),
        kinds=frozenset(link.kinds),
        git=GitApi(ado),
        pipelines=PipelinesApi(ado),
        history=HistoryApi(ado),
        memory=StageMemory(services.redis, connection.id, link.project_id),
        jira=jira,
        confirm=partial(confirm_projects, services, installation, jira),
        token_refused=connection.token_state == "refused",  # noqa: S105  # a state
        lane=lane,
    )
