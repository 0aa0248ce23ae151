"""What a ledger does not tell of a run: sprints and components that failed, issues that lack what failed, and work
items that Azure DevOps fails to show. Pure.

The former are no work items, so nothing of them was scanned; the latter are skipped, and nobody chose that. A run with
either is not perfect. A repair tries all of them again but the latter.
"""

from collections import Counter
from collections.abc import Iterable, Mapping

from domain.counted_words import count_words
from domain.issue_parts import COMPONENT_MISSING, MENDABLE, SPRINT_MISSING
from domain.parent_choices import COLLAPSED, NO_ISSUE
from domain.records import Json
from domain.run_differences import Finding, split_codes
from domain.run_ledger import RowCount
from domain.run_states import OPEN_ROWS

SPRINT_FAILED, COMPONENT_FAILED, CLOSE_FAILED = "sprint_failed", "component_failed", "close_failed"
FAILED_KINDS = {"sprint": SPRINT_FAILED, "component": COMPONENT_FAILED, "close": CLOSE_FAILED}
UNREADABLE, NOT_SHOWN = "unreadable", "not_found"  # the reason of a row, and the flaw
ADVICE = "The CSV file says why. Mend that, then repair the run."
# nothing is known of what is on them, so to repair the run would not take it along
READ_ADVICE = "The CSV file has their numbers. Open them there until they show, then start another run."
SEE_ADVICE = "The CSV file has their numbers. Let whoever the migration reads as see them, then start another run."
ADVICES = {UNREADABLE: READ_ADVICE, NOT_SHOWN: SEE_ADVICE}
# of one, of many
WORDS: Mapping[str, tuple[str, str]] = {
    SPRINT_FAILED: ("sprint was not made.", "sprints were not made."),
    COMPONENT_FAILED: ("component was not made.", "components were not made."),
    CLOSE_FAILED: ("sprint that is over was not closed.", "sprints that are over were not closed."),
    SPRINT_MISSING: (
        "issue is in no sprint, as its sprint was not made.", "issues are in no sprint, as their sprints were not made."
    ),
    COMPONENT_MISSING: (
        "issue has no component, as its component was not made.",
        "issues have no component, as their components were not made.",
    ),
    NO_ISSUE: (
        "issue has no parent, as the work item above became no issue.",
        "issues have no parent, as the work items above became no issues.",
    ),
    UNREADABLE: (
        "work item was left out with all that is on it, as Azure DevOps fails to show it.",
        "work items were left out with all that is on them, as Azure DevOps fails to show them.",
    ),
    NOT_SHOWN: (
        "work item was left out with all that is on it, as Azure DevOps listed it and did not show it.",
        "work items were left out with all that is on them, as Azure DevOps listed them and did not show them.",
    ),
}  # fmt: skip


def count_flaws(counts: Iterable[RowCount]) -> Mapping[str, int]:
    """How many rows have each flaw of WORDS; one that a repair plans again has ended in no way yet."""
    found: Counter[str] = Counter()
    for count in counts:
        for code in _list_flaws(count):
            found[code] += count.rows
    return {code: found[code] for code in WORDS if found[code]}


def _list_flaws(count: RowCount) -> Iterable[str]:
    if count.state == "failed":
        return [FAILED_KINDS[count.kind]] if count.kind in FAILED_KINDS else []
    if count.state == "skipped":
        return [count.reason] if count.kind == "item" and count.reason in ADVICES else []
    return () if count.state in OPEN_ROWS else [code for code in split_codes(count.reason or "") if code in MENDABLE]


def count_labelled(counts: Iterable[RowCount]) -> int:
    """Issues without a parent because nothing above is one level higher in Jira: what is above stays as labels."""
    ended = (count for count in counts if count.state not in OPEN_ROWS)
    return sum(count.rows for count in ended if COLLAPSED in split_codes(count.reason or ""))


def tell_flaws(flaws: Mapping[str, int]) -> tuple[Finding, ...]:
    """A sentence for each, and what to do."""
    return tuple(
        Finding(code, f"{count_words(count, *WORDS[code])} {ADVICES.get(code, ADVICE)}", count)
        for code, count in flaws.items()
    )


def is_repairable(code: str) -> bool:
    """Whether a repair tries again what has this flaw."""
    return code not in ADVICES


def count_broken(numbers: Json) -> int:
    """Everything that is not right, by the numbers of a run (`linkage.run_numbers`): what failed, what lacks something
    that failed, once for each thing that it lacks, what could not be read, what differs. Files count once, not by their
    bytes too.
    """
    ledger = numbers["ledger"]
    rows = (*ledger["types"].values(), ledger["comments"], ledger["links"], ledger["attachments"])
    tables = [numbers.get("flaws", {}), numbers["differences"], *(row["failed"] for row in rows)]
    return sum(int(count) for table in tables for count in table.values())
