"""The whole proposed mapping of every process template, into company-managed and team-managed projects of the stand-in.

A golden file tells every row with how sure it is. Each was read line by line.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from clients.jira_targets import read_target
from domain.mapping_documents import read_mapping, write_mapping
from domain.mapping_suggestions import suggest_mapping
from domain.migration_checks import check_mapping, is_blocking
from domain.target_sites import TargetProject
from sandbox.jira_migration import add_migration_project
from sandbox.jira_scheme_seed import Wanted
from tests.migration.template_rig import report_of, source_of, words_of
from tests.sandbox.issue_rig import running_issues
from tests.sandbox.jira_client import client_of

GOLDEN = Path(__file__).parent / "golden"
TEMPLATES = ("Agile", "Scrum", "CMMI", "Basic", "Acme Agile")
TARGETS = ("company", "team", "premium")
PEOPLE = {"guid-1": "account-1", "guid-2": ""}


@dataclass(frozen=True, slots=True)
class Options:
    comments: bool = True
    attachments: bool = True
    links: bool = True


@pytest.fixture(scope="module")
def targets() -> Iterator[dict[str, TargetProject]]:
    with running_issues() as rig:
        premium = Wanted(levels={"Initiative": 3, "Theme": 2}, classic=("Bug",))
        add_migration_project(rig.site, "PREM", wanted=premium)
        for project, kind in (("MIG", "Story"), ("TEAM", "Epic"), ("PREM", "Bug")):
            rig.key(kind, project)  # one issue shows its workflow
        client = client_of(rig.rig)
        yield {"company": read_target(client, "MIG"), "team": read_target(client, "TEAM"),
               "premium": read_target(client, "PREM")}  # fmt: skip


@pytest.mark.parametrize("style", TARGETS)
@pytest.mark.parametrize("template", TEMPLATES)
def test_the_whole_mapping_is_proposed(targets: dict[str, TargetProject], template: str, style: str) -> None:
    source, target = source_of(template), targets[style]
    report = report_of(source)
    mapping = suggest_mapping(report, source, target, PEOPLE)
    golden = GOLDEN / f"{template.lower().replace(' ', '-')}-{style}.txt"
    assert words_of(mapping, target) == golden.read_text()
    assert read_mapping(write_mapping(mapping)) == mapping
    found = check_mapping(report, source, target, mapping, Options())
    assert not any(is_blocking(one.code, one.severity, mapping.waivers) for one in found)
