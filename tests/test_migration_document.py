"""docs/migration.md, held against what it speaks of."""

import re
from typing import Any, cast, get_args

import pytest
import yaml

from app.exit_codes import ExitCode
from app.migration_commands import migration_commands
from app.migration_files import MigrationFile
from domain.field_rules import CUT, EMBEDDED
from domain.issue_drafts import NO_PATH, REQUIRED, SKIPPED_TYPE, UNKNOWN_TYPE
from domain.issue_parts import ORPHAN, SPRINT_MISSING
from domain.issue_sheet import NOT_ON_SCREEN
from domain.mapping_documents import read_mapping
from domain.mapping_records import PlanName
from domain.parent_choices import COLLAPSED
from domain.problem_codes import KINDS
from domain.refused_issues import MISSING, NO_SCREEN, REFUSED, TOO_LONG, WRONG_VALUE
from domain.row_losses import CHOSEN
from domain.run_differences import SENTENCES
from domain.run_states import PHASES
from migration.issue_ends import ITEM_FAILED, ITEM_SKIPPED, OTHER_FAILED, OTHER_MISSING
from migration.remote_rows import WHY_SKIPPED
from tests.row_codes import find_codes, find_losses
from tests.test_documents import ROOT, table_rows

TEXT = (ROOT / "docs" / "migration.md").read_text()
WRONG_USAGE = 2  # click's own
# one of each way to a row
NAMED_REASONS = {
    REQUIRED, SKIPPED_TYPE, UNKNOWN_TYPE, ORPHAN, MISSING, NO_SCREEN, REFUSED, TOO_LONG, WRONG_VALUE, ITEM_FAILED,
    ITEM_SKIPPED, OTHER_FAILED, OTHER_MISSING, *WHY_SKIPPED, "cancelled", "not_looked_up", "unreadable", "not_mapped",
    "item_skipped", "comment_limit", "no_permission", "issue_gone", "too_large", "fault", "file_limit", "no_board",
}  # fmt: skip


def first_words(heading):
    """The words in code of the first column, below a heading."""
    return [word for row in table_rows("migration.md", heading) for word in re.findall(r"`([^`]+)`", row[0])]


def test_every_problem_of_the_check_is_explained_as_it_is():
    rows = [row for row in table_rows("migration.md", "What the check tells") if row[0].startswith("`")]
    told = {row[0].strip("`"): (row[1], row[3]) for row in rows}
    assert told == KINDS


def test_the_codes_of_rows_are_found_wherever_they_come_from():
    assert find_codes() >= NAMED_REASONS
    assert find_losses() >= {CUT, NOT_ON_SCREEN, COLLAPSED, SPRINT_MISSING, EMBEDDED, NO_PATH, *CHOSEN}
    assert find_losses() < find_codes()


def test_every_reason_of_a_report_is_explained_and_no_other():
    told = first_words("Reasons in the report")
    assert set(told) == (find_codes() - CHOSEN) | set(SENTENCES)
    assert len(told) == len(set(told))


def test_every_difference_is_explained():
    assert set(SENTENCES) <= set(first_words("Reasons in the report"))


def test_every_command_is_explained():
    group = migration_commands(cast("Any", None))
    told = {words.split(" ")[0] for words in first_words("The command line")}
    assert told >= set(group.commands)
    named = set(re.findall(r"--app wsgi migration ([a-z-]+)", TEXT))
    assert named <= set(group.commands)


def test_every_exit_code_is_explained():
    section = TEXT.partition("\n### Exit codes\n")[2].partition("\n## ")[0]
    assert {int(code) for code in re.findall(r"^\| (\d+) \|", section, re.MULTILINE)} == {*ExitCode, WRONG_USAGE}


def test_every_plan_and_phase_is_named():
    assert set(get_args(PlanName)) <= set(re.findall(r"^\| `([a-z_]+)` \|", TEXT, re.MULTILINE))
    assert set(PHASES) <= set(first_words("The steps"))


@pytest.mark.parametrize("example", re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL))
def test_every_example_of_a_file_can_be_read(example):
    file = MigrationFile.model_validate(yaml.safe_load(example))
    assert file.mapping is not None
    assert read_mapping(file.mapping).waivers
