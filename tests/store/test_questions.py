"""Questions to workers: answered once, sealed, gone when read; one that was left is taken up again."""

import threading

import pytest

from domain.errors import (
    AccessDenied,
    BadInput,
    Fault,
    Forbidden,
    RateLimited,
    SecretError,
    SignInNeeded,
    Unavailable,
    WrongState,
)

NOW = 1_800_000_000_000
SITE = "11111111-0000-4000-8000-000000000000"
ABOUT = {"migration": "m-1", "version": 3}
DRAFT = {"items": [{"source": {"title": "Round prices"}, "issue": {}}]}


@pytest.fixture
def questions(services):
    return services.questions


@pytest.fixture
def ask(questions):
    return lambda kind="dry-run", arguments=ABOUT: questions.ask(SITE, kind, arguments, NOW)


def test_a_worker_is_wanted_and_finds_what_was_asked(services, questions, ask):
    question = questions.find(ask())
    assert services.duties.list_due("migrate") == {f"ask:{question.id}": NOW}
    assert (question.installation_id, question.kind, question.arguments) == (SITE, "dry-run", ABOUT)


def test_the_answer_comes_once(questions, ask):
    asked = ask()
    questions.answer(questions.find(asked), DRAFT)
    assert questions.find(asked) is None
    assert questions.wait(asked, 5) == DRAFT
    assert questions.wait(asked, 0.01) is None


def test_whoever_waits_is_woken(questions, ask):
    asked = ask()
    heard = []
    listener = threading.Thread(target=lambda: heard.append(questions.wait(asked, 30)))
    listener.start()
    questions.answer(questions.find(asked), DRAFT)
    listener.join(30)
    assert heard == [DRAFT]


def test_the_first_of_two_answers_counts(questions, ask):
    question = questions.find(ask())
    questions.answer(question, DRAFT)
    questions.answer(question, {"items": []})
    assert questions.wait(question.id, 5) == DRAFT
    assert questions.wait(question.id, 0.01) is None


def test_redis_holds_nothing_readable_and_nothing_for_long(services, questions, ask):
    asked = ask()
    questions.answer(questions.find(asked), DRAFT)
    (key,) = services.redis.keys("crosswalk:answer:*")
    assert b"Round prices" not in services.redis.lrange(key, 0, -1)[0]
    assert 0 < services.redis.ttl(key) <= 60


class TestLeaving:
    def test_the_same_question_is_taken_up_again(self, questions, ask):
        asked = ask()
        questions.note(asked, "reading the types of the project")
        assert questions.leave(asked) == "reading the types of the project"
        assert ask() == asked

    def test_also_when_it_was_answered_meanwhile(self, questions, ask):
        asked = ask()
        questions.leave(asked)
        questions.answer(questions.find(asked), DRAFT)
        assert questions.wait(ask(), 5) == DRAFT

    def test_by_one_alone(self, questions, ask):
        asked = ask()
        assert questions.leave(asked) == ""
        assert [ask() == asked for _asking in range(2)] == [True, False]

    @pytest.mark.parametrize("other", [{"arguments": ABOUT | {"version": 4}}, {"kind": "check"}])
    def test_another_question_is_another(self, questions, ask, other):
        asked = ask()
        questions.leave(asked)
        assert ask(**other) != asked

    def test_one_that_was_read_is_asked_anew(self, questions, ask):
        asked = ask()
        questions.leave(asked)
        questions.answer(questions.find(asked), DRAFT)
        questions.wait(asked, 5)
        assert ask() != asked

    def test_an_answer_nobody_may_leave(self, questions, ask):
        asked = ask()
        questions.answer(questions.find(asked), DRAFT)
        assert questions.leave(asked) == ""


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (WrongState("Scan it first.", code="no_scan"), WrongState),
        (SignInNeeded("Sign in."), AccessDenied),
        (AccessDenied("No.", url="https://example.com"), AccessDenied),
        (SecretError("The key is gone."), SecretError),
        (Forbidden("Azure DevOps", 403, "the token lacks Work Items (Read)"), Forbidden),
        (Unavailable("Jira", None, "no answer"), Unavailable),
        (RateLimited("Jira", 429, "wait", 30), RateLimited),
        (BadInput("Some values are wrong.", (Fault("/types/0", "unknown"),), code="bad"), BadInput),
    ],
)
def test_what_a_worker_meets_is_raised_where_it_was_asked(questions, ask, error, told):
    asked = ask()
    questions.refuse(questions.find(asked), error)
    with pytest.raises(told) as raised:
        questions.wait(asked, 5)
    assert (str(raised.value), raised.value.code, raised.value.url) == (str(error), error.code, error.url)
    assert getattr(raised.value, "faults", ()) == getattr(error, "faults", ())
    assert getattr(raised.value, "retry_after", None) == getattr(error, "retry_after", None)
