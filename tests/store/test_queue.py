import time

import pytest
from redis import Redis

from domain.errors import StoreUnavailable, UnknownObject
from store.project_keys import ProjectKeys
from store.pulses import Pulses
from store.queue import LEASE_MILLISECONDS, EventQueue
from store.stage_memory import StageMemory
from tests.redis_server import RedisServer

NOW = 1_800_000_000_000
INBOX = "link-1/repo-1"


@pytest.fixture
def queue(redis):
    return EventQueue(redis)


def put(queue, identity="s:1", part="repo-1", body=b"{}"):
    return queue.put("link-1", part, identity=identity, event_type="git.push", body=body, now=NOW)


def waiting_pokes(redis):
    return redis.llen("rq:queue:live")


class TestPut:
    def test_an_event_is_stored_as_it_came(self, queue):
        assert put(queue, body=b"\xff{not even text}")
        (entry,) = queue.read(INBOX, 10)
        assert (entry.body, entry.at, entry.event_type) == (b"\xff{not even text}", NOW, "git.push")

    def test_the_same_event_again_is_dropped(self, queue):
        assert put(queue)
        assert not put(queue)
        assert len(queue.read(INBOX, 10)) == 1

    def test_the_same_number_of_another_link_is_another_event(self, queue):
        put(queue)
        assert queue.put("link-2", "repo-1", identity="s:1", event_type="git.push", body=b"{}", now=NOW)

    def test_order_is_kept(self, queue):
        for number in range(20):
            put(queue, identity=f"s:{number}", body=str(number).encode())
        assert [entry.body for entry in queue.read(INBOX, 100)] == [str(n).encode() for n in range(20)]

    def test_a_burst_pokes_once(self, queue, redis):
        for number in range(20):
            put(queue, identity=f"s:{number}")
        assert waiting_pokes(redis) == 1

    def test_redis_away_is_said(self, redis_server):
        away = EventQueue(Redis.from_url("redis://127.0.0.1:1/0"))
        with pytest.raises(StoreUnavailable, match="Redis"):
            put(away)


class TestLease:
    def test_one_worker_at_a_time(self, queue):
        put(queue)
        lease = queue.claim(INBOX, NOW)
        assert lease
        assert queue.claim(INBOX, NOW) is None
        queue.leave(lease, NOW)
        assert queue.claim(INBOX, NOW)

    def test_an_empty_inbox_is_not_taken(self, queue):
        assert queue.claim(INBOX, NOW) is None

    def test_a_link_is_busy_while_a_worker_has_one_of_its_inboxes(self, queue, redis):
        put(queue)
        queue.claim(INBOX, NOW)
        assert queue.is_busy("link-1")
        assert not queue.is_busy("link-2")
        redis.delete(f"crosswalk:lease:{INBOX}")  # as when its worker was killed
        assert not queue.is_busy("link-1")

    def test_a_link_is_busy_while_something_else_is_sent_for_it(self, queue, redis):
        lease = queue.occupy("link-1", "backfill-7")
        assert queue.occupy("link-1", "backfill-7") is None
        assert queue.is_busy("link-1")
        assert not queue.is_busy("link-2")
        assert queue.renew(lease)
        queue.vacate(lease)
        assert not queue.is_busy("link-1")
        assert queue.occupy("link-1", "backfill-7")

    def test_what_somebody_else_occupies_is_not_vacated(self, queue, redis):
        lost = queue.occupy("link-1", "backfill-7")
        redis.delete("crosswalk:lease:link-1/backfill-7")  # as when it ran out
        queue.occupy("link-1", "backfill-7")
        queue.vacate(lost)
        assert queue.is_busy("link-1")

    def test_a_dead_workers_lease_ends_by_itself(self, queue, redis):
        put(queue)
        queue.claim(INBOX, NOW)
        assert 0 < redis.pttl(f"crosswalk:lease:{INBOX}") <= LEASE_MILLISECONDS

    def test_a_lease_is_renewed_by_its_holder_alone(self, queue, redis):
        put(queue)
        lease = queue.claim(INBOX, NOW)
        assert queue.renew(lease)
        redis.set(f"crosswalk:lease:{INBOX}", "someone else")
        assert not queue.renew(lease)

    def test_leaving_an_inbox_with_entries_keeps_it_due(self, queue, redis):
        put(queue)
        lease = queue.claim(INBOX, NOW)
        assert not queue.leave(lease, NOW)
        assert redis.zscore("crosswalk:inboxes", INBOX) == NOW

    def test_leaving_an_empty_inbox_forgets_it(self, queue, redis):
        put(queue)
        lease = queue.claim(INBOX, NOW)
        queue.count_attempt(INBOX, "1-0")
        queue.settle(INBOX, [entry.id for entry in queue.read(INBOX, 10)])
        assert queue.leave(lease, NOW)
        assert redis.keys("crosswalk:inbox*") == []
        assert redis.keys("crosswalk:attempts:*") == []

    def test_a_lost_lease_forgets_nothing(self, queue, redis):
        put(queue)
        lease = queue.claim(INBOX, NOW)
        redis.set(f"crosswalk:lease:{INBOX}", "someone else")
        queue.leave(lease, NOW)
        assert redis.get(f"crosswalk:lease:{INBOX}") == b"someone else"


class TestSweep:
    def test_a_lost_poke_is_found(self, queue, redis):
        put(queue)
        redis.delete("rq:queue:live")
        assert queue.sweep(NOW) == 1
        assert waiting_pokes(redis) == 1

    def test_a_queue_that_nobody_empties_does_not_grow(self, queue, redis):
        for number in range(20):
            put(queue, identity=str(number), part=f"repo-{number}")
        for second in range(300):
            queue.sweep(NOW + second * 1000)
        assert waiting_pokes(redis) == 20

    def test_a_busy_inbox_is_left_alone(self, queue, redis):
        put(queue)
        queue.claim(INBOX, NOW)
        redis.delete("rq:queue:live")
        assert queue.sweep(NOW) == 0

    def test_a_postponed_inbox_waits_and_new_events_do_not_hurry_it(self, queue, redis):
        put(queue)
        queue.leave(queue.claim(INBOX, NOW), NOW + 60_000)
        redis.delete("rq:queue:live")
        put(queue, identity="s:2")
        assert waiting_pokes(redis) == 0
        assert queue.sweep(NOW + 59_999) == 0
        assert queue.claim(INBOX, NOW + 59_999) is None
        assert queue.sweep(NOW + 60_000) == 1

    def test_waking_a_link_makes_its_inboxes_due_and_no_others(self, queue, redis):
        put(queue)
        queue.put("link-2", "repo", identity="s:1", event_type="git.push", body=b"{}", now=NOW)
        for inbox in (INBOX, "link-2/repo"):
            queue.leave(queue.claim(inbox, NOW), NOW + 60_000)
        redis.delete("rq:queue:live")
        queue.wake("link-1", NOW)
        assert queue.sweep(NOW) == 1


def test_a_forgotten_link_leaves_nothing(queue, redis):
    put(queue)
    put(queue, identity="s:2", part="repo-2")
    queue.forget_link("link-1")
    assert [key for key in redis.keys("crosswalk:*") if b"seen" not in key] == []


def test_a_closed_link_takes_no_events_until_it_is_opened(queue):
    queue.close_link("link-1", 60)
    with pytest.raises(UnknownObject):
        put(queue)
    queue.open_link("link-1")
    assert put(queue)


def test_depth_counts_all_inboxes_of_a_link(queue):
    assert queue.depth("link-1") == (0, None)
    put(queue)
    put(queue, identity="s:2", part="repo-2")
    put(queue, identity="s:3", part="repo-2")
    assert queue.depth("link-1") == (3, NOW)


def test_the_depths_of_several_links_are_read_together(queue):
    queue.put("link-1", "repo", identity="1", event_type="git.push", body=b"{}", now=NOW + 5)
    queue.put("link-1", "other", identity="2", event_type="git.push", body=b"{}", now=NOW)
    queue.put("link-2", "repo", identity="3", event_type="git.push", body=b"{}", now=NOW + 7)
    assert queue.depths(["link-1", "link-2", "link-3"]) == {
        "link-1": (2, NOW), "link-2": (1, NOW + 7), "link-3": (0, None),
    }  # fmt: skip
    assert [queue.has_waiting(link) for link in ("link-1", "link-3", "link")] == [True, False, False]


@pytest.mark.parametrize(("size", "read"), [(10, 50), (1_000, 50), (30_000, 33), (40_000, 32)])
def test_large_events_are_read_few_at_a_time_and_in_order(queue, monkeypatch, size, read):
    monkeypatch.setattr("store.queue.MOST_BYTES", 1_000_000)
    for number in range(60):
        put(queue, identity=f"s:{number}", body=str(number).encode().ljust(size))
    found = [int(entry.body) for entry in queue.read(INBOX, 50)]
    assert found == list(range(read))
    queue.settle(INBOX, [entry.id for entry in queue.read(INBOX, 50)])
    assert int(queue.read(INBOX, 1)[0].body) == read


@pytest.fixture
def durable_redis():
    """Set up as in operation."""
    server = RedisServer()
    yield server
    server.stop()


def test_an_acknowledged_event_survives_a_killed_redis(durable_redis):
    client = Redis.from_url(durable_redis.url)
    put(EventQueue(client), body=b"precious")
    durable_redis.kill()
    durable_redis.restart()
    for _try in range(100):
        try:
            client.ping()
            break
        except Exception:
            time.sleep(0.05)
    (entry,) = EventQueue(client).read(INBOX, 10)
    assert entry.body == b"precious"
    client.close()


class TestProjectKeys:
    @pytest.fixture
    def projects(self, redis):
        return ProjectKeys(redis)

    def test_a_list_is_kept_for_two_minutes(self, redis, projects):
        assert projects.read_list("t") is None
        projects.save_list("t", frozenset({"SHOP"}))
        assert projects.read_list("t") == {"SHOP"}
        assert 0 < redis.ttl("crosswalk:project-keys:t") <= 120

    def test_an_empty_list_is_a_list(self, projects):
        projects.save_list("t", frozenset())
        assert projects.read_list("t") == frozenset()

    def test_a_project_whose_every_key_is_unknown_is_refused_for_an_hour(self, projects):
        unknown = frozenset({"UTF-8", "UTF-16", "UTF-32", "SHOP-2", "SHOP-3", "SHOP-4"})
        projects.teach("t", unknown | {"SHOP-1"}, unknown, NOW)
        assert projects.read_refused("t", NOW) == {"UTF"}
        assert projects.read_refused("t", NOW + 3_600_001) == frozenset()

    def test_refusals_that_are_over_are_not_kept(self, redis, projects):
        for number in range(5):
            unknown = frozenset(f"FAKE{number}-{key}" for key in range(3))
            projects.teach("t", unknown, unknown, NOW + number * 4_000_000)
        assert redis.zcard("crosswalk:projects-refused:t") == 1

    def test_a_project_once_known_is_never_refused(self, projects):
        projects.teach("t", frozenset({"SHOP-1"}), frozenset(), NOW)
        projects.teach("t", frozenset({"SHOP-999"}), frozenset({"SHOP-999"}), NOW)
        assert projects.read_refused("t", NOW) == frozenset()

    def test_mistyped_keys_of_a_project_not_seen_before_refuse_nothing(self, projects):
        for key in ("SHOP-998", "SHOP-999", "SHOP-999"):
            projects.teach("t", frozenset({key}), frozenset({key}), NOW)
        assert projects.read_refused("t", NOW) == frozenset()

    def test_a_refused_project_that_appears_is_taken_back(self, projects):
        unknown = frozenset({"NEW-1", "NEW-2", "NEW-3"})
        projects.teach("t", unknown, unknown, NOW)
        assert projects.read_refused("t", NOW) == {"NEW"}
        projects.teach("t", frozenset({"NEW-1"}), frozenset(), NOW)
        assert projects.read_refused("t", NOW) == frozenset()

    def test_what_jira_said_it_does_not_have_is_not_asked_for_a_while(self, redis, projects):
        assert projects.list_doubted("t", {"NEW", "UTF"}) == ("NEW", "UTF")
        assert projects.list_doubted("t", {"NEW", "UTF"}) == ("NEW", "UTF")  # nobody has an answer yet
        projects.note_absent("t", {"UTF"})
        assert projects.list_doubted("t", {"NEW", "UTF", "ISO"}) == ("ISO", "NEW")
        assert projects.list_doubted("t", ()) == ()
        assert 0 < redis.ttl("crosswalk:doubt:t:UTF") <= 10

    def test_forgetting_a_tenant_leaves_nothing(self, redis, projects):
        projects.note_absent("t", {"NEW"})
        projects.save_list("t", frozenset({"SHOP"}))
        projects.teach("t", frozenset({"UTF-8", "SHOP-1"}), frozenset({"UTF-8"}), NOW)
        projects.forget_tenant("t")
        assert redis.keys("*") == []


def test_a_pulse_starts_empty_and_adds_up(queue, redis):
    pulses = Pulses(redis)
    assert pulses.read("link-1").last_event_at is None
    put(queue)
    pulses.note_answer("link-1", "accepted", NOW + 1, accepted=3, failed=0, unknown=1)
    pulses.note_answer("link-1", "bad url", NOW + 2, accepted=1, failed=1, unknown=0)
    pulse = pulses.read("link-1")
    assert (pulse.last_event_at, pulse.last_event_type) == (NOW, "git.push")
    assert (pulse.last_answer_at, pulse.last_answer) == (NOW + 2, "bad url")
    assert (pulse.accepted, pulse.failed, pulse.unknown_keys) == (4, 1, 1)
    assert pulse.held_at is None
    pulses.note_wait("link-1", "Jira: ask ines@acme.example", NOW + 3)
    assert (pulses.read("link-1").held_at, pulses.read("link-1").held) == (NOW + 3, "Jira: ask ***")


def test_a_stage_that_deploys_nowhere_is_remembered_as_such(redis):
    memory = StageMemory(redis, "connection", "project")
    assert memory.recall(2, "Build") is None
    memory.remember(2, "Build", ())
    memory.remember(2, "Deploy", (7, 8))
    assert memory.recall(2, "Build") == ()
    assert memory.recall(2, "Deploy") == (7, 8)
    assert not [key for key in redis.keys("*") if b"Deploy" in key or b"Build" in key]
