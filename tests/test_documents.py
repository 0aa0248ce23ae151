"""The documents, held against what they speak of."""

import re
from pathlib import Path
from typing import Any, cast

import click
import pytest
from flask import Flask

from app.commands import register_commands
from domain.environments import environment_type
from domain.issue_keys import KeyRules, find_keys
from domain.ref_answers import REFUSALS
from domain.sign_in_faults import FAULTS
from settings import Settings

ROOT = Path(__file__).parents[1]
DOCUMENTS = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
EXAMPLES = sorted(path for path in (ROOT / "deploy" / "examples").iterdir() if path.is_file())
EXAMPLE_PROJECTS = KeyRules(projects=frozenset({"SHOP", "OPS", "APP_X"}))  # as the document says above its table
REFUSAL_CODES = {refusal.code for refusal in REFUSALS.values()}
COMPLAINTS = "What users of such tools complain about, and the answer here"
KINDS = {"development", "testing", "staging", "production", "unmapped"}

every_document = pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))


@pytest.fixture(scope="module")
def commands():
    """The names of all commands; none of them is run."""
    app = Flask(__name__)
    register_commands(app, cast("Any", None))
    return set(cast("click.Group", app.cli.commands["crosswalk"]).commands)


def table_rows(name, heading):
    """The cells of the tables below a heading, without head lines."""
    section = (ROOT / "docs" / name).read_text().partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|") and not line.startswith("|---")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def anchors(path):
    """The anchors of a document's headings, as GitHub makes them."""
    heads = re.findall(r"^#+ (.+)$", path.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def test_every_setting_is_explained():
    explained = {name for row in table_rows("operations.md", "Settings") for name in re.findall(r"`([A-Z_]+)`", row[0])}
    assert explained == {name.upper() for name in Settings.model_fields}


def test_every_default_is_true():
    rows = [row for row in table_rows("operations.md", "Settings") if row[0].startswith("`") and row[1] != "none"]
    fields = Settings.model_fields
    told = {row[0].strip("`"): row[1].strip("`") for row in rows}
    assert told == {name: str(fields[name.lower()].default) for name in told}


@every_document
def test_every_link_leads_somewhere(path):
    text = path.read_text()
    links = [*re.findall(r"\]\(([^)\s]+)\)", text), *re.findall(r'(?:src|href)="([^"]+)"', text)]
    for address in (found for found in links if not re.match(r"[a-z]+:", found)):
        name, _, anchor = address.partition("#")
        target = (path.parent / name).resolve() if name else path
        assert target.exists(), address
        assert not anchor or anchor in anchors(target), address


@every_document
def test_every_command_named_is_there(path, commands):
    text = path.read_text()
    assert set(re.findall(r"crosswalk ([a-z]+(?:-[a-z]+)*)(?=[ `\n])", command_lines(text))) <= commands
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"(?:`|^|=\d+ )make ([a-z]+)", text, re.MULTILINE)) <= targets


def command_lines(text):
    return "\n".join(line for line in text.splitlines() if "--app wsgi crosswalk" in line)


def test_every_command_is_documented(commands):
    told = {row[0].strip("`").split(" ")[0] for row in table_rows("operations.md", "Commands")}
    assert told - {"Command"} == commands


def test_the_readme_shows_the_two_commands():
    lines = (ROOT / "README.md").read_text().splitlines()
    assert {"make run", "make test"} <= {" ".join(line.split()[:2]) for line in lines if line.startswith("make ")}


@pytest.mark.parametrize("path", [*DOCUMENTS, *EXAMPLES], ids=lambda path: path.name)
def test_no_path_of_somebodys_machine(path):
    assert re.findall(r"(?:^|[\s`\"'(=])/(?:work|root|home|tmp|Users)/\S*", path.read_text(), re.MULTILINE) == []


def test_every_redis_key_is_listed():
    rows = table_rows("architecture.md", "What is in Redis")
    told = {name for row in rows for name in re.findall(r"`([a-z-]+)(?=[:`])", row[0])} - {"rq"}
    assert told == set(re.findall(r"\"crosswalk:([a-z-]+)", product_code()))


def test_every_log_line_is_listed():
    told = {name for row in table_rows("operations.md", "Log lines") for name in re.findall(r"`([^`]+)`", row[0])}
    calls = re.findall(r"\blog\.(?:debug|info|warning|error)[(,] ?([^,)]+)", product_code())
    assert told == {name for call in calls for name in re.findall(r'"([a-z_.]+)"', call)}


def product_code():
    folders = ("app", "descriptor", "webhooks", "jobs", "migration", "linkage", "store", "clients")
    files = [*ROOT.glob("*.py"), *(path for folder in folders for path in (ROOT / folder).rglob("*.py"))]
    return "\n".join(path.read_text() for path in files)


def test_every_failure_of_a_sign_in_and_of_a_branch_is_explained():
    headings: dict[str, set[str]] = {
        "When signing in does not work": set(FAULTS),
        "When no branch is made": set(REFUSAL_CODES),
    }
    for heading, wanted in headings.items():
        told = {code for row in table_rows("branches.md", heading) for code in re.findall(r"`([a-z_]+)`", row[0])}
        assert wanted <= told


def test_every_complaint_is_answered_by_a_test_that_exists_or_a_reason():
    rows = table_rows("development-information.md", COMPLAINTS)
    assert len(rows) > 20
    for complaint, _answer, shown in rows[1:]:
        named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", shown)
        assert named or shown in {"by choice", "not in this version"}, complaint
        for path, test in named:
            found = re.search(rf"((?:^ *@.*\n)*) *def {test}\(", (ROOT / path).read_text(), re.MULTILINE)
            assert found, f"{complaint}: {path}::{test}"
            assert "mark.specs" not in found[1], f"{complaint}: {test} is skipped where the specifications are absent"


def test_every_example_of_a_key_is_true():
    rows = table_rows("development-information.md", "Which texts count as issue keys")
    examples = [row for row in rows if len(row) == 3 and row[0].startswith("`")]
    assert len(examples) > 10
    for texts, told, _why in examples:
        wanted = () if told == "none" else tuple(told.split(", "))
        for text in re.findall(r"`([^`]+)`", texts):
            assert (text, find_keys(EXAMPLE_PROJECTS, text)) == (text, wanted)


def test_every_example_of_an_environment_is_true():
    rows = [row for row in table_rows("development-information.md", "Kinds of environments") if row[0] in KINDS]
    assert {row[0] for row in rows} == KINDS
    for kind, words, examples in rows:
        for name in re.findall(r"`([^`]+)`", words + examples):
            assert (name, environment_type(name)) == (name, kind)
