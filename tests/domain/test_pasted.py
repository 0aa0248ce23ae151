"""What somebody pasted is known by its form."""

import pytest

from domain.pasted import Pasted, read_pasted

SHA = "0123456789abcdef0123456789abcdef01234567"
SITE = "https://dev.azure.com/acme"
OLD = "https://acme.visualstudio.com"
SERVER = "http://tfs.example:8080/Main"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (SHA, Pasted("commit", SHA)),
        (f"  {SHA.upper()}\n", Pasted("commit", SHA)),
        ("0123abc", Pasted("commit", "0123abc")),
        ("0" * 40, Pasted("commit", "0" * 40)),
        ("1234567", Pasted("number", "1234567")),
        ("0123ab", Pasted("text")),
        ("!12", Pasted("pull_request", "12")),
        ("PR 12", Pasted("pull_request", "12")),
        ("pull request #12", Pasted("pull_request", "12")),
        ("build 77", Pasted("build", "77")),
        ("Run #77", Pasted("build", "77")),
        ("#5", Pasted("number", "5")),
        ("release 31", Pasted("release", "31")),
        ("Release #31", Pasted("release", "31")),
        ("release Release-31", Pasted("release", "Release-31")),
        ("environment 7", Pasted("environment", "7")),
        ("environment production", Pasted("environment", "production")),
        ("deployment 512", Pasted("deployment", "512")),
        ("release the basket", Pasted("text")),
        ("deployment done", Pasted("text")),
        ("refs/heads/feature/SHOP-1", Pasted("branch", "feature/SHOP-1")),
        ("SHOP-1 repair the basket", Pasted("text")),
        ("", Pasted("text")),
        ("refs/heads/a b", Pasted("text")),
        ("refs/heads/a\x00b", Pasted("text")),
    ],
)  # fmt: skip
def test_what_was_pasted(text, found):
    assert read_pasted(text) == found


@pytest.mark.parametrize(
    ("path", "kind", "identity"),
    [
        (f"_git/basket/commit/{SHA}", "commit", SHA),
        (f"_git/basket/commit/{SHA}?refName=x", "commit", SHA),
        (f"_git/basket?version=GC{SHA}", "commit", SHA),
        ("_git/basket/pullrequest/12", "pull_request", "12"),
        ("_git/basket/pullRequest/12/?_a=files", "pull_request", "12"),
        ("_git/basket?version=GBfeature%2FSHOP-1", "branch", "feature/SHOP-1"),
        ("_git/basket", "text", ""),
        ("_git/basket/pullrequest/abc", "text", ""),
        ("_git/basket/pullrequest/" + "1" * 40, "text", ""),
        ("_git/basket/commit/abc", "text", ""),
        ("_git/basket?version=GCxyz", "text", ""),
        ("_git/basket?version=GBa%00b", "text", ""),
    ],
)
@pytest.mark.parametrize(
    ("home", "organization"),
    [
        (SITE, SITE), (SITE.replace("acme", "Acme"), SITE), (OLD, SITE), (f"{OLD}/DefaultCollection", SITE),
        (SERVER, SERVER.lower()),
    ],
)  # fmt: skip
def test_an_address_tells_organization_project_and_repository(home, organization, path, kind, identity):
    assert read_pasted(f"{home}/Web%20shop/{path}") == Pasted(kind, identity, organization, "Web shop", "basket")


@pytest.mark.parametrize("home", [SITE, OLD, f"{OLD}/DefaultCollection", SERVER])
def test_an_address_leaves_out_a_project_that_is_called_like_its_repository(home):
    found = read_pasted(f"{home}/_git/basket/pullrequest/12")

    assert (found.project, found.repository) == ("basket", "basket")


def test_a_project_may_be_called_like_its_organization_and_have_teams():
    assert read_pasted(f"{OLD}/acme/Web%20team/_git/basket/pullrequest/12").project == "acme"


@pytest.mark.parametrize("home", [SITE, OLD, SERVER])
def test_the_address_of_a_build(home):
    found = read_pasted(f"{home}/Web/_build/results?buildId=77&view=results")

    assert (found.kind, found.id, found.project, found.repository) == ("build", "77", "Web", None)
    assert found.organization == (SERVER.lower() if home == SERVER else SITE)


@pytest.mark.parametrize(
    ("page", "kind", "identity", "stage"),
    [
        ("_environments/7", "environment", "7", None),
        ("_environments/7?view=deployments", "environment", "7", None),
        ("_environments/7/security", "environment", "7", None),
        ("_release?releaseId=31&_a=release-summary", "release", "31", None),
        ("_releaseProgress?_a=release-pipeline-progress&releaseId=31", "release", "31", None),
        ("_releaseProgress?_a=release-environment-logs&releaseId=31&environmentId=310", "release", "31", "310"),
        ("_releaseProgress?releaseId=31&environmentId=x", "release", "31", None),
    ],
)
@pytest.mark.parametrize("home", [SITE, OLD, SERVER])
def test_the_address_of_a_release_or_an_environment(home, page, kind, identity, stage):
    organization = SERVER.lower() if home == SERVER else SITE

    assert read_pasted(f"{home}/Web/{page}") == Pasted(kind, identity, organization, "Web", stage=stage)


@pytest.mark.parametrize(
    ("text", "guess"), [("release 31", False), ("release Release-31", True), ("environment qa", True), ("!3", False)]
)
def test_a_word_that_would_be_a_name_is_a_guess(text, guess):
    assert read_pasted(text).is_guess is guess


@pytest.mark.parametrize(
    "text",
    [
        f"{SITE}/Web/_environments/x", f"{SITE}/_environments/7", f"{SITE}/Web/_release?definitionId=3",
        "https://[", "http://[::1", "https://", "https://dev.azure.com", "https://example.org:port/x/_git/y/pullrequest/1",
        "https://a@dev.azure.com/acme/Web/_git/x/pullrequest/1", f"{SITE}/Web/_build/results?buildId=²",
        f"{SITE}/Web/_build/results?buildId=x", f"{SITE}/Web/_build/results?buildId=" + "7" * 5000,
        f"{SITE}/Web/_build", f"{SITE}/_build/results?buildId=7", "!²", "build ٣", "#" + "٣" * 3,
    ],
)  # fmt: skip
def test_what_names_nothing_is_plain_text(text):
    assert read_pasted(text) == Pasted("text")
