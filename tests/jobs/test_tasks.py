"""Tasks in threads: as many at once as there are threads, and a fault ends nothing but itself."""

import threading

from jobs.tasks import TASKS, TaskPool, run_task, use_services


def test_as_many_tasks_run_at_once_as_there_are_threads():
    pool, both = TaskPool(2), threading.Barrier(2, timeout=5)
    met = []

    for _ in range(2):
        pool.submit(lambda: met.append(both.wait()))
    pool.close()

    assert sorted(met) == [0, 1]


def test_one_task_too_many_waits_for_a_place():
    pool, gate, order = TaskPool(1), threading.Event(), []

    def bring():
        pool.submit(lambda: order.append("second"))
        order.append("brought")

    def wait_first():
        gate.wait(5)
        order.append("first")

    pool.submit(wait_first)
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
    broken = {"drain": lambda _services, _inbox: 1 / 0, "purge_installations": lambda _services: done.append("next")}
    monkeypatch.setattr("jobs.tasks.TASKS", {**TASKS, **broken})
    use_services(services, pool)

    run_task("drain", "an/inbox")
    run_task("purge_installations")
    pool.close()

    assert done == ["next"]
