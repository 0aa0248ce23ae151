"""Why something is on its issues, or is not: the first thing that decides is told."""

import pytest

from domain.issue_keys import KeyRules, explain_keys
from domain.verdicts import REFUSALS, Case, SentState, Verdict, judge_case, judge_issue, judge_several, judge_text

RULES = KeyRules(projects=frozenset({"SHOP", "OPS"}), allowed=frozenset({"SHOP"}))


def candidates(text):
    return explain_keys(RULES, text)


def sent(state, *, answer=None, keys=("SHOP-1",), unknown=()):
    return SentState(state, answer, keys, unknown)


@pytest.mark.parametrize(
    ("case", "code", "words"),
    [
        (Case("commit", sent=sent("accepted")), "accepted", "accepted this commit for SHOP-1."),
        (
            Case("commit", sent=sent("accepted", keys=("SHOP-1", "SHOP-9"), unknown=("SHOP-9",))),
            "accepted", "for SHOP-1. Jira has no issue SHOP-9.",
        ),
        (Case("build", sent=sent("accepted"), over_cap=1), "accepted", "one build: the last one was left out. Name"),
        (Case("build", sent=sent("unknown", unknown=("SHOP-9",))), "unknown_issues", "no issue SHOP-9"),
        (Case("build", sent=sent("failed", answer="too long")), "refused_by_jira", "refused this build: too long"),
        (Case("build", sent=sent("failed")), "refused_by_jira", "gave no reason"),
        (Case("build", sent=sent("stale")), "sent_again", "being sent again"),
        (Case("build", sent=sent("sending")), "sending", "just now"),
        (Case("build", seen=True, sent=sent("sending"), dead="404."), "dead_letter", "could not be delivered: 404."),
        (Case("branch", sent=sent("removing")), "removed", "does not have this branch any more"),
        (Case("commit", sent=sent("accepted"), paused="No token."), "accepted", "accepted this commit"),
        (Case("branch", seen=False, sent=sent("gone")), "removed", "names no issue any more"),
        (Case("branch", seen=True, sent=sent("removing")), "no_key", "No issue key was found in this branch"),
        (Case("branch", seen=True, kind_sent=False, sent=sent("gone")), "kind_not_sent", "does not send the kind"),
        (
            Case("branch", seen=True, candidates=candidates("SHOP-1"), sent=sent("gone")),
            "not_sent", "names SHOP-1 and is not in Jira any more",
        ),
        (Case("commit", seen=False, paused="No token."), "connection_paused", "No token."),
        (Case("commit", paused="No token."), "connection_paused", "No token."),
        (Case("commit", seen=True, paused="No token."), "no_key", "No issue key"),
        (Case("build", seen=True, unread="of its changes some"), "keys_not_known", "was looked at: of its changes"),
        (
            Case("build", seen=True, candidates=candidates("OPS-1"), unread="of its changes some"),
            "keys_refused", "Not everything was looked at: of its changes",
        ),
        (Case("commit", seen=False), "not_found", "None of the linked projects has this commit"),
        (Case("branch", seen=None), "not_looked_up", "Paste its whole address"),
        (Case("branch", seen=True, kind_sent=False), "kind_not_sent", "does not send the kind of this branch"),
        (Case("commit", seen=True, excluded="its author is ignored"), "left_out", "its author is ignored"),
        (Case("deployment", seen=True, nothing="Not deployed yet."), "not_deployed", "Not deployed yet."),
        (Case("commit", seen=True), "no_key", "No issue key was found in this commit"),
        (Case("commit", seen=True, candidates=candidates("OPS-1")), "keys_refused", "may not send to this Jira"),
        (Case("commit", seen=True, candidates=candidates("OPS-1 and UTF-8")), "keys_refused", "1 more were refused"),
        (Case("commit", seen=True, candidates=candidates("SHOP-1"), dead="413."), "dead_letter", "413."),
        (Case("commit", seen=True, candidates=candidates("SHOP-1"), waiting=3), "waiting", "3 events"),
        (Case("commit", seen=True, candidates=candidates("SHOP-1 OPS-1")), "not_sent", "names SHOP-1 and was never"),
    ],
)  # fmt: skip
def test_the_first_thing_that_decides_is_told(case, code, words):
    verdict = judge_case(case)

    assert verdict.code == code
    assert words in verdict.sentence


@pytest.mark.parametrize(
    ("states", "code", "words"),
    [
        ((), "nothing_sent", "Nothing was sent for SHOP-1."),
        (("accepted", "accepted"), "accepted", "everything that was sent for SHOP-1: 2 in all"),
        (("accepted", "failed"), "accepted_in_part", "1 accepted, 1 did not arrive."),
        (("unknown",), "accepted_in_part", "1 did not arrive."),
        (("accepted", "stale", "sending"), "accepted_in_part", "1 accepted, 2 on the way."),
        (("accepted", "removing", "gone"), "accepted_in_part", "1 accepted, 2 removed from Jira."),
        (("stale", "sending"), "sending", "on its way to Jira"),
        (("removing",), "removed", "was removed from Jira"),
    ],
)
def test_of_an_issue_only_what_jira_accepted_counts_as_accepted(states, code, words):
    verdict = judge_issue("SHOP-1", [sent(state) for state in states], capped=False)

    assert verdict.code == code
    assert words in verdict.sentence


def test_an_issue_that_jira_did_not_know_got_nothing_of_what_was_accepted():
    both = sent("accepted", keys=("SHOP-1", "SHOP-9"), unknown=("SHOP-9",))

    assert judge_issue("SHOP-1", [both], capped=False).code == "accepted"
    assert judge_issue("SHOP-9", [both], capped=False).code == "accepted_in_part"


def test_a_list_that_was_cut_says_so():
    verdict = judge_issue("SHOP-1", [sent("accepted")] * 3, capped=True)

    assert "the newest 3 things" in verdict.sentence
    assert "in all" not in verdict.sentence


def test_several_things_have_one_verdict_when_it_is_the_same():
    same, other = Verdict("no_key", "There is none."), Verdict("not_found", "It is not there.")

    assert judge_several([same, same]) == same
    assert judge_several([same, other]).code == "several"


def test_text_tells_which_issues_it_links_to():
    assert judge_text(candidates("shop-1")).sentence.endswith("links to SHOP-1.")
    assert judge_text(candidates("nothing here")).code == "no_key"


def test_a_sentence_names_five_keys_at_most():
    text = " ".join(f"SHOP-{number}" for number in range(1, 9))

    assert judge_text(candidates(text)).sentence.endswith("SHOP-5 and 3 more.")


def test_every_refusal_has_words():
    texts = "SHOP-01 SHOP-1a OPS-1 NONE-1 SHOP-" + "1" * 300
    unknown = explain_keys(KeyRules(), "UTF-8 APP_1-1")

    assert all(REFUSALS[found.refused] for found in (*candidates(texts), *unknown) if found.refused)
    assert {found.refused for found in (*candidates(texts), *unknown)} - {None} == set(REFUSALS)
