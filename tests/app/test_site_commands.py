"""What an operator does for a site whose administrators have no page: settings, explain, dead letters."""

import json

import pytest

from domain.site_settings import DEFAULTS
from store.queue import Entry
from tests.app.actions import only_site, push_commit, refused


def settings_of(services):
    return services.settings_book.read(only_site(services).id).settings


@pytest.fixture
def linked(run, added, connected, town, services):
    """The address of a site with a linked project whose application is open."""
    town.open(services)
    assert run("link-project", added, connected, "Webshop", "--jira-project", "SHOP").exit_code == 0
    return added


# --- settings ---


def test_the_settings_are_shown_as_they_are_set(run, added, services, tmp_path):
    shown = run("settings", "show", added).output
    file = tmp_path / "settings.json"
    file.write_text(shown)

    result = run("settings", "set", added, str(file))

    assert result.exit_code == 0, result.output
    assert json.loads(shown)["ignoredBranches"] == []
    assert settings_of(services) == DEFAULTS


@pytest.mark.parametrize(
    "text",
    [
        '{"ignoredBranches": ["dependabot/*"], "branches": {"enabled": false}, "kinds": null}',
        '{\n\t"ignoredBranches": ["dependabot/*"],\n\t"branches": {"enabled": false}\n}',
        "ignoredBranches: [dependabot/*]\nbranches:\n  enabled: false\nkinds: null\n",
    ],
    ids=["json", "json with tabs", "yaml"],
)
def test_settings_are_set_from_a_file(run, added, services, text):
    result = run("settings", "set", added, "-", typed=text)

    assert result.exit_code == 0, result.output
    assert "from now on" in result.output
    assert (settings_of(services).ignored_branches, settings_of(services).branches.enabled) == (
        ("dependabot/*",),
        False,
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("ignoredBranch: [x]", ("/ignoredBranch", "Extra inputs")),
        ("ignoredBranches: [on]", ("/ignoredBranches/0", "valid string")),
        ("ignoredBranches: [a", ("no valid YAML (line ",)),
        ("- a", ("valid dictionary",)),
        ("a: &a [x]\nb: *a", ("uses an alias",)),
    ],
)
def test_settings_that_cannot_be_are_refused_with_each_place_and_nothing_changes(run, added, services, text, words):
    assert refused(run("settings", "set", added, "-", typed=text), *words)
    assert settings_of(services) == DEFAULTS


# --- explain ---


def test_a_commit_is_explained(run, linked, town, services):
    sha = push_commit(town, next(iter(town.organization.projects)), "SHOP-1 mended, in UTF-8")

    result = run("explain", linked, sha)

    assert result.exit_code == 0, result.output
    assert result.output.startswith("Jira accepted this commit for SHOP-1.")
    for words in ("  key SHOP-1: ", "  no key UTF-8: ", f"commit {sha} for SHOP-1: accepted", "git.push: sent"):
        assert words in result.output


def test_an_issue_is_explained(run, linked, town):
    sha = push_commit(town, next(iter(town.organization.projects)), "SHOP-1 mended")

    assert f"commit {sha} for SHOP-1" in run("explain", linked, "--issue", "shop-1").output


def test_the_whole_answer_is_there_for_programs(run, linked, town):
    sha = push_commit(town, next(iter(town.organization.projects)), "SHOP-1 mended")

    found = json.loads(run("explain", linked, sha, "--json").output)

    assert (found["kind"], found["verdict"]["code"], found["sent"][0]["keys"]) == ("commit", "accepted", ["SHOP-1"])


@pytest.mark.parametrize("arguments", [(), ("text", "--issue", "SHOP-1")])
def test_one_question_is_asked_at_a_time(run, added, arguments):
    assert run("explain", added, *arguments).exit_code == 2


def test_what_is_no_issue_key_is_refused(run, added):
    assert refused(run("explain", added, "--issue", "what"), "no issue key")


# --- dead letters ---


@pytest.fixture
def buried(linked, services):
    """Two events of the linked project that were given up; its inbox."""
    (link,) = services.links.list_for(only_site(services).id)
    for number in range(2):
        letter = Entry(f"{number}-0", b"{}", 1, "git.push")
        at = services.now() - 1_000 + number
        services.dead_letters.bury(link.installation_id, f"{link.id}/repo", letter, f"reason {number}", at)
    return f"{link.id}/repo"


def test_dead_letters_are_listed_with_their_reason(run, linked, buried):
    lines = run("dead-letters", linked).output.splitlines()

    assert [line.rpartition("  ")[2] for line in lines[:2]] == ["reason 1", "reason 0"]
    assert lines[2] == "2 events could not be delivered."


def test_all_dead_letters_are_tried_again(run, linked, buried, services, monkeypatch):
    monkeypatch.setattr("app.dead_letters.RETRIED_AT_ONCE", 1)

    assert run("dead-letters", linked, "--retry").output == "2 events are on their way again.\n"

    assert len(services.queue.read(buried, 10)) == 2
    assert services.dead_letters.count(only_site(services).id) == 0
