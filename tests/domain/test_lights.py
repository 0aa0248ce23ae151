"""The light of a connection shows the worst thing that holds, in words."""

import pytest

from domain.lights import Signs, light_of, worst_first

WELL = Signs(linked=1, statuses=("enabled",), had_events=True, last_answer="accepted")


@pytest.mark.parametrize(
    ("signs", "color", "word", "part"),
    [
        (Signs(), "green", "Connected", "Link a project"),
        (Signs(linked=1), "green", "Working", "Waiting for the first event"),
        (WELL, "green", "Working", "Events reach Jira."),
        (Signs(errors=("The token ended.",), dead_letters=2), "red", "Not working", "The token ended."),
        (Signs(statuses=("enabled", "disabledBySystem")), "red", "Not working", "1 subscription switched off"),
        (Signs(statuses=("deleted", "disabledBySystem")), "red", "Not working", "2 subscriptions switched off"),
        (Signs(statuses=("deleted", "disabledByUser")), "red", "Not working", "1 subscription switched off"),
        (Signs(statuses=("disabledByUser",), resting=("Switch it on.",)), "red", "Not working", "Switch it on."),
        (Signs(statuses=("deleted",), resting=("Switch it on.",)), "red", "Not working", "Switch it on."),
        (Signs(statuses=("disabledByInactiveIdentity", "onProbation")), "yellow", "Recovering", "1 subscription on"),
        (Signs(waiting=3, oldest_seconds=7_300), "red", "Stuck", "2 hours. Look whether a worker runs."),
        (Signs(waiting=1, oldest_seconds=200_000), "red", "Stuck", "1 event waiting, the oldest for 2 days."),
        (Signs(waiting=1, oldest_seconds=9_000, last_answer="An old refusal."), "red", "Stuck", "hours. Look whether"),
        (Signs(waiting=1, oldest_seconds=9_000, held="Azure DevOps answered 403: no"), "red", "Stuck",
         "2 hours. Azure DevOps answered 403: no. They go on by themselves once that is over or mended."),
        (Signs(waiting=1, oldest_seconds=9_000, held="Ask Ines.", slowed="x"), "red", "Stuck", "s. Ask Ines. They"),
        (Signs(dead_letters=1, warnings=("x",)), "yellow", "Needs attention", "1 event could not be delivered"),
        (Signs(warnings=("The token ends soon.",)), "yellow", "Needs attention", "The token ends soon."),
        (Signs(waiting=1, oldest_seconds=9_000, last_answer="accepted", slowed="A pause."), "red", "Stuck", "A pause."),
        (Signs(statuses=("edited", "onProbation")), "yellow", "Recovering", "1 subscription changed by hand"),
        (Signs(statuses=("onProbation",)), "yellow", "Recovering", "1 subscription on probation"),
        (Signs(waiting=2, oldest_seconds=150), "yellow", "Delayed", "slow to answer, or no worker runs;"),
        (Signs(waiting=2, oldest_seconds=150, slowed="Jira asks to wait."), "yellow", "Delayed", "asks to wait."),
        (Signs(waiting=2, oldest_seconds=150, held="Jira answered 302: moved"), "yellow", "Delayed",
         "2 minutes. Jira answered 302: moved. They are tried again; nothing is lost."),
        (Signs(waiting=2, oldest_seconds=30, linked=1, had_events=True), "green", "Working", "Events reach"),
        (Signs(last_answer="field too long"), "yellow", "Needs attention", "field too long"),
        (Signs(stalled=("",), failed_parts=2), "yellow", "Stalled", "1 import of history standing still for"),
        (Signs(stalled=("", "Jira asks for a pause.")), "yellow", "Stalled", "or longer. Jira asks for a pause."),
        (Signs(failed_parts=2), "yellow", "Needs attention", "2 parts of the history"),
        (Signs(unsent=40), "yellow", "Recovering", "40 things"),
    ],
)  # fmt: skip
def test_the_worst_thing_that_holds_is_shown(signs, color, word, part):
    light = light_of(signs)

    assert (light.color, light.word) == (color, word)
    assert part in light.sentence


def test_problems_are_sorted_and_told_once():
    pairs = [("warning", "b"), ("error", "a"), ("error", "a"), ("warning", "c")]

    assert worst_first(iter(pairs)) == (("a",), ("b", "c"))


def test_a_short_wait_is_told_in_seconds():
    assert "oldest for 2 minutes" in light_of(Signs(waiting=1, oldest_seconds=120)).sentence
