"""Dead letters: what was given up, kept for some days, tried again once, and never more than fits."""

import pytest

from store import dead_letters
from store.dead_letters import KEEP_SECONDS, DeadLetters
from store.queue import Entry, EventQueue

NOW = 1_800_000_000_000
INBOX = "link-1/repo-1"


@pytest.fixture
def queue(redis):
    return EventQueue(redis)


def bury(letters, name, at, *, size=4, inbox=INBOX):
    return letters.bury("tenant-1", inbox, Entry(f"{name}-0", b"x" * size, at, "git.push"), "no", at)


@pytest.fixture
def letters(redis):
    return DeadLetters(redis)


@pytest.fixture
def buried(queue, letters):
    queue.put("link-1", "repo-1", identity="s:1", event_type="git.push", body=b"body", now=NOW)
    (entry,) = queue.read(INBOX, 1)
    return letters.bury("tenant-1", INBOX, entry, "Jira refused it", NOW)


def test_a_buried_event_leaves_its_inbox_and_is_listed_with_its_reason(queue, letters, buried):
    assert queue.read(INBOX, 10) == []
    (letter,) = letters.list_for("tenant-1")
    assert (letter.id, letter.link_id, letter.reason) == (buried, "link-1", "Jira refused it")
    assert (letter.event_type, letter.at) == ("git.push", NOW)


def test_it_is_gone_after_seven_days(redis, buried):
    assert 0 < redis.ttl(f"crosswalk:dead:{buried}") <= KEEP_SECONDS


def test_an_ended_letter_is_not_listed(redis, letters, buried):
    redis.delete(f"crosswalk:dead:{buried}")
    assert letters.list_for("tenant-1") == []
    assert letters.retry("tenant-1", buried, NOW) is None


def test_they_are_counted_by_link_however_many_another_link_has(redis, letters, buried):
    bury(letters, "2", NOW + 1, inbox="link-1/repo-2")
    ended = bury(letters, "3", NOW + 2, inbox="link-2/repo-3")
    for number in range(1_100):
        bury(letters, f"x{number}", NOW + 3, size=1, inbox="link-3/repo-4")
    redis.delete(f"crosswalk:dead:{ended}")

    assert letters.count_links("tenant-1") == {"link-1": 2, "link-3": 1_100}
    assert letters.count_links("tenant-2") == {}


def test_another_tenant_sees_nothing_and_retries_nothing(letters, buried):
    assert letters.list_for("tenant-2") == []
    assert letters.retry("tenant-2", buried, NOW) is None
    assert letters.count("tenant-1") == 1


def test_a_retried_letter_is_an_event_again(queue, redis, letters, buried):
    redis.delete("rq:queue:live")
    assert letters.retry("tenant-1", buried, NOW + 5) == INBOX
    (entry,) = queue.read(INBOX, 10)
    assert (entry.body, entry.event_type) == (b"body", "git.push")
    assert letters.count("tenant-1") == 0
    assert queue.sweep(NOW + 5) == 1


def test_it_is_retried_once_however_many_ask(queue, letters, buried):
    assert [letters.retry("tenant-1", buried, NOW) for _ in range(2)] == [INBOX, None]
    assert len(queue.read(INBOX, 10)) == 1


def test_a_letter_is_found_by_its_own_tenant_only(letters, buried):
    assert letters.find("tenant-1", buried) == letters.list_for("tenant-1")[0]
    assert letters.find("tenant-2", buried) is None
    assert letters.find("tenant-1", "0" * 24) is None


def test_of_too_many_the_oldest_are_dropped_and_counted(redis, letters, buried, monkeypatch):
    monkeypatch.setattr(dead_letters, "MOST_LETTERS", 3)
    later = [bury(letters, f"{number}", NOW + number) for number in range(1, 5)]
    assert [letter.id for letter in letters.list_for("tenant-1")] == later[:0:-1]
    assert (letters.count("tenant-1"), letters.count_dropped("tenant-1")) == (3, 2)
    assert not redis.exists(f"crosswalk:dead:{buried}")
    assert letters.count_dropped("tenant-2") == 0


def test_of_too_large_ones_the_oldest_are_dropped(letters, monkeypatch):
    monkeypatch.setattr(dead_letters, "MOST_BYTES", 100)
    ids = [bury(letters, "1", NOW, size=60)]
    letters.retry("tenant-1", ids[0], NOW)  # what is no letter any more weighs nothing
    ids = [bury(letters, f"{number}", NOW + number, size=40) for number in range(4)]
    assert [letter.id for letter in letters.list_for("tenant-1")] == [ids[3], ids[2]]
    huge = bury(letters, "9", NOW + 9, size=1_000)
    assert [letter.id for letter in letters.list_for("tenant-1")] == [huge]  # the newest is kept in any case
    assert letters.count_dropped("tenant-1") == 4


def test_those_of_one_link_are_forgotten_with_their_weight(redis, letters, buried):
    other = bury(letters, "2", NOW, inbox="link-2/repo")
    letters.forget_link("tenant-1", "link-1")
    assert [letter.id for letter in letters.list_for("tenant-1")] == [other]
    assert redis.hgetall("crosswalk:dead-sizes:tenant-1") == {other.encode(): b"4", b"total": b"4"}


def test_nothing_outlives_the_last_letter(redis, buried):
    for key in ("dead-letters", "dead-sizes"):
        assert 0 < redis.ttl(f"crosswalk:{key}:tenant-1") <= KEEP_SECONDS


def test_what_ended_goes_when_another_one_comes(redis, letters, buried):
    bury(letters, "2", NOW + KEEP_SECONDS * 1000)
    assert letters.count("tenant-1") == 1
    assert redis.hget("crosswalk:dead-sizes:tenant-1", "total") == b"4"
    assert letters.count_dropped("tenant-1") == 0


def test_forgetting_a_tenant_leaves_none(redis, letters, buried):
    letters.forget_tenant("tenant-1")
    assert redis.keys("crosswalk:dead*") == []
