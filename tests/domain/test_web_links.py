from dataclasses import replace

import pytest

from domain import web_links
from domain.changes import Source
from domain.records import ChangedFile, Repository

AT = Source("c", "https://dev.azure.com/larkspur", "p-guid")
SHELF = Repository("r-guid", "ledger & books", "p-guid", "Platform Tools", "main")
HOME = "https://dev.azure.com/larkspur/Platform%20Tools/_git/ledger%20%26%20books"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (web_links.repository_url(AT, SHELF), HOME),
        (web_links.commit_url(AT, SHELF, "ab12"), f"{HOME}/commit/ab12"),
        (web_links.branch_url(AT, SHELF, "feature/OPS-1 é"), f"{HOME}?version=GBfeature%2FOPS-1%20%C3%A9"),
        (web_links.branches_url(AT, SHELF), f"{HOME}/branches"),
        (web_links.pull_request_url(AT, SHELF, 88), f"{HOME}/pullrequest/88"),
        (
            web_links.create_pull_request_url(AT, SHELF, "a/b"),
            f"{HOME}/pullrequestcreate?sourceRef=a%2Fb&targetRef=main",
        ),
        (
            web_links.create_pull_request_url(AT, replace(SHELF, default_branch=None), "a"),
            f"{HOME}/pullrequestcreate?sourceRef=a",
        ),
        (
            web_links.file_url(AT, SHELF, "ab12", ChangedFile("/src/a b.py", "ADDED")),
            f"{HOME}?path=%2Fsrc%2Fa%20b.py&version=GCab12",
        ),
        (web_links.file_url(AT, SHELF, "ab12", ChangedFile("/gone.py", "DELETED")), f"{HOME}/commit/ab12"),
        (web_links.pipeline_url(AT, "p-guid", 5), "https://dev.azure.com/larkspur/p-guid/_build?definitionId=5"),
        (web_links.build_url(AT, "p-guid", 9), "https://dev.azure.com/larkspur/p-guid/_build/results?buildId=9"),
        (
            web_links.release_definition_url(AT, "p-guid", 4),
            "https://dev.azure.com/larkspur/p-guid/_release?definitionId=4",
        ),
        (
            web_links.release_environment_url(AT, "p-guid", 6, 7),
            "https://dev.azure.com/larkspur/p-guid/_releaseProgress"
            "?_a=release-environment-logs&releaseId=6&environmentId=7",
        ),
    ],
)
def test_every_page_of_azure_devops_has_its_address(url, expected):
    assert url == expected


def test_names_too_long_for_an_address_give_way_to_ids():
    long = replace(SHELF, name="製" * 220)
    assert web_links.repository_url(AT, long) == "https://dev.azure.com/larkspur/p-guid/_git/r-guid"
    assert len(web_links.commit_url(AT, replace(SHELF, name="x" * 1800), "a" * 40)) <= web_links.URL_CHARACTERS


def test_an_optional_address_too_long_is_left_out_and_never_cut():
    branch = "製" * 220
    assert web_links.branch_url(AT, SHELF, branch) is None
    assert web_links.create_pull_request_url(AT, SHELF, branch) is None
    assert web_links.file_url(AT, SHELF, "ab12", ChangedFile("/" + branch, "ADDED")) is None


def test_an_address_as_long_as_allowed_is_kept():
    assert web_links.fitting("x" * 2000) == "x" * 2000
    assert web_links.fitting("x" * 2001) is None
