"""Threads that wait for leave to call stand in line; each group and lane has its own."""

import threading
from concurrent.futures import ThreadPoolExecutor

from store.rate_lines import Lines

PLACE, OTHER = ("site", "POST platform/comment", "migration"), ("site", "POST platform/comment", "live")


def test_who_comes_alone_is_first_at_once():
    lines = Lines()
    for _ in range(2):
        with lines.join(PLACE, 1) as turn:
            assert (turn.seconds, turn.is_first) == (0.0, True)


def test_who_is_impatient_is_told_that_it_was_not_its_turn_and_leaves_the_line_as_it_was():
    lines = Lines()
    with ThreadPoolExecutor(1) as threads, lines.join(PLACE, 1):

        def come_second() -> tuple[bool, bool]:
            with lines.join(PLACE, 0.01) as turn:
                return turn.is_first, turn.seconds > 0

        assert threads.submit(come_second).result() == (False, True)
        assert threads.submit(come_second).result() == (False, True)


def test_the_next_one_is_first_when_the_front_leaves():
    lines, at_front = Lines(), threading.Event()
    with ThreadPoolExecutor(1) as threads:
        with lines.join(PLACE, 1):

            def come_second() -> bool:
                at_front.set()
                with lines.join(PLACE, 30) as turn:
                    return turn.is_first

            second = threads.submit(come_second)
            at_front.wait()
        assert second.result()


def test_lanes_do_not_stand_in_the_way_of_each_other():
    lines = Lines()
    with lines.join(PLACE, 1), lines.join(OTHER, 1) as turn:
        assert (turn.seconds, turn.is_first) == (0.0, True)
