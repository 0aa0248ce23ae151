import socket
import time

import pytest

from clients.hosts import AllowedHosts
from clients.http import HttpClient
from domain.errors import (
    Ambiguous,
    BadInput,
    Conflict,
    Forbidden,
    IssueBusy,
    NotFound,
    RateLimited,
    Rejected,
    TooLarge,
    Unauthorized,
    Unavailable,
)


def client_of(wire, **options):
    return HttpClient("Jira", AllowedHosts(frozenset(), (), frozenset({wire.host})), **options)


@pytest.fixture
def http(wire):
    return client_of(wire)


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, Rejected), (401, Unauthorized), (403, Forbidden), (404, NotFound), (408, Unavailable), (409, Conflict),
        (410, NotFound), (413, TooLarge), (422, Rejected), (429, RateLimited), (500, Unavailable), (503, Unavailable),
    ],
)  # fmt: skip
def test_the_status_decides_the_error(wire, http, status, error):
    for _try in range(2):
        wire.will_answer(status, '{"message": "because"}')
    with pytest.raises(error, match="because") as caught:
        http.call("POST", f"{wire.url}/x", headers={}, json={})
    assert caught.value.status == status


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ('{"errorMessages": ["No such issue"], "errors": {}}', "No such issue"),
        ('{"errorMessages": [], "errors": {"summary": "too long"}}', "too long"),
        ('{"error": "invalid_client", "error_description": "wrong secret"}', "wrong secret"),
        ('[{"message": "first"}]', "first"),
        ("<html>sorry</html>", "no readable reason"),
        ("{}", "no reason given"),
        ("[]", "no reason given"),
    ],
)
def test_the_other_sides_sentence_is_kept(wire, http, body, words):
    wire.will_answer(400, body)
    with pytest.raises(Rejected, match=words):
        http.call("POST", f"{wire.url}/x", headers={}, json={})


@pytest.mark.parametrize(
    ("header", "low", "high"),
    [("7", 7, 7), ("0.5", 0.5, 0.5), ("Fri, 01 Jan 2100 00:00:00 GMT", 1e9, 1e10), ("soon", None, None)],
)
def test_retry_after_is_read_as_seconds_or_a_date(wire, http, header, low, high):
    wire.will_answer(429, Retry_After=header)
    with pytest.raises(RateLimited) as caught:
        http.call("POST", f"{wire.url}/x", headers={}, json={})
    if low is None:
        assert caught.value.retry_after is None
    else:
        assert low <= caught.value.retry_after <= high


def test_one_issue_that_was_written_too_often_is_told_from_a_site_that_wants_a_pause(wire, http):
    wire.will_answer(429, RateLimit_Reason="jira-per-issue-on-write", Retry_After="2")
    with pytest.raises(IssueBusy) as caught:
        http.call("POST", f"{wire.url}/x", headers={}, json={})
    assert caught.value.retry_after == 2


def test_a_read_that_met_a_broken_gateway_is_tried_once_more(wire, http):
    wire.will_answer(502)
    wire.will_answer(200, '{"ok": true}')
    assert http.call("GET", f"{wire.url}/x", headers={}).json() == {"ok": True}


def test_a_write_is_never_repeated_by_itself(wire, http):
    wire.will_answer(503)
    with pytest.raises(Unavailable):
        http.call("POST", f"{wire.url}/x", headers={}, json={})
    assert len(wire.asked) == 1


def test_a_write_without_an_answer_may_have_worked(wire):
    def answer_late():
        time.sleep(0.5)
        return "late"

    wire.answers.append(answer_late)
    impatient = client_of(wire, read_seconds=0.3)
    with pytest.raises(Ambiguous, match="may have worked"):
        impatient.call("POST", f"{wire.url}/x", headers={}, json={})


def test_a_write_that_found_nobody_did_not_happen():
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{closed.getsockname()[1]}"
    client = HttpClient("Jira", AllowedHosts(frozenset(), (), frozenset({host})))
    with pytest.raises(Unavailable):
        client.call("POST", f"http://{host}/x", headers={}, json={})


def test_a_redirect_is_shown_and_not_followed(wire, http):
    wire.will_answer(302, Location=f"{wire.url}/elsewhere")
    assert http.call("GET", f"{wire.url}/x", headers={}).status == 302
    assert len(wire.asked) == 1


def test_an_address_off_the_list_is_not_called(wire, http):
    with pytest.raises(BadInput):
        http.call("GET", "http://127.0.0.2/x", headers={})
    assert wire.asked == []


def test_an_empty_answer_is_none(wire, http):
    wire.will_answer(200, "")
    assert http.call("GET", f"{wire.url}/x", headers={}).json() is None


def test_what_a_host_sets_for_one_tenant_does_not_go_out_for_another(wire, http):
    wire.will_answer(Set_Cookie="session=first")
    wire.will_answer()

    for _call in range(2):
        http.call("GET", f"{wire.url}/x", headers={})

    assert ["HTTP_COOKIE" in asked for asked in wire.asked] == [False, False]
