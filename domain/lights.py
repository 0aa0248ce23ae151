"""The traffic light of a connection: one colour, one word, one sentence that says what to do. Pure."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from domain.hook_faults import RESTING

Color = Literal["green", "yellow", "red"]
SLOW_SECONDS = 120  # an event that waits for longer is worth a word
STUCK_SECONDS = 1_800
ACCEPTED = "accepted"


@dataclass(frozen=True, slots=True)
class Signs:
    """What a connection shows of itself.

    `errors` and `warnings`: sentences of its known problems, worst first. `statuses`: of its subscriptions, in Azure
    DevOps' words. `resting`: sentences on those that only a person can switch on. `unsent`: entities that Jira may not
    hold any more. `slowed`: why calls are held back now. `held`: what the last try to deliver the oldest event met,
    None when nobody tried lately. `stalled`: of each import of history that has not moved for long what it waits for,
    '' when nobody knows.
    """

    linked: int = 0
    errors: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    resting: tuple[str, ...] = ()
    waiting: int = 0
    oldest_seconds: int = 0
    dead_letters: int = 0
    last_answer: str | None = None
    had_events: bool = False
    unsent: int = 0
    failed_parts: int = 0
    stalled: tuple[str, ...] = ()
    slowed: str | None = None
    held: str | None = None


@dataclass(frozen=True, slots=True)
class Light:
    """`word` stands beside the colour, for those who do not see it."""

    color: Color
    word: str
    sentence: str


def light_of(signs: Signs) -> Light:
    """The worst thing that holds, in the order in which a person would mend them."""
    return next(light for check in CHECKS if (light := check(signs)))


def _see_errors(signs: Signs) -> Light | None:
    return Light("red", "Not working", signs.errors[0]) if signs.errors else None


def _see_resting(signs: Signs) -> Light | None:
    return Light("red", "Not working", signs.resting[0]) if signs.resting else None


def _see_switched_off(signs: Signs) -> Light | None:
    off = sum(1 for status in signs.statuses if status not in RESTING and status.startswith(("disabled", "deleted")))
    if not off:
        return None
    words = "Azure DevOps no longer sends these events. Crosswalk looks after it; Check now does it at once."
    return Light("red", "Not working", f"{_count(off, 'subscription')} switched off. {words}")


def _see_stuck(signs: Signs) -> Light | None:
    if signs.waiting and signs.oldest_seconds >= STUCK_SECONDS:
        words = f"{_count(signs.waiting, 'event')} waiting, the oldest for {_span(signs.oldest_seconds)}."
        return Light("red", "Stuck", f"{words} {_why_stuck(signs)}")
    return None


def _why_stuck(signs: Signs) -> str:
    if signs.held:
        return f"{_end(signs.held)} They go on by themselves once that is over or mended."
    return signs.slowed or "Look whether a worker runs."


def _see_dead(signs: Signs) -> Light | None:
    if not signs.dead_letters:
        return None
    words = "could not be delivered. Read the reason below, then try again."
    return Light("yellow", "Needs attention", f"{_count(signs.dead_letters, 'event')} {words}")


def _see_warnings(signs: Signs) -> Light | None:
    return Light("yellow", "Needs attention", signs.warnings[0]) if signs.warnings else None


def _see_probation(signs: Signs) -> Light | None:
    trial = signs.statuses.count("onProbation")
    edited = sum(1 for status in signs.statuses if status not in {"enabled", "onProbation", *RESTING})
    if edited:
        words = "changed by hand. Crosswalk puts it right and reads what was missed."
        return Light("yellow", "Recovering", f"{_count(edited, 'subscription')} {words}")
    if not trial:
        return None
    words = "on probation: Azure DevOps drops its events meanwhile. Crosswalk mends it and reads what was dropped."
    return Light("yellow", "Recovering", f"{_count(trial, 'subscription')} {words}")


def _see_slow(signs: Signs) -> Light | None:
    if not signs.waiting or signs.oldest_seconds < SLOW_SECONDS:
        return None
    tried = f"{_end(signs.held)} They are tried again; nothing is lost." if signs.held else None
    why = tried or signs.slowed or "Jira or Azure DevOps is slow to answer, or no worker runs; nothing is lost."
    words = f"{_count(signs.waiting, 'event')} waiting, the oldest for {_span(signs.oldest_seconds)}. {why}"
    return Light("yellow", "Delayed", words)


def _see_refused(signs: Signs) -> Light | None:
    if signs.last_answer in {None, ACCEPTED}:
        return None
    words = f"Jira did not take everything at its last answer: {signs.last_answer}"
    return Light("yellow", "Needs attention", words)


def _see_stalled(signs: Signs) -> Light | None:
    if not signs.stalled:
        return None
    why = next((one for one in signs.stalled if one), "Look whether a worker runs; then pause and resume it below.")
    words = f"{_count(len(signs.stalled), 'import')} of history standing still for ten minutes or longer."
    return Light("yellow", "Stalled", f"{words} {why}")


def _see_history(signs: Signs) -> Light | None:
    if not signs.failed_parts:
        return None
    words = "of the history could not be read. See why at the project below, then retry what failed."
    return Light("yellow", "Needs attention", f"{_count(signs.failed_parts, 'part')} {words}")


def _see_unsent(signs: Signs) -> Light | None:
    if not signs.unsent:
        return None
    words = "that Jira may not hold any more are being sent again."
    return Light("yellow", "Recovering", f"{_count(signs.unsent, 'thing')} {words}")


def _see_well(signs: Signs) -> Light:
    if not signs.linked:
        return Light("green", "Connected", "Link a project below and its events reach Jira.")
    if not signs.had_events:
        return Light("green", "Working", "Waiting for the first event. Push a commit whose message names an issue key.")
    return Light("green", "Working", "Events reach Jira.")


CHECKS: tuple[Callable[[Signs], Light | None], ...] = (
    _see_errors, _see_resting, _see_switched_off, _see_stuck, _see_dead, _see_warnings, _see_probation, _see_slow,
    _see_refused, _see_stalled, _see_history, _see_unsent, _see_well,
)  # fmt: skip


def worst_first(problems: Iterable[tuple[str, str]]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Pairs of severity and sentence as errors and warnings, each sentence once."""
    errors: dict[str, None] = {}
    warnings: dict[str, None] = {}
    for severity, sentence in problems:
        (errors if severity == "error" else warnings).setdefault(sentence)
    return tuple(errors), tuple(warnings)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")


def _end(words: str) -> str:
    return words if words.endswith((".", "!", "?")) else f"{words}."


def _span(seconds: int) -> str:
    for size, noun in ((86_400, "day"), (3_600, "hour")):
        if seconds >= size:
            return _count(seconds // size, noun)
    return _count(seconds // 60, "minute")
