"""The right to some work is renewed while it is done."""

import threading

import pytest
from redis.exceptions import ConnectionError as RedisLost
from sqlalchemy.exc import OperationalError

from jobs.keeping import keep_renewed

AWAY = [RedisLost("away"), OperationalError("SELECT 1", {}, Exception("away"))]


@pytest.mark.parametrize("away", AWAY, ids=["Redis", "the database"])
def test_it_is_renewed_also_after_an_outage_until_it_is_lost(away):
    answers, lost = iter([True, away, True, False, True]), []
    gone = threading.Event()

    def renew():
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def lose():
        lost.append(True)
        gone.set()

    with keep_renewed(renew, every=0.001, lost=lose):
        assert gone.wait(10)
    assert lost == [True]
    assert list(answers) == [True]


def test_nothing_is_renewed_after_the_work():
    turns, some = [], threading.Event()

    def renew():
        turns.append(True)
        some.set()
        return True

    with keep_renewed(renew, every=0.001, lost=turns.clear):
        assert some.wait(10)
        assert "keeper" in {thread.name for thread in threading.enumerate()}
    assert "keeper" not in {thread.name for thread in threading.enumerate()}
    assert turns
