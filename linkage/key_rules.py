"""Which issue keys count for a link: only keys of projects that exist on its site and that the link may touch.

A key that a project or an issue had once counts as the key it has now.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

import structlog

from clients.jira import JiraClient
from domain.errors import Forbidden, Retryable
from domain.issue_keys import KeyRules, explain_keys
from domain.site_settings import SiteSettings
from services import Services
from store.installations import Installation
from store.links import Link
from store.project_keys import project_of

log = structlog.get_logger("crosswalk.keys")

ABSENT_MILLISECONDS = 1_000
ASKED_AT_ONCE = 20  # names that Jira is asked about one by one, before the rest waits for the next batch


def read_rules(
    services: Services, installation: Installation, link: Link, jira: JiraClient, settings: SiteSettings
) -> KeyRules:  # fmt: skip
    """The rules as of now; asks Jira for its projects when the kept list is too old, and for what projects that the
    link or the settings name are called today.

    A site that cannot be asked (OAuth credentials) goes by the projects the operator named, else by what was learnt.
    """
    allowed = frozenset(link.jira_projects) if link.jira_projects is not None else None
    if installation.kind == "oauth":
        refused = services.project_keys.read_refused(installation.id, services.now())
        return KeyRules(projects=allowed, allowed=allowed, refused=refused)
    real = list_projects(services, installation, jira)
    rules = _knowing_former(services, installation, KeyRules(projects=real, allowed=allowed))
    named = frozenset(key for row in settings.repository_projects for key in row.projects)
    return _allow_present(services, installation, jira, rules, named)


def list_projects(services: Services, installation: Installation, jira: JiraClient) -> frozenset[str] | None:
    """The keys of the projects the app may see, as kept for a while, else asked now. None: it may not list them."""
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
    services: Services, installation: Installation, jira: JiraClient, rules: KeyRules, texts: Iterable[str],
    *, absent: dict[str, int] | None = None,
) -> KeyRules:  # fmt: skip
    """The rules with projects that `texts` name and the kept list lacks: made a moment ago, or called otherwise now.

    Jira is asked about each such name once in ten seconds, and about a name that nothing ever had once in an hour, so
    `UTF-8` in every message costs next to nothing. `absent` keeps when each was found to be none (ms): for
    ABSENT_MILLISECONDS nobody is asked about it.
    """
    if rules.projects is None or installation.kind == "oauth":  # there is no list, or only the operator's own
        return rules
    doubted = {project_of(found.key) for found in explain_keys(rules, *texts) if found.refused == "no such project"}
    found, now = {} if absent is None else absent, services.now()
    if all(now - found.get(name, 0) < ABSENT_MILLISECONDS for name in doubted):
        return rules
    known = (services.project_keys.read_list(installation.id) or frozenset()) | rules.projects
    asked = services.project_keys.list_doubted(installation.id, doubted - known)
    new = jira.find_projects(asked) if asked else frozenset()
    services.project_keys.note_absent(installation.id, frozenset(asked) - new)
    if new:
        services.project_keys.save_list(installation.id, known | new)
    _ask_former(services, installation, doubted - known - new, jira.find_project_key)
    told = _knowing_former(services, installation, replace(rules, projects=known | new))
    found.update((name, now) for name in doubted - known - new - told.former_projects.keys())
    return told


def follow_issues(
    services: Services, installation: Installation, jira: JiraClient, rules: KeyRules, unknown: Iterable[str]
) -> Mapping[str, str]:
    """Of issue keys that Jira did not know, those whose issue moved to another project, with the keys they have now.

    Leaves out what the link may not touch. A site that cannot be asked, or cannot just now, has moved nothing.
    """
    keys = frozenset(unknown)
    if not keys or installation.kind == "oauth":
        return {}
    try:
        _ask_former(services, installation, keys, jira.find_issue_key)
    except Retryable as error:  # what is sent is sent; the next event that names the key asks again
        log.warning("keys.not_followed", installation=installation.id, error=type(error).__name__)
    former = services.project_keys.read_former(installation.id)
    return {key: former[key] for key in keys if key in former and _may_touch(rules, former[key])}


def _may_touch(rules: KeyRules, issue_key: str) -> bool:
    return rules.allowed is None or project_of(issue_key) in rules.allowed


def _knowing_former(services: Services, installation: Installation, rules: KeyRules) -> KeyRules:
    """The rules with all former keys that lead to something; nothing leads to a project that is no more."""
    former = services.project_keys.read_former(installation.id)
    real = rules.projects or frozenset()
    projects = {name: present for name, present in former.items() if "-" not in name and present in real}
    issues = {name: present for name, present in former.items() if "-" in name}
    return replace(rules, former_projects=projects, moved_issues=issues)


def _allow_present(
    services: Services, installation: Installation, jira: JiraClient, rules: KeyRules, named: frozenset[str]
) -> KeyRules:  # fmt: skip
    """A link that was made for a project may touch it under the key it has now. `named`: others to know the keys of."""
    if rules.projects is None:
        return rules
    missing = ((rules.allowed or frozenset()) | named) - rules.projects - rules.former_projects.keys()
    if missing:
        _ask_former(services, installation, missing, jira.find_project_key)
        rules = _knowing_former(services, installation, rules)
    if rules.allowed is None:
        return rules
    present = frozenset(rules.former_projects.get(name, name) for name in rules.allowed)
    return replace(rules, allowed=rules.allowed | present)


def _ask_former(
    services: Services, installation: Installation, names: Iterable[str], find: Callable[[str], str | None]
) -> None:
    """Ask Jira what `names` are called now and keep what it says; what it lately did not know is not asked again."""
    for name in services.project_keys.list_unasked(installation.id, names)[:ASKED_AT_ONCE]:
        present = find(name)
        if present is None or present == name:
            services.project_keys.note_no_former(installation.id, name)
        else:
            services.project_keys.learn_former(installation.id, {name: present})
