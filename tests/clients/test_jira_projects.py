"""The Jira projects and boards that a migration may write into."""

import json

import pytest
from pydantic import SecretStr

from clients.hosts import AllowedHosts
from clients.http import HttpClient
from clients.jira import ConnectSigner, JiraClient
from clients.jira_projects import JiraBoard, JiraProject, find_project, list_boards, list_projects, name_types
from domain.errors import Forbidden, Unreadable

SHOP = {"id": "10001", "key": "SHOP", "name": "Shop"}
BOARD = {"id": 7, "name": "SHOP board", "type": "scrum"}


@pytest.fixture
def jira(wire):
    signer = ConnectSigner("app", wire.url, "client", SecretStr("s" * 32))
    return JiraClient(signer, HttpClient("Jira", AllowedHosts(frozenset(), (), frozenset({wire.host}))))


@pytest.fixture
def tell(wire):
    """The next answers of Jira, each a body or a status."""

    def answer(*bodies):
        for body in bodies:
            if isinstance(body, int):
                wire.will_answer(body)
            else:
                wire.will_answer(body=json.dumps(body))

    return answer


def asked(wire):
    return [f"{call['PATH_INFO']}?{call['QUERY_STRING']}".removesuffix("?") for call in wire.asked]


def test_a_project_by_its_key(wire, jira, tell):
    tell(SHOP)
    assert find_project(jira, "SHOP") == JiraProject("10001", "SHOP", "Shop")
    assert asked(wire) == ["/rest/api/3/project/SHOP"]


def test_one_that_is_not_there(jira, tell):
    tell(404)
    assert find_project(jira, "NONE") is None


def test_every_project_page_by_page(wire, jira, tell):
    tell({"values": [SHOP], "isLast": False}, {"values": [SHOP | {"id": "2", "key": "OPS"}], "isLast": True})
    assert [project.key for project in list_projects(jira)] == ["SHOP", "OPS"]
    assert [place.split("startAt=")[1].split("&")[0] for place in asked(wire)] == ["0", "1"]


def test_names_of_issue_types(wire, jira, tell):
    tell([{"id": "10004", "name": "Bug", "subtask": False}, {"id": "10009", "name": "Story"}])
    assert name_types(jira, "10001") == {"10004": "Bug", "10009": "Story"}
    assert asked(wire) == ["/rest/api/3/issuetype/project?projectId=10001"]


def test_issue_types_that_cannot_be_read(jira, tell):
    tell([{"id": "10004"}])
    with pytest.raises(Unreadable):
        name_types(jira, "10001")


def test_boards_of_a_project(wire, jira, tell):
    tell({"values": [BOARD], "isLast": True})
    assert list_boards(jira, "SHOP") == (JiraBoard(7, "SHOP board", "scrum"),)
    assert asked(wire)[0].startswith("/rest/agile/1.0/board?projectKeyOrId=SHOP")


@pytest.mark.parametrize("status", [400, 403, 404])
def test_a_site_without_boards_has_none(jira, tell, status):
    tell(status)
    assert list_boards(jira, "SHOP") == ()


def test_a_page_without_anything_is_the_last(wire, jira, tell):
    tell({"values": [], "isLast": False})
    assert list_projects(jira) == ()
    assert len(wire.asked) == 1


@pytest.mark.parametrize(
    ("call", "body"),
    [
        (lambda client: find_project(client, "SHOP"), {"id": "1", "name": "Shop"}),
        (list_projects, {"values": [{"id": "1"}]}),
        (lambda client: list_boards(client, "SHOP"), {"values": [{"id": "seven"}]}),
    ],
)
def test_an_answer_that_cannot_be_read(jira, tell, call, body):
    tell(body)
    with pytest.raises(Unreadable, match="cannot be read"):
        call(jira)


def test_a_project_that_may_not_be_seen(jira, tell):
    tell(403)
    with pytest.raises(Forbidden):
        find_project(jira, "SHOP")
