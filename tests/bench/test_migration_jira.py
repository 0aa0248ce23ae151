"""The lean Jira counts whatever was made twice, of every kind."""

import orjson
import pytest

from bench.migration_jira import COUNTS, OPEN, LeanJira
from domain.comment_drafts import COMMENT_PROPERTY
from domain.draft_records import SOURCE_PROPERTY

API = "/rest/api/3"
FIRST, SECOND = "1000001", "1000002"
FILE = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\nbytes\r\n--x--\r\n'


@pytest.fixture
def jira():
    """With two issues of two work items."""
    jira = LeanJira()
    workflows = {"10001": {"first": "1", "leaving": {}}}
    jira("POST", OPEN, orjson.dumps({"project": {"id": "10000", "key": "MOVED"}, "workflows": workflows}))
    for number in (1, 2):
        make_issue(jira, number)
    return jira


def make_issue(jira, number):
    fields = {"summary": "One", "issuetype": {"id": "10001"}}
    send(jira, "/issue", {"fields": fields, "properties": [{"key": SOURCE_PROPERTY, "value": {"id": number}}]})


def comment(jira, number):
    send(jira, f"/issue/{FIRST}/comment", {"properties": [{"key": COMMENT_PROPERTY, "value": {"id": number}}]})


def link(jira, inward, outward):
    ends = {"inwardIssue": {"id": inward}, "outwardIssue": {"id": outward}}
    send(jira, "/issueLink", {"type": {"id": "10003"}, **ends})


def attach(jira, issue):
    jira("POST", f"{API}/issue/{issue}/attachments", FILE)


def send(jira, path, body):
    jira("POST", API + path, orjson.dumps(body))


def counted(jira):
    return orjson.loads(jira("GET", COUNTS, b""))


def test_what_is_different_is_not_doubled(jira):
    for number in (11, 12):
        comment(jira, number)
    link(jira, FIRST, SECOND)
    link(jira, SECOND, FIRST)
    for issue in (FIRST, SECOND):
        attach(jira, issue)
    assert counted(jira)["made"] == {"issues": 2, "comments": 2, "links": 2, "files": 2}
    assert (counted(jira)["doubled"], counted(jira)["objections"]) == (0, [])


@pytest.mark.parametrize(
    "make",
    [
        lambda jira: make_issue(jira, 3),
        lambda jira: comment(jira, 11),
        lambda jira: link(jira, FIRST, SECOND),
        lambda jira: attach(jira, FIRST),
    ],
    ids=["issue", "comment", "link", "file"],
)
def test_what_is_made_again_is_doubled(jira, make):
    make(jira)
    assert counted(jira)["doubled"] == 0
    make(jira)
    assert counted(jira)["doubled"] == 1
