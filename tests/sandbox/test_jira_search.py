"""Searching on the stand-in: the queries it reads, pages, and an index that lags behind."""

from typing import Any

import pytest

from sandbox.jira_search_jql import JqlFault, parse_jql
from tests.sandbox.issue_rig import IssueRig


def search(issues: IssueRig, jql: str, **more: Any) -> Any:
    return issues.call("POST", "/search/jql", {"jql": jql, "fields": ["key"]} | more)


def keys(issues: IssueRig, jql: str, **more: Any) -> list[str]:
    answer = search(issues, jql, **more)
    assert answer.status_code == 200, answer.text
    return [one["key"] for one in answer.json()["issues"]]


@pytest.fixture
def label(issues: IssueRig) -> str:
    """A label that nothing has yet."""
    return f"l{len(issues.site.issues)}"


def source(issues: IssueRig, number: int, run: str = "r1", **fields: Any) -> str:
    sent = {
        "fields": issues.fields(**fields),
        "properties": [{"key": "crosswalk.source", "value": {"id": number, "run": run}}],
    }
    return str(issues.call("POST", "/issue", sent).json()["key"])


def test_issues_are_found_by_every_field_a_migration_asks_for(issues: IssueRig, label: str) -> None:
    epic = issues.key("Epic", labels=[label])
    story = issues.key("Story", labels=[label, "x"], parent={"key": epic}, priority={"name": "High"})
    done = issues.key("Task", labels=[label], summary="Repair the scale")
    issues.call("POST", f"/issue/{done}/transitions", {"transition": {"id": "41"}})
    base = f"labels = {label}"
    found = {
        "": [done, story, epic],
        "and parent = " + epic: [story],
        "and issuetype in (Epic, Story)": [story, epic],
        'and status = "Done"': [done],
        "and statusCategory != Done": [story, epic],
        "and labels = x": [story],
        "and labels not in (x)": [done, epic],
        "and priority = High": [story],
        'and summary ~ "scale"': [done],
        'and summary !~ "scale"': [story, epic],
        "and parent is empty": [done, epic],
        "and parent is not EMPTY": [story],
        "and assignee is empty and creator = currentUser()": [done, story, epic],
        "and not issuetype = Epic": [done, story],
        "and (issuetype = Epic or priority = High)": [story, epic],
        "and created >= -1h and updated > -1d": [done, story, epic],
        'and created < "2024-01-01 10:00"': [],
        f"and key in ({epic}, {done})": [done, epic],
        f"and id = {issues.site.issues[done].id}": [done],
        "order by key asc": [epic, story, done],
        "order by issuetype desc, key desc": sorted([epic, story, done], reverse=True),
        "and duedate is empty order by created": [epic, story, done],
    }
    got = {rest: keys(issues, f"project = MIG and {base} {rest}") for rest in found}
    assert {rest: sorted(one) for rest, one in got.items()} == {rest: sorted(one) for rest, one in found.items()}
    plain = [rest for rest in found if "issuetype desc" not in rest]
    assert {rest: got[rest] for rest in plain} == {rest: found[rest] for rest in plain}


def test_custom_fields_are_searched_by_id_and_name(issues: IssueRig, label: str) -> None:
    high: dict[str, Any] = {"Story Points": 5, "Severity": {"value": "2 - High"}}
    more: dict[str, Any] = {"Story Points": 8}
    one, other = issues.key(labels=[label], **high), issues.key(labels=[label], **more)
    number = issues.field("Story Points").rpartition("_")[2]
    assert keys(issues, f"labels = {label} and cf[{number}] > 5") == [other]
    assert keys(issues, f'labels = {label} and "Story Points" <= 5') == [one]
    assert keys(issues, f'labels = {label} and Severity = "2 - High"') == [one]


def test_what_an_app_declared_of_its_property_can_be_searched(issues: IssueRig) -> None:
    one, two, three = source(issues, 70_001), source(issues, 70_002), source(issues, 70_003, run="r2")
    assert keys(issues, "issue.property[crosswalk.source].id = 70001") == [one]
    assert keys(issues, 'issue.property["crosswalk.source"].id in (70001, 70003) order by key') == [one, three]
    assert keys(issues, "adoId in (70001, 70002, 70003) and adoRun = r1 order by adoId desc") == [two, one]
    assert keys(issues, "project = MIG and adoId >= 70002 and adoId < 70004 order by adoId") == [two, three]
    issues.call("PUT", f"/issue/{one}/properties/crosswalk.source", {"id": 70_009})
    assert (keys(issues, "adoId = 70001"), keys(issues, "adoId = 70009")) == ([], [one])
    assert search(issues, "issue.property[crosswalk.other].id = 1").status_code == 400


@pytest.mark.parametrize(
    ("words", "is_found"),
    [
        ("repair", True), ("scale repair", True), ("repair scal*", True), ("REP* sc*", True), ("rep", False),
        ("cale", False), ("repair scal", False), ("repair* parcel", False),
    ],
)  # fmt: skip
def test_words_are_whole_unless_a_star_ends_them(issues: IssueRig, label: str, words: str, is_found: bool) -> None:
    key = issues.key(labels=[label], summary="Repair the scale")
    assert keys(issues, f'labels = {label} and summary ~ "{words}"') == ([key] if is_found else [])


@pytest.mark.parametrize("words", ["", "*cale", "?cale", "(scale", "scale:", "a && b", "scale~"])
def test_signs_with_a_meaning_of_their_own_are_400(issues: IssueRig, words: str) -> None:
    answer = search(issues, f'summary ~ "{words}"')
    sentence = f"Unable to parse the text '{words}' for field 'summary'."
    assert (answer.status_code, answer.json()["errorMessages"]) == (400, [sentence])


@pytest.mark.parametrize(
    ("jql", "sentence"),
    [
        ("", "Unbounded JQL queries are not allowed here. Please add a search restriction to your query."),
        ("order by key", "Unbounded JQL queries are not allowed here. Please add a search restriction to your query."),
        ("project = NOPE", "The value 'NOPE' does not exist for the field 'project'."),
        ("key = MIG-99999", "An issue with key 'MIG-99999' does not exist for field 'key'."),
        ("key = wrong", "The issue key 'wrong' for field 'key' is invalid."),
        ("flavour = sweet", "Field 'flavour' does not exist or you do not have permission to view it."),
        ("status = Gone", "The value 'Gone' does not exist for the field 'status'."),
        ("project ~ MIG", "The operator '~' is not supported by the 'project' field."),
        ("created > yesterday", "Date value 'yesterday' is invalid."),
        ("adoId = seven", "The value 'seven' is not a number."),
        ("project = MIG order by flavour", "Field 'flavour' does not exist or you do not have permission to view it."),
    ],
)
def test_a_query_that_names_what_is_not_there_is_400(issues: IssueRig, jql: str, sentence: str) -> None:
    answer = search(issues, jql)
    assert (answer.status_code, answer.json()["errorMessages"][0][: len(sentence)]) == (400, sentence)


@pytest.mark.parametrize(
    "jql",
    [
        "project", "project =", "project = MIG and", "project = (MIG", "project in MIG", 'summary ~ "open',
        "project is MIG", "project = MIG MIG", "project = MIG order by a,b,c,d,e,f,g,h", "a not b",
    ],
)  # fmt: skip
def test_a_query_that_cannot_be_read_is_a_fault(jql: str) -> None:
    with pytest.raises(JqlFault):
        parse_jql(jql)


def test_projects_that_may_not_be_seen_are_not_there(issues: IssueRig) -> None:
    team = issues.key("Task", "TEAM")
    issues.deny("BROWSE_PROJECTS", project="TEAM")
    assert search(issues, "project = TEAM").status_code == 400
    assert search(issues, f"key = {team}").status_code == 400
    assert team not in keys(issues, "created > -1h", maxResults=100)


def test_pages_follow_by_token_and_a_token_belongs_to_its_query(issues: IssueRig, label: str) -> None:
    made = [issues.key(labels=[label]) for _ in range(5)]
    jql, found, token = f"labels = {label} order by key asc", [], None
    while True:
        body = search(issues, jql, maxResults=2, **({"nextPageToken": token} if token else {})).json()
        found += [one["key"] for one in body["issues"]]
        if body["isLast"]:
            break
        token = body["nextPageToken"]
    assert found == made
    assert "nextPageToken" not in body
    assert search(issues, "project = MIG", nextPageToken=token).status_code == 400
    assert search(issues, jql, nextPageToken="x").status_code == 400


def test_without_fields_only_ids_come_and_with_fields_a_hundred_at_most(issues: IssueRig, label: str) -> None:
    key = source(issues, 80_001, labels=[label])
    jql = f"labels = {label}"
    lean = issues.call("POST", "/search/jql", {"jql": jql}).json()["issues"]
    assert lean == [{"id": issues.site.issues[key].id}]
    full = search(issues, jql, fields=["summary"], properties=["crosswalk.source"]).json()["issues"][0]
    assert (full["fields"], full["properties"]["crosswalk.source"]["id"]) == ({"summary": "Weigh the parcel"}, 80_001)
    assert search(issues, jql, properties=list("abcdef")).status_code == 400
    assert search(issues, jql, maxResults=0).status_code == 400
    by_query = issues.call("GET", f"/search/jql?jql=labels%3D{label}&fields=key&maxResults=1").json()
    assert [one["key"] for one in by_query["issues"]] == [key]


def test_the_index_lags_behind_while_issues_can_be_read_at_once(issues: IssueRig) -> None:
    now = issues.tracker.now()
    issues.rig.control("POST", "search-lag", {"seconds": 5})
    key = source(issues, 90_001)
    issue_id = int(issues.site.issues[key].id)
    query = "adoId = 90001"
    assert issues.read(key, "summary") == {"summary": "Weigh the parcel"}
    assert keys(issues, query) == []
    assert issues.call("POST", "/search/approximate-count", {"jql": query}).json() == {"count": 0}
    assert keys(issues, query, reconcileIssues=[issue_id]) == [key]
    issues.tracker.clock = lambda: now + 60
    try:
        assert keys(issues, query) == [key]
        assert issues.call("POST", "/search/approximate-count", {"jql": query}).json() == {"count": 1}
    finally:
        issues.tracker.clock = type(issues.tracker)(issues.site).clock
    assert search(issues, query, reconcileIssues=list(range(51))).status_code == 400


def test_an_edit_and_a_removal_lag_too(issues: IssueRig, label: str) -> None:
    key, gone = issues.key(labels=[label]), issues.key(labels=[label])
    issues.tracker.index.lag_seconds = 60
    issues.call("PUT", f"/issue/{key}", {"fields": {"labels": []}})
    issues.call("DELETE", f"/issue/{gone}")
    assert keys(issues, f"labels = {label}") == [key]
    issues.tracker.index.lag_seconds = 0
    assert keys(issues, f"labels = {label}") == []


def test_archived_issues_are_not_found(issues: IssueRig, label: str) -> None:
    key = issues.key(labels=[label])
    issues.tracker.archive(key)
    assert keys(issues, f"labels = {label}") == []
    assert issues.read(key, "summary") == {"summary": "Weigh the parcel"}


def test_moved_and_renamed_issues_are_found_where_they_are(issues: IssueRig, label: str) -> None:
    key = issues.key(labels=[label])
    moved = issues.site.move_issue(key, "OLD").key
    assert keys(issues, f"project = OLD and labels = {label}") == [moved]
    assert keys(issues, f"project = MIG and labels = {label}") == []
    assert issues.call("GET", f"/issue/{key}?fields=id").json()["key"] == moved


def test_the_old_search_stays_gone(issues: IssueRig) -> None:
    assert issues.call("POST", "/search", {"jql": "project = MIG"}).status_code == 410
