"""How a command shows how far something is."""

import io
import sys
import time

from app.progress_bars import show_progress


def test_a_terminal_has_a_bar(monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with show_progress("Run", "Come back.") as show:
        show(0, None, "plan", "")
        show(50, 200, "items", "300 a minute")
        show(200, 200, "done", "")
    assert "[#####---------------]  50/200   25%  items, 300 a minute" in terminal.getvalue()
    assert "[####################]  200/200  100%  done" in terminal.getvalue()


def test_elsewhere_there_is_a_line_for_each_step_and_now_and_then(capsys, monkeypatch):
    times = iter([0.0, 1.0, 2.0, 20.0, 40.0])
    monkeypatch.setattr(time, "monotonic", lambda: next(times))
    with show_progress("Run", "Come back.") as show:
        for done, word in ((0, "items"), (5, "items"), (6, "links"), (7, "links"), (7, "links")):
            show(done, 1000, word, "fast")
    assert capsys.readouterr().err.splitlines() == [
        "Run: 0 of 1,000, items, fast", "Run: 6 of 1,000, links, fast", "Run: 7 of 1,000, links, fast",
    ]  # fmt: skip
