"""Tasks in threads: as many at once as there are threads, and a fault ends nothing but itself."""

import threading
from functools import partial

from jobs.tasks import BUSY, BUSY_GATHER_SECONDS, GATHER_SECONDS, TASKS, TaskPool, run_safely, run_task, use_services


def test_as_many_tasks_run_at_once_as_there_are_threads():
    pool, both = TaskPool(2), threading.Barrier(2, timeout=5)
    met = []

    for _ in range(2):
        pool.submit("task", lambda: met.append(both.wait()))
    pool.close()

    assert sorted(met) == [0, 1]


def test_one_task_too_many_waits_for_a_place():
    pool, gate, order = TaskPool(1), threading.Event(), []

    def bring():
        pool.submit("task", lambda: order.append("second"))
        order.append("brought")

    def wait_first():
        gate.wait(5)
        order.append("first")

    pool.submit("task", wait_first)
    late = threading.Thread(target=bring)
    late.start()
    late.join(0.2)
    waited = late.is_alive() and order == []
    gate.set()
    late.join(5)
    pool.close()

    assert waited
    assert order[0] == "first"
    assert sorted(order) == ["brought", "first", "second"]


def test_a_fault_in_a_task_of_the_pool_leaves_the_pool_usable(services, monkeypatch):
    pool, done = TaskPool(1), []
    broken = {
        "drain": lambda _services, _inbox, hands: 1 / 0,
        "purge_installations": lambda _services: done.append("next"),
    }
    monkeypatch.setattr("jobs.tasks.TASKS", {**TASKS, **broken})
    use_services(services, pool)

    run_task("drain", "an/inbox")
    run_task("purge_installations")
    pool.close()

    assert done == ["next"]


def test_with_threads_a_watch_gives_out_every_inbox_and_ends_by_itself(services):
    for number in range(30):
        services.queue.put("gone", f"repo-{number}", identity=str(number), event_type="git.push", body=b"{}", now=1)
    pool = TaskPool(3)
    pool.patience = 0.05
    use_services(services, pool)

    run_task("drain", "gone/repo-0")
    run_task("drain", "gone/repo-1")  # somebody watches already: nothing more happens
    for _try in range(200):
        if not services.redis.exists("crosswalk:inboxes", "crosswalk:awake"):
            break
        threading.Event().wait(0.02)
    pool.close()

    assert services.redis.zcard("crosswalk:inboxes") == 0
    assert services.redis.keys("crosswalk:lease*") == []
    assert not services.redis.exists("crosswalk:awake")


def test_a_fault_while_an_inbox_is_drained_is_told_and_ends_nothing_else(services, monkeypatch, written):
    monkeypatch.setattr("jobs.watch.drain_inbox", lambda _services, _lease, _open: 1 / 0)
    services.queue.put("gone", "repo", identity="1", event_type="git.push", body=b"{}", now=1)
    use_services(services)

    run_task("drain", "gone/repo")

    assert "ZeroDivisionError" in written()
    assert services.redis.xlen("crosswalk:inbox:gone/repo") == 1


def test_events_gather_for_longer_when_many_threads_are_busy(services):
    pool, gate = TaskPool(), threading.Event()
    alone = pool.gather_seconds()
    for _ in range(BUSY):
        pool.submit("task", partial(run_safely, "task", gate.wait))
    under_load = pool.gather_seconds()
    gate.set()
    pool.close()

    assert (alone, under_load, pool.gather_seconds()) == (GATHER_SECONDS, BUSY_GATHER_SECONDS, GATHER_SECONDS)
