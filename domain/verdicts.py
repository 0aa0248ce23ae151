"""Why something is on its issues, or is not: one sentence and what to do, from what is known of it. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domain.issue_keys import Candidate, Refusal

KEYS_TOLD = 5  # a sentence names so many keys at most
REMOVED = frozenset({"removing", "gone"})  # states of the ledger
# how things stand with an issue, and the words for some of them
STANDS: Mapping[str, str] = {
    "accepted": "accepted", "lost": "did not arrive", "moving": "on the way", "removed": "removed from Jira",
}  # fmt: skip

REFUSALS: Mapping[Refusal, str] = {
    "leading zero": "a key of Jira never begins its number with 0",
    "letters after the number": "letters follow the number, so it is no key; put a space or a sign after the number",
    "number too long": "the number is longer than Jira's",
    "no such project": "the Jira site has no such project, or Crosswalk may not see it",
    "project not linked": "the linked Azure DevOps project may not send to this Jira project",
    "name of a standard": "it is the name of a standard, and which projects the site has is not known",
    "underscore needs the list of projects": "a project key with an underscore is known only from the list of projects",
}


@dataclass(frozen=True, slots=True)
class SentState:
    """The ledger's row of a thing: `state` as in the ledger, Jira's `answer` of a refusal, keys sent and unknown."""

    state: str
    answer: str | None
    keys: tuple[str, ...]
    unknown: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """What is known of a commit, branch, pull request, build or deployment.

    `seen`: Azure DevOps has it, None when it was not or could not be asked. `paused`: in words, why an organization
    that may have it cannot be asked. `excluded`: in words, the setting that leaves it out. `nothing`: in words, why
    there is nothing that Jira could show. `unread`: in words, which part of what was read in part. `dead`: the reason
    of a dead letter that tells of it. `waiting`: how many events of its link wait. `over_cap`: how many issues it names
    beyond those that Jira takes of one.
    """

    noun: str  # commit, branch, pull request, build, deployment
    seen: bool | None = None
    paused: str | None = None
    kind_sent: bool = True
    excluded: str | None = None
    nothing: str | None = None
    candidates: tuple[Candidate, ...] = ()
    unread: str | None = None
    sent: SentState | None = None
    dead: str | None = None
    waiting: int = 0
    over_cap: int = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """`code` stays the same, `sentence` is for people."""

    code: str
    sentence: str


def judge_case(case: Case) -> Verdict:
    """The first thing that decides, in the order in which a thing travels; what Jira said of it comes before all.

    That Jira has it no more says nothing of a thing that is there: its last key was taken out, or it was made again.
    What was on its way when its event was given up is not on its way any more.
    """
    if case.sent is not None and case.sent.state == "sending" and case.dead:
        return _judge_way(case)
    if case.sent is not None and not (case.seen and case.sent.state in REMOVED):
        return _judge_sent(case.noun, case.sent, case.over_cap)
    return _judge_place(case) or _judge_keys(case) or _judge_way(case)


def judge_several(verdicts: Sequence[Verdict]) -> Verdict:
    """Of some things that one text names: what holds for all of them, else that it differs."""
    if len(set(verdicts)) == 1:
        return verdicts[0]
    words = f"{len(verdicts)} things go by this name, and not the same is true of each. Paste the whole address of one."
    return Verdict("several", words)


def judge_issue(
    key: str, sent: Sequence[SentState], candidates: tuple[Candidate, ...] = (), *, capped: bool
) -> Verdict:
    """Of everything that was sent for an issue, or of the newest of it when `capped`. `candidates`: of the key itself,
    which decide when nothing was sent.
    """
    if not sent:
        return _judge_unsent(key, candidates)
    counts = Counter(_stand(key, one) for one in sent)
    what = f"the newest {len(sent)} things that were sent for {key}" if capped else f"what was sent for {key}"
    if len(counts) > 1 or counts["lost"]:
        parts = ", ".join(f"{counts[stand]} {words}" for stand, words in STANDS.items() if counts[stand])
        return Verdict("accepted_in_part", f"Of {what}: {parts}.")
    if counts["moving"]:
        return Verdict("sending", f"All of {what} is on its way to Jira. Look again in a moment.")
    if counts["removed"]:
        return Verdict("removed", f"All of {what} was removed from Jira, or is being removed.")
    if capped:
        return Verdict("accepted", f"Jira accepted {what}. What is older is not shown.")
    return Verdict("accepted", f"Jira accepted everything that was sent for {key}: {len(sent)} in all.")


def _judge_unsent(key: str, candidates: tuple[Candidate, ...]) -> Verdict:
    if any(found.refused for found in candidates):
        return judge_text(candidates)
    words = f"Nothing was sent for {key}. Paste the commit, branch or pull request that you miss to learn why."
    return Verdict("nothing_sent", words)


def _stand(key: str, sent: SentState) -> str:
    if sent.state in {"failed", "unknown"} or (sent.state == "accepted" and key in sent.unknown):
        return "lost"
    if sent.state in REMOVED:
        return "removed"
    return "accepted" if sent.state == "accepted" else "moving"


def judge_text(candidates: tuple[Candidate, ...]) -> Verdict:
    """Of plain text: which issues it would link to."""
    return _judge_keys(Case("text", seen=True, candidates=candidates)) or Verdict(
        "links", f"A commit, branch or pull request with this text links to {_counted(candidates)}."
    )


def _judge_sent(noun: str, sent: SentState, over_cap: int) -> Verdict:
    if sent.state == "unknown":
        words = f"It was sent, and Jira has no issue {_listed(sent.unknown)}: deleted, moved, or never there."
        return Verdict("unknown_issues", words)
    if sent.state == "failed":
        return Verdict("refused_by_jira", f"Jira refused this {noun}: {sent.answer or 'it gave no reason'}")
    if sent.state == "sending":
        return Verdict("sending", f"This {noun} is being sent to Jira just now. Look again in a moment.")
    if sent.state in REMOVED:
        why = f"Azure DevOps does not have this {noun} any more, or it names no issue any more"
        return Verdict("removed", f"{why}, so it was removed from Jira.")
    if sent.state == "stale":
        return Verdict("sent_again", "Jira may not hold it any more. It is being sent again.")
    lost = f" Jira has no issue {_listed(sent.unknown)}." if sent.unknown else ""
    there = tuple(key for key in sent.keys if key not in sent.unknown)
    return Verdict("accepted", f"Jira accepted this {noun} for {_listed(there)}.{lost}{_left_out(noun, over_cap)}")


def _left_out(noun: str, count: int) -> str:
    if not count:
        return ""
    last = "the last one was" if count == 1 else f"the last {count} were"
    return f" It names more issues than Jira takes of one {noun}: {last} left out. Name them in another {noun}."


def _judge_place(case: Case) -> Verdict | None:
    if case.paused and not case.seen:
        return Verdict("connection_paused", case.paused)
    if case.seen is False:
        words = (
            f"None of the linked projects has this {case.noun}. Link its project, or paste its whole address; "
            "the owner of the token must be allowed to see it."
        )
        return Verdict("not_found", words)
    if case.seen is None:
        words = f"Nothing was sent for this {case.noun}, and it could not be looked up. Paste its whole address."
        return Verdict("not_looked_up", words)
    if not case.kind_sent:
        return Verdict(
            "kind_not_sent", f"Its project does not send the kind of this {case.noun}. Choose it under Change."
        )
    if case.excluded:
        return Verdict("left_out", f"A setting leaves this {case.noun} out: {case.excluded}.")
    return Verdict("not_deployed", case.nothing) if case.nothing else None


def _judge_keys(case: Case) -> Verdict | None:
    if not case.candidates and case.unread:
        words = f"No issue key was found in this {case.noun}, but not everything was looked at: {case.unread}."
        return Verdict("keys_not_known", words)
    if not case.candidates:
        return Verdict("no_key", f"No issue key was found in this {case.noun}. Write one, for example SHOP-123.")
    if any(found.refused is None for found in case.candidates):
        return None
    first = case.candidates[0]
    why = REFUSALS[first.refused] if first.refused else ""
    more = f" {len(case.candidates) - 1} more were refused too." if len(case.candidates) > 1 else ""
    unread = f" Not everything was looked at: {case.unread}." if case.unread else ""
    return Verdict("keys_refused", f"“{first.text}” does not count: {why}.{more}{unread}")


def _judge_way(case: Case) -> Verdict:
    if case.dead:
        return Verdict("dead_letter", f"Its event could not be delivered: {case.dead} Retry it under Not delivered.")
    if case.waiting:
        return Verdict("waiting", f"{case.waiting} events of its project wait to be delivered; this may be among them.")
    way = "was never sent: its event did not come, or it is older than the link"
    if case.sent:
        way = "is not in Jira any more: it was removed once, and no event brought it back"
    advice = "Import history for its project, or let Crosswalk look again now."
    return Verdict("not_sent", f"It names {_counted(case.candidates)} and {way}. {advice}")


def _counted(candidates: tuple[Candidate, ...]) -> str:
    return _listed(tuple(dict.fromkeys(found.key for found in candidates if found.refused is None)))


def _listed(keys: tuple[str, ...]) -> str:
    shown = ", ".join(keys[:KEYS_TOLD])
    return f"{shown} and {len(keys) - KEYS_TOLD} more" if len(keys) > KEYS_TOLD else shown or "no issue"
