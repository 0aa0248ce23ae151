"""What of an organization a site has chosen to see: pure rules over its settings.

Each `why_no_…` gives the sentence that says what keeps a thing away, None when nothing does. What was sent before a
choice was made stays in Jira; removals of what is gone always pass.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from urllib.parse import unquote, urlsplit

from domain.changes import Change, Entity
from domain.facts import BuildFacts, PushFacts, Shipped
from domain.git_events import BRANCH_PREFIX, branch_name
from domain.globs import first_match, matches, matches_path
from domain.issue_keys import KeyRules
from domain.records import Json, Person, PullRequest, Push, Repository
from domain.site_settings import Choice, RepositoryProjects, SiteSettings


def why_no_repository(settings: SiteSettings, repository: Repository | None) -> str | None:
    """A repository counts by its name or as `project/name`. One outside of Azure Repos (None) always counts."""
    if repository is None:
        return None
    return _why_not(settings.repositories, "repository", *_names_of(repository))


def why_no_pipeline(settings: SiteSettings, name: str) -> str | None:
    """`name`: of a pipeline or a classic release definition."""
    return _why_not(settings.pipelines, "pipeline", name)


def why_no_branch(settings: SiteSettings, name: str) -> str | None:
    """`name`: without refs/heads/."""
    glob = first_match(settings.ignored_branches, name)
    return f"the settings ignore branches like “{glob}”" if glob else None


def why_no_author(settings: SiteSettings, author: Person | None) -> str | None:
    """The words name the pattern, never the person."""
    names = (author.name, author.email or "") if author else ()
    glob = first_match(settings.ignored_authors, *(name for name in names if name))
    return f"the settings ignore authors like “{glob}”" if glob else None


def why_no_pull_request(settings: SiteSettings, shown: PullRequest) -> str | None:
    """A pull request stays away with its repository, its source branch or its author."""
    return (
        why_no_repository(settings, shown.repository)
        or why_no_branch(settings, shown.source_branch)
        or why_no_author(settings, shown.author)
    )


def why_no_build(settings: SiteSettings, pipeline: str, facts: BuildFacts) -> str | None:
    """A build stays away with its pipeline, its repository or the branch it was made from."""
    return (
        why_no_pipeline(settings, pipeline)
        or why_no_repository(settings, facts.repository)
        or (why_no_branch(settings, facts.branch) if facts.branch else None)
    )


def select_push(settings: SiteSettings, push: Push) -> Push:
    """The push without ignored branches, but for their deletion; its commits stay when `brings_commits` says so."""
    hidden = why_no_repository(settings, push.repository) is not None
    updates = tuple(
        update for update in push.updates if update.new is None or not (hidden or _is_ignored(settings, update.ref))
    )
    return replace(push, updates=updates, commits=push.commits if brings_commits(settings, push) else ())


def brings_commits(settings: SiteSettings, push: Push) -> bool:
    """False when all branches of a push are ignored.

    An event does not say which branch a commit came by: one that came by an ignored branch and by another one counts.
    """
    if why_no_repository(settings, push.repository):
        return False
    moved = [update.ref for update in push.updates if update.new is not None]
    return not moved or not all(_is_ignored(settings, ref) for ref in moved)


def select_facts(settings: SiteSettings, push: Push, facts: PushFacts) -> PushFacts:
    """The facts of a push as it came, without the commits of ignored authors or of ignored branches alone.

    Branches stay whoever wrote their last commit: a person's branch may end with a bot's.
    """
    found = facts.commits if brings_commits(settings, push) else ()
    return replace(facts, commits=tuple(commit for commit in found if not why_no_author(settings, commit.author)))


def select_shipped(settings: SiteSettings, shipped: Iterable[Shipped]) -> tuple[Shipped, ...]:
    """What a run or release brings, without ignored authors, repositories and the pull requests of ignored branches.

    The branch that was deployed itself is not asked: what was deployed was deployed.
    """
    return tuple(
        part
        for part in shipped
        if not why_no_author(settings, part.author)
        and not why_no_repository(settings, part.repository)
        and not (part.branch and why_no_branch(settings, part.branch))
    )


def narrow_rules(settings: SiteSettings, rules: KeyRules, repository: Repository | None) -> KeyRules:
    """The rules for keys in words of a repository: the first row of the settings that matches narrows them. A project
    whose key was changed since may be linked to under the key it has now.
    """
    row = _row_of(settings, _names_of(repository) if repository else ())
    if row is None:
        return rules
    projects = row.projects | {rules.former_projects.get(key, key) for key in row.projects}
    return replace(rules, allowed=projects if rules.allowed is None else projects & rules.allowed)


def narrow_moved(settings: SiteSettings, change: Change, moved: Mapping[str, str]) -> Mapping[str, str]:
    """Of issues that moved (former key to present key) those that a change may follow to where they are now.

    Where some repositories may link to some projects only, what belongs to no repository follows nothing: of its parts
    nobody knows any more which repository they came from.
    """
    if not settings.repository_projects:
        return moved
    if not isinstance(change, Entity) or change.repository is None:
        return {}
    row = _row_of(settings, _names_in(change.repository))
    return {old: new for old, new in moved.items() if row is None or new.rpartition("-")[0] in row.projects}


def path_filters(settings: SiteSettings, *pipelines: str | None) -> tuple[str, ...]:
    """The paths that commits of these pipelines must touch; none when every commit counts."""
    names = [name for name in pipelines if name]
    rows = (row for row in settings.path_filters if any(matches(row.pipelines, name) for name in names))
    return tuple(dict.fromkeys(path for row in rows for path in row.paths))


def touches(paths: Iterable[str], filters: Iterable[str]) -> bool:
    """True when one of the changed `paths` lies where one of the `filters` points to."""
    wanted = tuple(filters)
    return any(matches_path(glob, path) for path in paths for glob in wanted)


def _is_ignored(settings: SiteSettings, ref: str) -> bool:
    return ref.startswith(BRANCH_PREFIX) and why_no_branch(settings, branch_name(ref)) is not None


def _row_of(settings: SiteSettings, names: Sequence[str]) -> RepositoryProjects | None:
    rows = settings.repository_projects
    return next((row for row in rows if any(matches(row.repositories, name) for name in names)), None)


def _names_in(shown: Json) -> tuple[str, str]:
    """As `_names_of`, of a repository as Jira is told of it: its address has the project before `/_git/`."""
    above, _mark, _name = urlsplit(shown["url"]).path.partition("/_git/")
    return shown["name"], f"{unquote(above.rpartition('/')[2])}/{shown['name']}"


def _names_of(repository: Repository) -> tuple[str, str]:
    return repository.name, f"{repository.project}/{repository.name}"


def _why_not(choice: Choice, noun: str, *names: str) -> str | None:
    glob = first_match(choice.never, *names)
    if glob is not None:
        return f"the settings leave out every {noun} like “{glob}”"
    if choice.only and first_match(choice.only, *names) is None:
        return f"the settings name other {noun} patterns only"
    return None
