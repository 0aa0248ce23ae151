"""What administrators allow of making branches."""

import pytest

from domain.branch_rules import choose_template, rule_fault, why_off
from domain.site_settings import BranchSettings, Choice, SiteSettings, TypeTemplate

TEMPLATES = (TypeTemplate("bug", "bugfix/{key}"), TypeTemplate("*sub*", "{key}"), TypeTemplate("b*", "b/{key}"))


def settings(**branches: object) -> SiteSettings:
    return SiteSettings(branches=BranchSettings(**branches))  # type: ignore[arg-type]  # what the tables hold


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        (settings(), None),
        (settings(off_projects=frozenset({"OPS"})), None),
        (settings(enabled=False), "has switched off making branches."),
        (settings(off_projects=frozenset({"SHOP"})), "has switched off making branches for SHOP."),
    ],
)
def test_a_project_in_which_nobody_makes_branches_is_told(chosen: SiteSettings, words: str | None) -> None:
    found = why_off(chosen, "SHOP")
    assert found is None if words is None else found is not None and words in found


@pytest.mark.parametrize(
    ("rule", "name", "words"),
    [
        (None, "anything", None),
        (Choice(), "anything", None),
        (Choice(only=("feature/*", "bugfix/*")), "feature/SHOP-1", None),
        (Choice(only=("feature/*", "bugfix/*")), "FEATURE/SHOP-1", None),
        (Choice(only=("feature/*", "bugfix/*")), "SHOP-1", "like “feature/*”, “bugfix/*” only"),
        (Choice(never=("release/*",)), "release/SHOP-1", "no branches like “release/*”"),
        (Choice(("feature/*",), ("*wip*",)), "feature/wip", "no branches like “*wip*”"),
    ],
)
def test_the_rule_for_names_is_told_when_it_is_broken(rule: Choice | None, name: str, words: str | None) -> None:
    found = rule_fault(settings(name_rule=rule), name)
    assert found is None if words is None else found is not None and words in found.detail


@pytest.mark.parametrize(
    ("issue_type", "template"),
    [("Bug", "bugfix/{key}"), ("Sub-task", "{key}"), ("Big thing", "b/{key}"), ("Story", "feature/{key}-{summary}")],
)
def test_the_first_row_that_fits_the_type_gives_the_template(issue_type: str, template: str) -> None:
    assert choose_template(settings(templates=TEMPLATES), issue_type) == template
