"""Comments, attachments, tags, the recycle bin and test plans of the stand-in."""

import hashlib
import struct
import zlib
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.wit_files import PIECE, file_pieces
from sandbox.wit_model import StoredFile
from tests.sandbox.ado_rig import AdoRig
from tests.sandbox.wit_rig import COMMENTS, ITEMS, read_item, running_work

BIN = "Webshop/_apis/wit/recyclebin"


@pytest.fixture(scope="module")
def ado() -> Iterator[AdoRig]:
    with running_work(45, oddities=True) as rig:
        yield rig


@pytest.fixture
def fresh() -> Iterator[AdoRig]:
    with running_work(0) as rig:
        rig.organization.create_work_item("Webshop", "Task", {"Title": "One"})
        yield rig


def titled(ado: AdoRig, title: str) -> int:
    kept = ado.organization.work.kept.values()
    return next(item.id for item in kept if item.value("System.Title") == title)


def comments_of(ado: AdoRig, number: int, **query: Any) -> Any:
    params = {f"${name}" if name in {"top", "expand"} else name: value for name, value in query.items()}
    return ado.get(f"{ITEMS}/{number}/comments", version=COMMENTS, query=params)


def all_comments(ado: AdoRig, number: int, **query: Any) -> list[dict[str, Any]]:
    found, token = [], None
    while True:
        page = comments_of(ado, number, **query | ({"continuationToken": token} if token else {}))
        found += page["comments"]
        token = page.get("continuationToken")
        if token is None:
            return found


def test_comments_are_preview_only(ado: AdoRig) -> None:
    assert ado.call("GET", f"{ITEMS}/1/comments", version="7.1").status_code == 400
    assert comments_of(ado, 1)["totalCount"] == 2


def test_more_comments_than_a_page_are_all_read_once(ado: AdoRig) -> None:
    number = titled(ado, "More comments than a page holds")
    found = all_comments(ado, number, order="asc")
    assert [one["text"] for one in found] == [f"<p>Comment {at}</p>" for at in range(1, 231)]
    assert comments_of(ado, number)["comments"][0]["text"] == "<p>Comment 230</p>"
    assert len(comments_of(ado, number)["comments"]) == 200
    assert [one["id"] for one in all_comments(ado, number, order="asc", top=7)] == [one["id"] for one in found]


@pytest.mark.parametrize(("query", "said"), [({"$top": 201}, "$top"), ({"continuationToken": "x"}, "not valid")])
def test_a_page_of_comments_is_refused_with_its_reason(ado: AdoRig, query: dict[str, Any], said: str) -> None:
    answer = ado.call("GET", f"{ITEMS}/1/comments", version=COMMENTS, query=query)
    assert answer.status_code == 400
    assert said in answer.json()["message"]


def test_comments_tell_format_author_and_rendered_text_when_asked(ado: AdoRig) -> None:
    plain = comments_of(ado, 1, order="asc")["comments"]
    rendered = comments_of(ado, 1, order="asc", expand="renderedText")["comments"]
    assert {one["format"] for one in [*plain, *comments_of(ado, 2)["comments"]]} == {"html", "markdown"}
    assert "renderedText" not in plain[0]
    assert all(one["renderedText"].startswith("<") for one in rendered)
    assert plain[0]["createdBy"]["uniqueName"]
    assert plain[0]["createdDate"] < plain[1]["createdDate"]


def test_edited_comments_keep_their_versions_and_deleted_ones_are_hidden(ado: AdoRig) -> None:
    number = titled(ado, "Comments edited and deleted")
    (shown,) = comments_of(ado, number)["comments"]
    assert (shown["text"], shown["version"]) == ("Second <i>thought</i>", 2)
    versions = ado.get(f"{ITEMS}/{number}/comments/{shown['id']}/versions", version="7.1-preview.1")["value"]
    assert [one["text"] for one in versions] == ["Second <i>thought</i>", "First thought"]
    everything = comments_of(ado, number, includeDeleted="true")
    assert (len(everything["comments"]), everything["totalCount"]) == (2, 1)
    deleted = next(one for one in everything["comments"] if one["isDeleted"])
    assert ado.call("GET", f"{ITEMS}/{number}/comments/{deleted['id']}", version=COMMENTS).status_code == 404
    assert read_item(ado, number)["fields"]["System.CommentCount"] == 1


def test_comments_can_be_asked_for_by_id(ado: AdoRig) -> None:
    first, second = comments_of(ado, 3)["comments"]
    assert comments_of(ado, 3, ids=f"{second['id']}")["comments"] == [second]
    assert ado.get(f"{ITEMS}/3/comments/{first['id']}", version=COMMENTS) == first
    assert ado.call("GET", f"{ITEMS}/4/comments/{first['id']}", version=COMMENTS).status_code == 404


def test_every_planned_file_has_the_bytes_its_relation_promises(ado: AdoRig) -> None:
    files = [one for n in range(1, 21) for one in read_item(ado, n, expand="relations").get("relations", ())
             if one["rel"] == "AttachedFile"]  # fmt: skip
    assert len(files) == 4
    for file in files:
        path = file["url"].removeprefix(f"{ado.url}/acme/")
        answer = ado.call("GET", path, query={"fileName": file["attributes"]["name"], "download": "true"})
        assert len(answer.content) == file["attributes"]["resourceSize"] == int(answer.headers["Content-Length"])
        assert answer.headers["Content-Disposition"].startswith("attachment; filename*=UTF-8''")
        assert answer.content == ado.call("GET", path).content


def test_strange_files_come_as_they_are(ado: AdoRig) -> None:
    item = read_item(ado, titled(ado, "Files of all kinds"), expand="relations")
    files = [(one["attributes"]["name"], one["attributes"]["resourceSize"]) for one in item["relations"]]
    assert files == [("same.txt", 10), ("same.txt", 20), ("empty.log", 0), ("Größe „neu“ 見積.pdf", 3_000)]
    bodies = [ado.call("GET", one["url"].removeprefix(f"{ado.url}/acme/")).content for one in item["relations"]]
    assert [len(body) for body in bodies] == [10, 20, 0, 3_000]
    assert bodies[3].startswith(b"%PDF-1.4")


@pytest.mark.parametrize("size", [0, 1, 40, 150, 300, PIECE, 3 * PIECE + 17])
@pytest.mark.parametrize("name", ["a.png", "a.pdf", "a.txt"])
def test_made_up_files_have_their_size_and_differ(name: str, size: int) -> None:
    one, other = (
        b"".join(file_pieces(StoredFile(f"{at}0000000-0000-4000-8000-000000000000", name, size))) for at in (1, 2)
    )
    assert (size < 100 and name == "a.png") or len(one) == size
    assert size < 60 or hashlib.sha256(one).digest() != hashlib.sha256(other).digest()
    assert all(len(piece) <= PIECE for piece in file_pieces(StoredFile("x", name, size)))


def test_a_made_up_image_is_a_whole_png() -> None:
    body = b"".join(file_pieces(StoredFile("10000000-0000-4000-8000-000000000000", "a.png", 2 * PIECE)))
    at, kinds = 8, []
    while at < len(body):
        (length,) = struct.unpack(">I", body[at : at + 4])
        content = body[at + 4 : at + 8 + length]
        assert struct.unpack(">I", body[at + 8 + length : at + 12 + length])[0] == zlib.crc32(content)
        kinds.append(content[:4])
        at += 12 + length
    assert (kinds[0], kinds[-1]) == (b"IHDR", b"IEND")


def test_an_uploaded_file_is_kept_without_a_work_item(fresh: AdoRig) -> None:
    made = fresh.control("upload_file", name="note.txt", content="Grüße")
    answer = fresh.call("GET", f"_apis/wit/attachments/{made['fileId']}")
    assert answer.content == "Grüße".encode()
    assert answer.headers["Content-Type"].startswith("text/plain")
    for guid in ("00000000-0000-4000-8000-000000000000", "not-a-guid"):
        assert fresh.organization.work.find_file(guid) is None
    assert fresh.call("GET", "_apis/wit/attachments/00000000-0000-4000-8000-000000000000").status_code == 404


def test_tags_are_listed_in_the_case_they_were_first_written(fresh: AdoRig) -> None:
    organization = fresh.organization
    organization.edit_work_item(1, {"Tags": "Blue; red"})
    organization.create_work_item("Webshop", "Task", {"Title": "Two", "Tags": "BLUE, green"})
    assert read_item(fresh, 2)["fields"]["System.Tags"] == "Blue; green"
    tags = fresh.get("Webshop/_apis/wit/tags")["value"]
    assert [tag["name"] for tag in tags] == ["Blue", "green", "red"]
    assert fresh.get("Webshop/_apis/wit/tags/blue") == fresh.get(f"Webshop/_apis/wit/tags/{tags[0]['id']}") == tags[0]
    assert fresh.call("GET", "Webshop/_apis/wit/tags/pink").status_code == 404


def test_deleted_items_lie_in_the_bin_and_nowhere_else(fresh: AdoRig) -> None:
    fresh.control("delete_work_item", number=1)
    assert fresh.call("GET", f"{ITEMS}/1").status_code == 404
    assert [one["id"] for one in fresh.get(BIN)["value"]] == [1]
    (by_ids,) = fresh.get(BIN, query={"ids": "1,2"})["value"]
    assert (by_ids["name"], by_ids["deletedBy"]) == ("One", "Mara Lindqvist <mara.lindqvist@acme.example>")
    assert fresh.get(f"{BIN}/1")["resource"]["fields"]["System.Title"] == "One"
    assert fresh.call("GET", f"{BIN}/2").status_code == 404
    fresh.control("restore_work_item", number=1)
    assert fresh.get(BIN)["value"] == []
    assert read_item(fresh, 1)["rev"] == 3


def test_test_plans_need_the_test_scope_and_show_cases(ado: AdoRig) -> None:
    (plan,) = ado.get("Webshop/_apis/testplan/plans")["value"]
    assert plan["name"] == "Regression 2026"
    assert ado.get(f"Webshop/_apis/testplan/Plans/{plan['id']}")["id"] == plan["id"]
    (suite,) = ado.get(f"Webshop/_apis/testplan/Plans/{plan['id']}/suites")["value"]
    path = f"Webshop/_apis/testplan/Plans/{plan['id']}/Suites/{suite['id']}/TestCase"
    cases = ado.get(path, query={"witFields": "Microsoft.VSTS.TCM.Steps"})["value"]
    steps = [case["workItem"]["workItemFields"][0]["Microsoft.VSTS.TCM.Steps"] for case in cases]
    assert any("<compref" in text for text in steps)
    ado.control("tokens", secret="work only", scopes=["vso.work"])
    assert ado.call("GET", "Webshop/_apis/testplan/plans", token="work only").status_code == 401
    assert ado.call("GET", "Webshop/_apis/testplan/plans/7").status_code == 404
    assert ado.call("GET", path.replace(f"Suites/{suite['id']}", "Suites/7")).status_code == 404
