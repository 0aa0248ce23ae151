"""Which parts of a deployment count under the path filters and choices of a site."""

from collections.abc import Iterator
from dataclasses import MISSING, fields
from typing import Any

import pytest

from domain.errors import Unavailable
from domain.facts import DeploymentFacts, Shipped
from domain.issue_keys import KeyRules
from domain.records import Person, Repository
from domain.site_settings import Choice, PathFilter, RepositoryProjects, SiteSettings
from jobs import counted_parts
from jobs.counted_parts import count_deployment, count_parts
from jobs.devinfo import Road
from tests.jobs.pipeline_rig import Rig, open_rig
from tests.jobs.pipeline_wire import LEDGER, PROJECT, refuse

RULES = KeyRules(projects=frozenset({"LED", "OPS"}))
SHOP_ONLY = SiteSettings(path_filters=(PathFilter("Ledger CI", ("services/shop",)),))
SIDE = Repository("side", "side", PROJECT, "Ledger", None)
BOT = Person("renovate[bot]", None)


@pytest.fixture
def rig() -> Iterator[Rig]:
    for rig in open_rig():
        rig.wire.paths_of = {"in": ["/services/shop/a.py", "/docs/a.md"], "out": ["/services/mail/a.py"]}
        yield rig


def road(rig: Rig, settings: SiteSettings) -> Road:
    """With what counting needs and nothing else."""
    empty: dict[str, Any] = {one.name: None for one in fields(Road) if one.default_factory is MISSING}
    return Road(**(empty | {"rules": RULES, "git": rig.git, "pipelines": rig.pipelines, "settings": settings}))


def part(commit: str, text: str = "LED-1", **others: Any) -> Shipped:
    return Shipped((text,), commit, **({"repository": LEDGER} | others))


def deployment(*parts: Shipped, **others: Any) -> DeploymentFacts:
    facts: dict[str, Any] = {
        "pipeline_key": "p", "pipeline": "Ledger CI", "pipeline_url": "", "environment_key": "e", "environment": "qa",
        "sequence_number": 1, "name": "run", "url": "", "state": "successful", "older_than_last_success": False,
        "repository_id": LEDGER.id, "texts": ("main",), "shipped": parts, "repository": LEDGER,
        "commits": ("head", *(entry.commit for entry in parts if entry.branch is None and entry.commit)),
    }  # fmt: skip
    return DeploymentFacts(**(facts | others))


def counted(rig: Rig, *parts: Shipped, settings: SiteSettings = SHOP_ONLY) -> list[str | None]:
    return [found.commit for found in count_parts(parts, "Ledger CI", road(rig, settings), RULES)]


def test_only_commits_on_the_paths_count(rig: Rig) -> None:
    assert counted(rig, part("in"), part("out")) == ["in"]


def test_a_commit_without_a_key_is_not_looked_at(rig: Rig) -> None:
    assert counted(rig, part("in", "no key"), part("out", "UTF-8")) == []
    assert rig.wire.looked_at == []


def test_without_a_filter_for_the_pipeline_nothing_is_looked_at(rig: Rig) -> None:
    settings = SiteSettings(path_filters=(PathFilter("Other*", ("x",)),))
    assert counted(rig, part("in"), part("out"), settings=settings) == ["in", "out"]
    assert rig.wire.looked_at == []


def test_the_filter_of_the_pipeline_that_built_it_counts_for_a_release(rig: Rig) -> None:
    found = count_parts([part("in", pipeline="Ledger CI"), part("out", pipeline="Ledger CI"), part("out")], "Ledger CD",
                        road(rig, SHOP_ONLY), RULES)  # fmt: skip
    assert [(one.commit, one.pipeline) for one in found] == [("in", "Ledger CI"), ("out", None)]


def test_a_pull_request_counts_with_its_commit_which_is_looked_at_once(rig: Rig) -> None:
    pull = part("in", branch="topic")
    assert counted(rig, part("in"), pull, part("out", "LED-2", branch="other")) == ["in", "in"]
    assert rig.wire.looked_at == ["in", "out"]


def test_a_road_remembers_what_it_looked_at(rig: Rig) -> None:
    same = road(rig, SHOP_ONLY)
    for _ in range(2):
        count_parts([part("in"), part("gone")], "Ledger CI", same, RULES)
    assert rig.wire.looked_at == ["in", "gone"]


def test_what_cannot_be_looked_at_counts(rig: Rig) -> None:
    assert counted(rig, part("gone"), part("out", repository=None), Shipped(("LED-1",))) == ["gone", "out", None]


def test_a_commit_with_more_paths_than_are_read_counts(rig: Rig) -> None:
    rig.wire.paths_of["huge"] = [f"/vendor/{number}" for number in range(1000)]
    assert counted(rig, part("huge")) == ["huge"]


def test_two_hundred_commits_are_looked_at_and_those_beyond_count(rig: Rig) -> None:
    names = [f"c{number}" for number in range(counted_parts.LOOKUPS + 5)]
    rig.wire.paths_of = {name: ["/elsewhere"] for name in names}
    assert counted(rig, *map(part, names)) == names[counted_parts.LOOKUPS :]
    assert len(rig.wire.looked_at) == counted_parts.LOOKUPS == 200


def test_a_busy_azure_devops_is_asked_again_later(rig: Rig) -> None:
    rig.wire.app.before_request(lambda: refuse(503))
    with pytest.raises(Unavailable):
        counted(rig, part("in"))


def test_the_commits_of_a_deployment_are_those_that_count(rig: Rig) -> None:
    facts = deployment(part("in"), part("out", "LED-2"), part("in", "LED-3", branch="topic"), part("out", "no key"))
    chosen, keys = count_deployment(facts, road(rig, SHOP_ONLY), RULES)
    assert (chosen.commits, keys) == (("head", "in"), ("LED-1", "LED-3"))


def test_what_the_run_says_of_itself_counts_whatever_its_commits_touch(rig: Rig) -> None:
    facts = deployment(part("out"), texts=("feature/led-7", "JIRA OPS-3"))
    assert count_deployment(facts, road(rig, SHOP_ONLY), RULES)[1] == ("LED-7", "OPS-3")


def test_the_commits_of_bots_leave_the_deployment(rig: Rig) -> None:
    settings = SiteSettings(ignored_authors=("*[bot]",))
    facts = deployment(part("a", author=BOT), part("b", "LED-2"), part("a", "LED-3", branch="topic"))
    chosen, keys = count_deployment(facts, road(rig, settings), RULES)
    assert (chosen.commits, keys) == (("head", "b"), ("LED-2", "LED-3"))


def test_each_repository_of_a_release_has_its_own_projects(rig: Rig) -> None:
    settings = SiteSettings(
        repository_projects=(
            RepositoryProjects("ledger", frozenset({"LED"})), RepositoryProjects("side", frozenset({"OPS"})),
        )
    )  # fmt: skip
    facts = deployment(part("a", "LED-1 OPS-1"), part("b", "LED-2 OPS-2", repository=SIDE), texts=("led-5 ops-5",))
    assert count_deployment(facts, road(rig, settings), RULES)[1] == ("LED-5", "LED-1", "OPS-2")


def test_a_repository_that_is_left_out_adds_nothing_to_a_release(rig: Rig) -> None:
    facts = deployment(part("a", "LED-1"), part("b", "LED-2", repository=SIDE), texts=("led-5",))
    for glob, keys in (("side", ("LED-5", "LED-1")), ("ledger", ("LED-2",))):
        settings = SiteSettings(repositories=Choice(never=(glob,)))
        assert count_deployment(facts, road(rig, settings), RULES)[1] == keys
