"""/api/explain/issues: issues to pick from while somebody types. Their summaries pass through; nothing is kept."""

from functools import partial
from typing import Annotated

from pydantic import Field

from app.access import current_caller, current_site
from app.api import ApiModel, api_view, read_query
from app.asking import Asking
from app.explaining import JIRA_SECONDS
from app.places import LANE
from clients.jira_issues import Issue, fetch_issues, keep_visible, search_issues
from domain.issue_offers import MOST_OFFERED, IssueQuest, read_quest, write_jql
from linkage.key_rules import list_projects
from services import Services
from store.installations import Installation

TYPED_CHARACTERS = 200


class OfferQuery(ApiModel):
    """What was typed so far."""

    query: Annotated[str, Field(max_length=TYPED_CHARACTERS)]


class OfferView(ApiModel):
    key: str
    summary: str
    issue_type: str


class OffersView(ApiModel):
    """Ten issues at most that the person may browse. `asked`: whether what was typed is anything to ask Jira about."""

    asked: bool
    items: tuple[OfferView, ...]


@api_view(query=OfferQuery, answer=OffersView)
def show_offers(services: Services) -> OffersView:
    """Offer issues whose key begins so, whose project is called so, or whose summary has the words."""
    quest = read_quest(read_query(OfferQuery).query)
    if quest.is_empty:
        return OffersView(asked=False, items=())
    ask = partial(find_offers, services, current_site(), current_caller().account_id, quest)
    with Asking(JIRA_SECONDS) as asking:
        found = asking.ask_one(ask, "Jira")
    return OffersView(asked=True, items=tuple(show_offer(issue) for issue in found))


def find_offers(
    services: Services, installation: Installation, account_id: str, quest: IssueQuest
) -> tuple[Issue, ...]:
    """At most MOST_OFFERED issues that the person may browse, found as the app. Raises the CallError of Jira."""
    jira = services.jira(installation, LANE)
    if quest.keys:
        found = fetch_issues(jira, quest.keys)
    else:
        projects = list_projects(services, installation, jira) if quest.project else None
        jql = write_jql(quest, projects or frozenset())
        found = search_issues(jira, jql, MOST_OFFERED) if jql else ()
    return keep_visible(jira, account_id, found)[:MOST_OFFERED]


def show_offer(issue: Issue) -> OfferView:
    return OfferView(key=issue.key, summary=issue.summary, issue_type=issue.type)
