"""What a ledger does not tell of a run: sprints and components that failed, and issues that lack what failed. Pure.

They are no work items, so nothing of them was scanned; a run in which they failed is not perfect all the same, and a
repair tries them again.
"""

from collections import Counter
from collections.abc import Iterable, Mapping

from domain.counted_words import count_words
from domain.issue_parts import COMPONENT_MISSING, MENDABLE, SPRINT_MISSING
from domain.parent_choices import COLLAPSED, NO_ISSUE
from domain.records import Json
from domain.run_differences import Finding
from domain.run_ledger import RowCount
from domain.run_states import OPEN_ROWS

SPRINT_FAILED, COMPONENT_FAILED, CLOSE_FAILED = "sprint_failed", "component_failed", "close_failed"
FAILED_KINDS = {"sprint": SPRINT_FAILED, "component": COMPONENT_FAILED, "close": CLOSE_FAILED}
ADVICE = "The CSV file says why. Mend that, then repair the run."
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
}  # fmt: skip


def count_flaws(counts: Iterable[RowCount]) -> Mapping[str, int]:
    """How many rows have each flaw of WORDS; one that a repair plans again has ended in no way yet."""
    found: Counter[str] = Counter()
    for count in counts:
        if count.state == "failed" and count.kind in FAILED_KINDS:
            found[FAILED_KINDS[count.kind]] += count.rows
        elif count.state not in ("failed", *OPEN_ROWS) and count.reason in MENDABLE:
            found[str(count.reason)] += count.rows
    return {code: found[code] for code in WORDS if found[code]}


def count_labelled(counts: Iterable[RowCount]) -> int:
    """Issues without a parent because nothing above is one level higher in Jira: what is above stays as labels."""
    return sum(count.rows for count in counts if count.reason == COLLAPSED and count.state not in OPEN_ROWS)


def tell_flaws(flaws: Mapping[str, int]) -> tuple[Finding, ...]:
    """A sentence for each."""
    return tuple(Finding(code, f"{count_words(count, *WORDS[code])} {ADVICE}", count) for code, count in flaws.items())


def count_broken(numbers: Json) -> int:
    """Everything that a repair would try again, by the numbers of a run (`linkage.run_numbers`): what failed, what
    lacks something that failed, what differs. Files count once, not by their bytes too.
    """
    ledger = numbers["ledger"]
    rows = (*ledger["types"].values(), ledger["comments"], ledger["links"], ledger["attachments"])
    tables = [numbers.get("flaws", {}), numbers["differences"], *(row["failed"] for row in rows)]
    return sum(int(count) for table in tables for count in table.values())
