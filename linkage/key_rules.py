"""Which issue keys count for a link: only keys of projects that exist on its site and that the link may touch."""

from collections.abc import Iterable
from dataclasses import replace

from clients.jira import JiraClient
from domain.errors import Forbidden
from domain.issue_keys import KeyRules, explain_keys
from services import Services
from store.installations import Installation
from store.links import Link
from store.project_keys import project_of


def read_rules(services: Services, installation: Installation, link: Link, jira: JiraClient) -> KeyRules:
    """The rules as of now; asks Jira for its projects when the kept list is too old.

    A site that cannot be asked (OAuth credentials) goes by the projects the operator named, else by what was learnt.
    """
    allowed = frozenset(link.jira_projects) if link.jira_projects is not None else None
    if installation.kind == "oauth":
        refused = services.project_keys.read_refused(installation.id, services.now())
        return KeyRules(projects=allowed, allowed=allowed, refused=refused)
    return KeyRules(projects=_real_projects(services, installation, jira), allowed=allowed, refused=frozenset())


def _real_projects(services: Services, installation: Installation, jira: JiraClient) -> frozenset[str] | None:
    kept = services.project_keys.read_list(installation.id)
    if kept is not None:
        return kept
    try:
        keys = jira.list_project_keys()
    except Forbidden:
        return None  # the app may not list projects here: fall back to the rules for an unknown list
    services.project_keys.save_list(installation.id, keys)
    return keys


def confirm_projects(
    services: Services, installation: Installation, jira: JiraClient, rules: KeyRules, texts: Iterable[str]
) -> KeyRules:
    """The rules with projects that `texts` name and the kept list lacks, because they were made a moment ago.

    Jira is asked about each such name once in ten seconds, so `UTF-8` in every message costs next to nothing.
    """
    if rules.projects is None or installation.kind == "oauth":  # there is no list, or only the operator's own
        return rules
    doubted = {project_of(found.key) for found in explain_keys(rules, *texts) if found.refused == "no such project"}
    if not doubted:
        return rules
    known = (services.project_keys.read_list(installation.id) or frozenset()) | rules.projects
    asked = services.project_keys.note_doubts(installation.id, doubted - known)
    new = jira.find_projects(asked) if asked else frozenset()
    if new:
        services.project_keys.save_list(installation.id, known | new)
    return replace(rules, projects=known | new)
