"""What of an organization a site has chosen to see."""

from dataclasses import replace
from typing import Any

import pytest

from domain.changes import Entity, Removal
from domain.facts import BuildFacts, PushFacts, Shipped
from domain.issue_keys import KeyRules, find_keys
from domain.records import Person, Push, RefUpdate, Repository
from domain.selection import (
    narrow_moved,
    narrow_rules,
    path_filters,
    select_facts,
    select_push,
    select_shipped,
    touches,
    why_no_author,
    why_no_branch,
    why_no_build,
    why_no_pipeline,
    why_no_pull_request,
    why_no_repository,
)
from domain.site_settings import DEFAULTS, Choice, PathFilter, RepositoryProjects, SiteSettings
from tests.domain.devinfo_rig import COMMIT, INES, SHELF, SHOWN, WHEN

BOT = Person("renovate[bot]", "bot@renovate.example")
NO_BOTS = SiteSettings(ignored_authors=("*[bot]",))
NO_WIP = SiteSettings(ignored_branches=("wip/*",))
NO_SHELF = SiteSettings(repositories=Choice(never=("shelf",)))


@pytest.mark.parametrize(
    ("choice", "name", "sent"),
    [
        (Choice(), "shelf", True),
        (Choice(only=("sh*",)), "shelf", True),
        (Choice(only=("sh*",)), "floor", False),
        (Choice(only=("tools/*",)), "shelf", True),
        (Choice(only=("other/*",)), "shelf", False),
        (Choice(never=("SHELF",)), "shelf", False),
        (Choice(only=("*",), never=("tools/shelf",)), "shelf", False),
        (Choice(never=("floor",)), "shelf", True),
    ],
)
def test_a_repository_counts_by_name_or_with_its_project(choice: Choice, name: str, sent: bool) -> None:
    repository = replace(SHELF, name=name)
    assert (why_no_repository(SiteSettings(repositories=choice), repository) is None) is sent


def test_a_repository_outside_of_azure_repos_always_counts() -> None:
    assert why_no_repository(SiteSettings(repositories=Choice(only=("x",))), None) is None


@pytest.mark.parametrize(("name", "sent"), [("Ledger CI", True), ("nightly", False), ("Shop", False)])
def test_a_pipeline_counts_by_its_name(name: str, sent: bool) -> None:
    settings = SiteSettings(pipelines=Choice(("ledger*", "night*"), ("nightly",)))
    assert (why_no_pipeline(settings, name) is None) is sent


@pytest.mark.parametrize(
    ("author", "sent"),
    [
        (BOT, False),
        (INES, True),
        (None, True),
        (Person("Build", "svc@larkspur.example"), False),
        (Person("", None), True),
        (Person("Build", None), True),
    ],
)
def test_an_author_is_ignored_by_name_or_mail(author: Person | None, sent: bool) -> None:
    settings = SiteSettings(ignored_authors=("*[bot]", "svc@*"))
    assert (why_no_author(settings, author) is None) is sent


def test_the_reasons_are_sentences_that_name_the_pattern_and_no_person() -> None:
    assert why_no_repository(NO_SHELF, SHELF) == "the settings leave out every repository like “shelf”"
    only = SiteSettings(pipelines=Choice(only=("x",)))
    assert why_no_pipeline(only, "Ledger CI") == "the settings name other pipeline patterns only"
    assert why_no_branch(NO_WIP, "wip/OPS-1") == "the settings ignore branches like “wip/*”"
    assert why_no_author(NO_BOTS, BOT) == "the settings ignore authors like “*[bot]”"


@pytest.mark.parametrize(
    ("settings", "changes", "sent"),
    [
        (DEFAULTS, {}, True),
        (NO_BOTS, {"author": BOT}, False),
        (NO_BOTS, {}, True),
        (NO_WIP, {"source_branch": "wip/x"}, False),
        (NO_WIP, {"target_branch": "wip/x"}, True),
        (NO_SHELF, {}, False),
    ],
)
def test_a_pull_request_stays_away_with_author_source_branch_or_repository(
    settings: SiteSettings, changes: dict[str, Any], sent: bool
) -> None:
    assert (why_no_pull_request(settings, replace(SHOWN, **changes)) is None) is sent


@pytest.mark.parametrize(
    ("settings", "branch", "sent"),
    [
        (DEFAULTS, "main", True),
        (NO_WIP, "wip/x", False),
        (NO_WIP, None, True),
        (NO_SHELF, "main", False),
        (SiteSettings(pipelines=Choice(never=("*",))), "main", False),
    ],
)
def test_a_build_stays_away_with_pipeline_repository_or_branch(
    settings: SiteSettings, branch: str | None, sent: bool
) -> None:
    facts = BuildFacts("r-1", None, branch, None, None, (), repository=SHELF)
    assert (why_no_build(settings, "Ledger CI", facts) is None) is sent


# --- pushes --------------------------------------------------------------------------------------------------------


def pushed(*refs: str) -> Push:
    """New ends of these refs, and the end of refs/heads/gone, with one commit."""
    updates = [RefUpdate(ref, None, COMMIT.id) for ref in refs]
    return Push(SHELF, 1, (*updates, RefUpdate("refs/heads/wip/gone", "b" * 40, None)), (COMMIT,), WHEN)


@pytest.mark.parametrize(
    ("settings", "refs", "left", "commits"),
    [
        (DEFAULTS, ["refs/heads/main"], ["refs/heads/main"], 1),
        (NO_WIP, ["refs/heads/wip/a"], [], 0),
        (NO_WIP, ["refs/heads/wip/a", "refs/heads/main"], ["refs/heads/main"], 1),
        (NO_WIP, ["refs/heads/wip/a", "refs/tags/wip/1"], ["refs/tags/wip/1"], 1),
        (NO_SHELF, ["refs/heads/main"], [], 0),
        (NO_WIP, [], [], 1),
        (NO_SHELF, [], [], 0),
    ],
)
def test_of_a_push_ignored_branches_are_left_out_but_for_their_end(
    settings: SiteSettings, refs: list[str], left: list[str], commits: int
) -> None:
    push = pushed(*refs)
    chosen = select_push(settings, push)
    assert [update.ref for update in chosen.updates] == [*left, "refs/heads/wip/gone"]
    assert len(chosen.commits) == commits
    assert len(select_facts(settings, push, PushFacts((COMMIT,))).commits) == commits


def test_commits_of_bots_are_left_out_and_branches_stay_whoever_ended_them() -> None:
    by_bot = replace(COMMIT, id="c" * 40, author=BOT)
    facts = PushFacts((COMMIT, by_bot), {"refs/heads/topic": by_bot})
    chosen = select_facts(NO_BOTS, pushed("refs/heads/topic"), facts)
    assert (chosen.commits, chosen.heads) == ((COMMIT,), facts.heads)


# --- what is shipped -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "part", "kept"),
    [
        (DEFAULTS, Shipped(("x",)), True),
        (NO_BOTS, Shipped(("x",), "a", BOT), False),
        (NO_BOTS, Shipped(("x",), "a", INES), True),
        (NO_SHELF, Shipped(("x",), "a", INES, SHELF), False),
        (NO_SHELF, Shipped(("x",), "a", INES, None), True),
        (NO_WIP, Shipped(("x",), "a", INES, SHELF, "wip/x"), False),
        (NO_WIP, Shipped(("x",), "a", INES, SHELF, "topic"), True),
    ],
)
def test_what_is_shipped_counts_unless_author_repository_or_branch_is_left_out(
    settings: SiteSettings, part: Shipped, kept: bool
) -> None:
    assert select_shipped(settings, [part]) == ((part,) if kept else ())


FILTERED = SiteSettings(
    path_filters=(
        PathFilter("shop*", ("services/shop",)),
        PathFilter("*", ("libs",)),
        PathFilter("shop-cd", ("services/shop", "deploy")),
    )
)


@pytest.mark.parametrize(
    ("names", "paths"),
    [
        (("ledger",), ("libs",)),
        (("shop-ci",), ("services/shop", "libs")),
        (("shop-cd", None), ("services/shop", "libs", "deploy")),
        (("ledger", "shop-ci"), ("services/shop", "libs")),
        ((None,), ()),
    ],
)
def test_all_path_filters_of_a_pipeline_count(names: tuple[str | None, ...], paths: tuple[str, ...]) -> None:
    assert path_filters(FILTERED, *names) == paths


def test_a_commit_touches_when_one_of_its_paths_does() -> None:
    assert touches(["/docs/a.md", "/services/shop/a.py"], ["services/shop"])
    assert not touches(["/docs/a.md"], ["services/shop", "libs"])
    assert not touches([], ["*"])


# --- which projects a repository may link to -----------------------------------------------------------------------

ROWS = SiteSettings(
    repository_projects=(
        RepositoryProjects("shelf", frozenset({"OPS"})),
        RepositoryProjects("Tools/*", frozenset({"LED"})),
    )
)


@pytest.mark.parametrize(
    ("repository", "allowed", "keys"),
    [
        (SHELF, None, ("OPS-1",)),
        (SHELF, frozenset({"LED", "OPS"}), ("OPS-1",)),
        (SHELF, frozenset({"LED"}), ()),
        (replace(SHELF, name="floor"), None, ("LED-2",)),
        (replace(SHELF, name="floor", project="Attic"), None, ("OPS-1", "LED-2", "NEW-3")),
        (None, None, ("OPS-1", "LED-2", "NEW-3")),
        (None, frozenset({"LED"}), ("LED-2",)),
    ],
)
@pytest.mark.parametrize("projects", [None, frozenset({"OPS", "LED", "NEW"})])
def test_the_first_row_that_matches_narrows_the_projects(
    repository: Repository | None,
    allowed: frozenset[str] | None,
    keys: tuple[str, ...],
    projects: frozenset[str] | None,
) -> None:
    rules = narrow_rules(ROWS, KeyRules(projects=projects, allowed=allowed), repository)
    assert find_keys(rules, "OPS-1 LED-2 NEW-3") == keys


def test_a_project_of_a_row_counts_under_the_key_it_has_now() -> None:
    rules = KeyRules(projects=frozenset({"STORE", "LED"}), former_projects={"OPS": "STORE"})
    assert find_keys(narrow_rules(ROWS, rules, SHELF), "OPS-1 STORE-2 LED-3") == ("STORE-1", "STORE-2")


MOVED = {"OPS-1": "LED-1", "OPS-2": "NEW-2"}


@pytest.mark.parametrize(
    ("project", "name", "followed"),
    [
        ("Tools", "floor", {"OPS-1": "LED-1"}),
        ("Tools%20of%20trade", "floor", {"OPS-1": "LED-1", "OPS-2": "NEW-2"}),
        ("Attic", "shelf", {}),
    ],
)
def test_a_moved_issue_is_followed_where_the_repository_may_link(project: str, name: str, followed: object) -> None:
    above = {"name": name, "url": f"https://dev.azure.com/acme/{project}/_git/{name}"}
    commit = Entity("commit", "sha", 1, ("OPS-1",), {}, "r-1", above)
    assert narrow_moved(ROWS, commit, MOVED) == followed
    assert narrow_moved(SiteSettings(), commit, MOVED) == MOVED


def test_what_belongs_to_no_repository_follows_nothing_once_repositories_are_limited() -> None:
    build = Entity("build", "p/1", 1, ("OPS-1",), {}, "r-1")
    removal = Removal("commit", "sha", 1, "r-1")
    assert [narrow_moved(ROWS, change, MOVED) for change in (build, removal)] == [{}, {}]
    assert narrow_moved(SiteSettings(), build, MOVED) == MOVED
