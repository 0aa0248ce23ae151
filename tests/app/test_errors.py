import pytest
from redis.exceptions import ConnectionError as RedisAway
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from domain.errors import (
    AccessDenied,
    Ambiguous,
    BadInput,
    Fault,
    Forbidden,
    NotFound,
    OurFault,
    RateLimited,
    Rejected,
    StoreUnavailable,
    Unauthenticated,
    Unauthorized,
    Unavailable,
    UnknownObject,
    Unreadable,
    WrongState,
)

SYSTEM = ("Azure DevOps", 418, "words")


@pytest.fixture
def fail_with(app, client):
    """The answer of a view that raises."""

    def answer(error):
        def fail():
            raise error

        app.add_url_rule("/failing", view_func=fail)
        return client.get("/failing")

    return answer


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (BadInput("no"), 422),
        (Unauthenticated("no"), 401),
        (AccessDenied("no"), 403),
        (UnknownObject("no"), 404),
        (WrongState("no"), 409),
        (StoreUnavailable("no"), 503),
        (OurFault("no"), 500),
        (RateLimited(*SYSTEM), 503),
        (Unauthorized(*SYSTEM), 422),
        (Forbidden(*SYSTEM), 422),
        (NotFound(*SYSTEM), 422),
        (Unavailable(*SYSTEM), 502),
        (Ambiguous(*SYSTEM), 502),
        (Rejected(*SYSTEM), 422),
        (Unreadable(*SYSTEM), 422),
    ],
)
def test_every_error_has_its_status_and_its_words(fail_with, error, status):
    answer = fail_with(error)

    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
    assert (answer.json["status"], answer.json["detail"]) == (status, str(error))
    assert ("Retry-After" in answer.headers) == (status == 503)


@pytest.mark.parametrize(
    "error", [RedisAway("redis://:password@host"), OperationalError("select secret", {}, Exception())]
)
def test_a_store_that_is_away_is_told_without_its_address(fail_with, error):
    answer = fail_with(error)

    assert answer.status_code == 503
    assert "password" not in answer.text
    assert "select" not in answer.text


def test_faults_are_listed_with_their_pointers(fail_with):
    answer = fail_with(BadInput("Two are wrong.", (Fault("/a", "no"), Fault("/b/0", "neither"))))

    assert answer.json["errors"] == [{"pointer": "/a", "detail": "no"}, {"pointer": "/b/0", "detail": "neither"}]


def test_a_fault_of_ours_tells_nothing_and_logs_its_place(fail_with):
    with capture_logs() as lines:
        answer = fail_with(KeyError("the title of an issue"))

    assert answer.status_code == 500
    assert "title of an issue" not in answer.text + str(lines)
    assert "nothing was changed" not in answer.json["detail"]
    assert lines[0]["event"] == "request.failed"
    assert (lines[0]["error"], lines[0]["place"].partition(":")[0]) == ("KeyError", "fail")


def test_an_unknown_address_is_a_problem_document(client):
    answer = client.get("/api/nothing")

    assert (answer.status_code, answer.content_type) == (404, "application/problem+json")


def test_every_answer_carries_the_headers_that_keep_browsers_careful(client):
    headers = client.get("/healthz").headers

    assert headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"
    assert "max-age" in headers["Strict-Transport-Security"]
