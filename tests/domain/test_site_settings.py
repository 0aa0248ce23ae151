"""The settings of a site and the document they are kept as."""

import pytest

from domain.errors import BadEvent
from domain.site_settings import (
    DEFAULTS,
    BranchSettings,
    Choice,
    PathFilter,
    RepositoryProjects,
    SiteSettings,
    TypeTemplate,
    read_document,
    write_document,
)

CHOSEN = SiteSettings(
    kinds=frozenset({"builds", "commits"}),
    repositories=Choice(("led*",), ("*-old",)),
    pipelines=Choice((), ("nightly",)),
    repository_projects=(RepositoryProjects("led*", frozenset({"LED", "OPS"})),),
    ignored_branches=("bot/*",),
    ignored_authors=("*[bot]",),
    partial_build_is="successful",
    partial_deployment_is="failed",
    path_filters=(PathFilter("ledger*", ("services/ledger",)),),
    environments={"production": ("live*",), "testing": ("live-test",)},
    branch_template="{key}",
    branches=BranchSettings(
        enabled=False,
        off_projects=frozenset({"OPS", "LED"}),
        name_rule=Choice(("feature/*",), ("*wip*",)),
        templates=(TypeTemplate("Bug", "bugfix/{key}"),),
        draft_pull_request=False,
    ),
)


@pytest.mark.parametrize("settings", [DEFAULTS, CHOSEN, SiteSettings(kinds=frozenset())])
def test_what_is_written_is_what_is_read(settings: SiteSettings) -> None:
    assert read_document(write_document(settings)) == settings


def test_an_empty_document_is_the_defaults() -> None:
    assert read_document({}) == DEFAULTS


def test_the_order_of_the_environment_table_is_kept() -> None:
    assert list(read_document(write_document(CHOSEN)).environments) == ["production", "testing"]


def test_kinds_are_written_in_the_order_people_see_them() -> None:
    assert write_document(CHOSEN)["kinds"] == ["commits", "builds"]


def test_a_document_of_another_shape_is_not_half_read() -> None:
    with pytest.raises(BadEvent, match="repositories is not an object"):
        read_document({"repositories": "led*"})


def test_a_document_from_before_there_were_branches_keeps_its_choices_and_allows_branches() -> None:
    older = {name: value for name, value in write_document(CHOSEN).items() if name != "branches"}
    found = read_document(older)
    assert (found.branches, found.ignored_branches) == (BranchSettings(), CHOSEN.ignored_branches)
