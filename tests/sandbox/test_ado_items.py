"""Files of the Azure DevOps stand-in: what was put is read back, at a version, as JSON or as it is."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.sandbox.ado_rig import AdoRig, running_ado

CONFIG = "deployments:\n  - testing: qa*\n"
PATH = "/.jira/config.yml"


@pytest.fixture
def ado() -> Iterator[AdoRig]:
    with running_ado() as rig:
        yield rig
        assert [found for found in rig.organization.violations if found["side"] == "answer"] == []


@pytest.fixture
def items(ado: AdoRig) -> str:
    return f"_apis/git/repositories/{ado.repository.id}/items"


def read(ado: AdoRig, items: str, path: str = PATH, **query: str) -> Any:
    return ado.get(
        items, query={"path": path, "includeContent": "true"} | query, headers={"Accept": "application/json"}
    )


def test_a_file_is_read_back_as_it_was_put_on_the_default_branch(ado: AdoRig, items: str) -> None:
    made = ado.control("put_file", repository="shop-web", path=PATH, content=CONFIG)
    shown = read(ado, items)
    assert (shown["content"], shown["path"], shown["commitId"]) == (CONFIG, PATH, made["newObjectId"])
    assert made["ref"] == "refs/heads/main"
    bare = ado.get(items, query={"path": PATH}, headers={"Accept": "application/json"})
    assert "content" not in bare


@pytest.mark.parametrize(
    ("accept", "query", "kind"),
    [
        ("text/plain", {}, "text/plain; charset=utf-8"),
        ("application/octet-stream", {}, "application/octet-stream"),
        ("*/*", {}, "application/octet-stream"),
        ("application/json", {"$format": "text"}, "text/plain; charset=utf-8"),
    ],
)
def test_without_a_wish_for_json_the_content_comes_as_it_is(
    ado: AdoRig, items: str, accept: str, query: dict[str, str], kind: str
) -> None:
    ado.control("put_file", repository="shop-web", path=PATH, content=CONFIG)
    answer = ado.call("GET", items, query={"path": PATH} | query, headers={"Accept": accept})
    assert (answer.status_code, answer.text, answer.headers["Content-Type"]) == (200, CONFIG, kind)


def test_each_version_has_its_own_content(ado: AdoRig, items: str) -> None:
    first = ado.control("put_file", repository="shop-web", path=PATH, content="one\n")["newObjectId"]
    ado.control("put_file", repository="shop-web", path=PATH, content="two\n")
    ado.control("put_file", repository="shop-web", path=PATH, content="three\n", branch="topic")
    at = {"versionDescriptor.version": first, "versionDescriptor.versionType": "commit"}
    assert read(ado, items)["content"] == "two\n"
    assert read(ado, items, **at)["content"] == "one\n"
    assert read(ado, items, **{"versionDescriptor.version": "topic"})["content"] == "three\n"


def test_a_merge_brings_the_newest_content(ado: AdoRig, items: str) -> None:
    ado.control("put_file", repository="shop-web", path=PATH, content="draft\n", branch="config")
    ado.control("put_file", repository="shop-web", path=PATH, content="final\n", branch="config")
    pull = ado.control("open_pull_request", repository="shop-web", source="config", title="SHOP-1 config")
    ado.control("update_pull_request", number=pull["pullRequestId"], status="completed", merge="squash")
    assert read(ado, items)["content"] == "final\n"


def test_a_file_that_is_not_there_is_404_in_the_services_words(ado: AdoRig, items: str) -> None:
    ado.control("put_file", repository="shop-web", path=PATH, content=CONFIG)
    ado.control("put_file", repository="shop-web", path=PATH, content=None)
    head = ado.repository.refs["refs/heads/main"]
    answer = ado.call("GET", items, query={"path": PATH}, headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json()["typeKey"]) == (404, "GitItemNotFoundException")
    assert answer.json()["message"] == (
        f"TF401174: The item '{PATH}' could not be found in the repository 'shop-web' at the version specified by "
        f"'<Branch: main >' (resolved to commit '{head}')"
    )


def test_a_file_that_was_pushed_without_content_has_made_up_content(ado: AdoRig, items: str) -> None:
    ado.control("push", repository="shop-web", commits=[{"message": "SHOP-1", "files": ["/src/a.py"]}])
    assert read(ado, items, "/src/a.py")["content"] == "The content of /src/a.py.\n"
