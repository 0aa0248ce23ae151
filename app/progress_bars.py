"""How far something is, for a command: a bar on a terminal, plain lines elsewhere, both on standard error.

Standard output belongs to what the command was asked for.
"""

import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import click

from app.exit_codes import ExitCode

LINE_SECONDS = 10.0  # between two lines that say nothing new but numbers
BAR_COLUMNS = 20
AROUND_WORDS = BAR_COLUMNS + 32  # columns that label, bar and numbers take of a terminal
FEWEST_COLUMNS = 10

# Shows `done` of `total` (None: not known yet), what is going on in a word or two, and more about it
Show = Callable[[int, int | None, str, str], None]


@contextmanager
def show_progress(label: str, coming_back: str) -> Iterator[Show]:
    """A bar or lines while the body runs. Ctrl-C ends the command and says how to come back: nothing else stops."""
    shown = _show_bar(label) if sys.stderr.isatty() else _show_lines(label)
    try:
        with shown as show:
            yield show
    except KeyboardInterrupt:
        click.echo(f"\nWorkers go on with it.\n{coming_back}", err=True)
        raise click.exceptions.Exit(ExitCode.INTERRUPTED) from None


@contextmanager
def _show_bar(label: str) -> Iterator[Show]:
    """The total may grow while it is planned, so the bar is set each time instead of stepped on."""
    told = ""
    made: AbstractContextManager[Any] = click.progressbar(  # its class has no public name
        length=0, label=label, file=sys.stderr, width=BAR_COLUMNS, show_eta=False, show_pos=True,
        item_show_func=lambda _item: told,
    )  # fmt: skip

    def show(done: int, total: int | None, word: str, more: str) -> None:
        nonlocal told
        told = ", ".join(filter(None, (word, more)))[: _columns_left()]
        bar.pos, bar.length, bar.finished = done, total, bool(total) and done == total
        bar.show_percent = bool(total)
        bar.render_progress()

    with made as bar:
        yield show


@contextmanager
def _show_lines(label: str) -> Iterator[Show]:
    """A line when the word changes, and now and then when the numbers do."""
    last: tuple[object, ...] = ()
    spoke = 0.0

    def show(done: int, total: int | None, word: str, more: str) -> None:
        nonlocal last, spoke
        now = time.monotonic()
        if last and word == last[0] and (last == (word, done, total) or now - spoke < LINE_SECONDS):
            return
        last, spoke = (word, done, total), now
        of = "" if total is None else f" of {total:,}"
        click.echo(f"{label}: {done:,}{of}, {', '.join(filter(None, (word, more)))}", err=True)

    yield show


def _columns_left() -> int:
    return max(FEWEST_COLUMNS, shutil.get_terminal_size().columns - AROUND_WORDS)
