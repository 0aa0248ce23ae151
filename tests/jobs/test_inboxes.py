import threading

from rq import Queue
from rq.serializers import JSONSerializer
from rq.worker import SimpleWorker

from jobs.schedule import PERIODIC, run_once, start_schedule
from jobs.tasks import TASKS, run_task, use_services
from jobs.watch import watch_inboxes
from store.queue import POKES

NOW = 1_700_000_000_000
INBOX = "gone-link/repo-1"


def put(services, number=1):
    services.queue.put("gone-link", "repo-1", identity=str(number), event_type="git.push", body=b"{}", now=NOW)


def pokes(services):
    return services.redis.llen("rq:queue:live")


def test_events_of_an_unlinked_project_are_dropped(services):
    put(services)
    watch_inboxes(services, INBOX)
    assert services.redis.keys("crosswalk:inbox*") == []


def test_an_inbox_that_another_worker_has_is_left_alone(services):
    put(services)
    lease = services.queue.claim(INBOX, NOW)
    watch_inboxes(services, INBOX)
    assert len(services.queue.read(INBOX, 10)) == 1
    assert services.queue.renew(lease)


def test_draining_an_empty_inbox_leaves_nothing(services):
    watch_inboxes(services, INBOX)
    assert services.redis.keys("crosswalk:*") == []


def test_one_poke_is_enough_for_many_inboxes(services):
    for number in range(40):
        services.queue.put(
            f"link-{number % 3}", f"repo-{number}", identity=str(number), event_type="git.push", body=b"{}", now=NOW
        )
    watch_inboxes(services, INBOX)
    assert services.redis.zcard("crosswalk:inboxes") == 0
    assert services.redis.keys("crosswalk:lease*") == []


def test_the_inbox_that_waits_longest_is_next(services):
    for late, part in enumerate(("second", "first", "third")):
        services.queue.put("link", part, identity=part, event_type="git.push", body=b"{}", now=NOW + (late + 1) % 3)
    taken = [services.queue.claim_next(NOW + 2) for _ in range(4)]
    assert [lease and (lease.inbox, lease.due) for lease in taken] == [
        ("link/third", NOW), ("link/second", NOW + 1), ("link/first", NOW + 2), None
    ]  # fmt: skip
    assert services.queue.is_busy("link")


def test_an_inbox_that_must_wait_is_not_next(services):
    put(services)
    services.queue.leave(services.queue.claim(INBOX, NOW), NOW + 1000)
    assert services.queue.claim_next(NOW + 999) is None
    assert services.queue.claim_next(NOW + 1000)


def test_nobody_is_poked_while_a_worker_is_awake(services):
    services.queue.stay_awake()
    put(services)
    assert pokes(services) == 0
    services.queue.fall_asleep()
    put(services, 2)
    assert pokes(services) == 0  # its inbox had work already; the sweep finds it
    run_once(services)
    assert pokes(services) == 1 + len(PERIODIC)


def test_pokes_never_fill_the_queue(services):
    for number in range(100):
        services.queue.put(
            "gone-link", f"repo-{number}", identity=str(number), event_type="git.push", body=b"{}", now=NOW
        )
    assert pokes(services) == POKES
    run_once(services)
    assert pokes(services) == POKES + len(PERIODIC)


def test_many_workers_at_once_end_with_an_empty_inbox(services):
    for number in range(50):
        put(services, number)
    workers = [threading.Thread(target=watch_inboxes, args=(services, INBOX)) for _ in range(5)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    watch_inboxes(services, INBOX)
    assert services.queue.read(INBOX, 10) == []


def test_a_worker_that_must_stop_leaves_the_rest_to_the_next(services):
    put(services)
    services.stopping.set()
    watch_inboxes(services, INBOX)
    assert len(services.queue.read(INBOX, 10)) == 1
    assert services.queue.claim(INBOX, services.now())


def test_a_lease_is_kept_while_work_goes_on(services, monkeypatch):
    from jobs.inboxes import keep_lease

    monkeypatch.setattr("jobs.inboxes.LEASE_MILLISECONDS", 150)
    put(services)
    lease = services.queue.claim(INBOX, NOW)
    services.redis.pexpire(f"crosswalk:lease:{INBOX}", 150)
    with keep_lease(services.queue, lease):
        threading.Event().wait(0.4)
        assert services.redis.pttl(f"crosswalk:lease:{INBOX}") > 1000


def test_the_schedule_finds_lost_pokes_and_takes_turns(services):
    put(services)
    services.redis.delete("rq:queue:live")
    for _twice in range(2):
        run_once(services)
    assert pokes(services) == 1 + len(PERIODIC)


def test_the_schedule_runs_until_the_worker_stops(services):
    put(services)
    services.redis.delete("rq:queue:live")
    thread = start_schedule(services)
    for _try in range(100):
        if pokes(services):
            break
        threading.Event().wait(0.05)
    services.stopping.set()
    thread.join(5)
    assert pokes(services) >= 1
    assert not thread.is_alive()


def test_the_schedule_waits_for_a_redis_that_is_away(services, monkeypatch):
    from dataclasses import replace

    from redis import Redis

    from store.queue import EventQueue

    monkeypatch.setattr("jobs.schedule.SWEEP_SECONDS", 0.01)
    nobody = Redis.from_url("redis://127.0.0.1:1/0")
    thread = start_schedule(replace(services, redis=nobody, queue=EventQueue(nobody)))
    threading.Event().wait(0.2)
    assert thread.is_alive()
    services.stopping.set()
    thread.join(5)


def test_every_periodic_task_is_a_task():
    assert set(PERIODIC) <= set(TASKS)


def test_a_task_is_run_by_its_name(services):
    use_services(services)
    put(services)
    run_task("drain", INBOX)
    assert services.queue.read(INBOX, 10) == []


def test_a_fault_in_a_task_leaves_no_words_in_log_or_redis(services, written):
    use_services(services)
    services.queue.poke("drain", "a title", "too many arguments")
    queue = Queue("live", connection=services.redis, serializer=JSONSerializer)
    SimpleWorker([queue], connection=services.redis, serializer=JSONSerializer).work(burst=True)
    text = written()
    assert "task.failed" in text
    assert "TypeError" in text
    assert "Traceback" not in text
    assert services.redis.keys("rq:results:*") == []


def test_an_unknown_task_is_told_and_harmless(services, written):
    use_services(services)
    run_task("no_such_task")
    assert "no_such_task" in written()
