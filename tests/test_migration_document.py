"""docs/migration.md, held against what it speaks of."""

import re
from typing import Any, cast, get_args

import pytest
import yaml

from app.exit_codes import ExitCode
from app.migration_commands import migration_commands
from app.migration_files import MigrationFile
from domain.issue_drafts import REQUIRED, SKIPPED_TYPE, UNKNOWN_TYPE
from domain.issue_parts import ORPHAN
from domain.mapping_documents import read_mapping
from domain.mapping_records import PlanName
from domain.problem_codes import KINDS
from domain.refused_issues import MISSING, NO_SCREEN, REFUSED, TOO_LONG, WRONG_VALUE
from domain.run_differences import SENTENCES
from domain.run_states import ENDED_ROWS, PHASES
from migration.issue_ends import ITEM_FAILED, ITEM_SKIPPED, OTHER_FAILED, OTHER_MISSING
from migration.remote_rows import WHY_SKIPPED
from tests.test_documents import ROOT, table_rows

TEXT = (ROOT / "docs" / "migration.md").read_text()
WRONG_USAGE = 2  # click's own
NAMED_REASONS = {
    REQUIRED, SKIPPED_TYPE, UNKNOWN_TYPE, ORPHAN, MISSING, NO_SCREEN, REFUSED, TOO_LONG, WRONG_VALUE, ITEM_FAILED,
    ITEM_SKIPPED, OTHER_FAILED, OTHER_MISSING, *WHY_SKIPPED,
}  # fmt: skip


def first_words(heading):
    """The words in code of the first column, below a heading."""
    return [word for row in table_rows("migration.md", heading) for word in re.findall(r"`([^`]+)`", row[0])]


def test_every_problem_of_the_check_is_explained_as_it_is():
    rows = [row for row in table_rows("migration.md", "What the check tells") if row[0].startswith("`")]
    told = {row[0].strip("`"): (row[1], row[3]) for row in rows}
    assert told == KINDS


def test_every_reason_of_a_report_is_explained():
    code = "\n".join(path.read_text() for path in sorted((ROOT / "migration").glob("*.py")))
    written = re.findall(r'(?:"(?:failed|skipped)", |reason=|Ending\((?:True|False), )"([a-z_]+)"', code)
    assert len(written) > 20
    assert {*written, *NAMED_REASONS} - set(ENDED_ROWS) <= set(first_words("Reasons in the report"))


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
