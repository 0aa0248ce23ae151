"""What a run left in Jira, held against what Azure DevOps has and what the run says of itself.

The stories of the benches hold nothing that a run leaves out by their mapping: whatever was skipped is a complaint.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from domain.comment_drafts import COMMENT_PROPERTY
from domain.draft_records import SOURCE_PROPERTY
from sandbox.jira_issue_record import Record
from sandbox.jira_migration import keys_by_source
from sandbox.jira_site import JiraSite

ARRIVED = ("created", "adopted", "updated", "unchanged")
PARTS = ("comments", "links", "attachments")
COMPARED = (  # what `judge` does, for people
    "Counted in both stand-ins: each work item, comment, link and file of Azure DevOps has to be in Jira, and once.",
    "Looked for in Jira: issues and comments that do not say what they were made of. There may be none.",
    "Read in the report of the run: it has to have read its whole scope, to balance and to tell the same numbers, and "
    "nothing may be skipped, failed or open, whatever the reason.",
    "Left to the verifying of the run itself, which may find no difference: fields, status, parent, sprint, component, "
    "the ends of links, the sizes of files.",
)


@dataclass(slots=True)
class Verdict:
    """`doubled`: in Jira more than once; `lost`: not in Jira, whatever the run says of it; both by kind. What else
    speaks against the run stands in `wrong` as sentences.
    """

    doubled: dict[str, int] = field(default_factory=dict)
    lost: dict[str, int] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        return not (any(self.doubled.values()) or any(self.lost.values()) or self.wrong)

    def shown(self) -> dict[str, Any]:
        return asdict(self) | {"ok": self.holds}


@dataclass(frozen=True, slots=True)
class Found:
    """What the project in Jira holds: everything by what it was made of. `strangers`: issues and comments that do not
    say what they were made of.
    """

    issues: Mapping[int, list[str]]
    comments: Counter[int]
    links: Counter[tuple[str, frozenset[str]]]
    files: Counter[tuple[str, str, str]]  # issue, name, SHA-256
    strangers: int = 0

    @property
    def all(self) -> dict[str, Iterable[int]]:
        return {
            "issues": [len(keys) for keys in self.issues.values()],
            "comments": self.comments.values(),
            "links": self.links.values(),
            "attachments": self.files.values(),
        }


def find_things(site: JiraSite, project_key: str) -> Found:
    """Read the stand-in itself, not through its API."""
    project = site.projects[project_key]
    records = [one for one in list(site.tracker.records.values()) if one.state.project == project.id]
    own = {one.id for one in records}
    sources = keys_by_source(site, SOURCE_PROPERTY, "id")
    mine = {number: [key for key in keys if key.startswith(f"{project_key}-")] for number, keys in sources.items()}
    links = [link for link in list(site.tracker.links.values()) if link.inward in own or link.outward in own]
    comments = Counter(number for record in records for number in comment_sources(record))
    written = len(records) + sum(len(record.comments) for record in records)
    return Found(
        {number: keys for number, keys in mine.items() if keys},
        comments,
        Counter((link.type, frozenset((link.inward, link.outward))) for link in links),
        Counter((record.id, file.name, file.sha256) for record in records for file in record.files),
        written - sum(map(len, mine.values())) - comments.total(),
    )


def comment_sources(record: Record) -> Iterable[int]:
    """The comments of Azure DevOps that the comments of an issue were made of."""
    marks = (comment.properties.get(COMMENT_PROPERTY) for comment in record.comments)
    return [int(mark["id"]) for mark in marks if mark]


def judge(found: Found, report: Mapping[str, Any], truth: Mapping[str, Any], run: Mapping[str, Any]) -> Verdict:
    """`report`: the run's own; `truth`: what the stand-in Azure DevOps counts; `run`: its last state."""
    verdict, rows, there = Verdict(), sum_ledger(report["ledger"]), count_source(truth)
    for kind, counts in found.all.items():
        listed = list(counts)
        verdict.doubled[kind] = sum(count - 1 for count in listed)
        verdict.lost[kind] = max(0, there[kind] - len(listed))
        told = sum(rows[kind][state] for state in ARRIVED)
        if told != len(listed):
            verdict.wrong.append(f"Jira has {len(listed)} {kind}, the ledger tells of {told}")
        if rows[kind]["scanned"] != there[kind]:
            verdict.wrong.append(f"{rows[kind]['scanned']} {kind} were scanned, there are {there[kind]}")
    if found.strangers:
        verdict.wrong.append(f"{found.strangers} issues and comments in Jira do not say what they were made of")
    if run["state"] != "done":
        why = run.get("error") or run.get("waiting")
        verdict.wrong.append(f"the run is {run['state']} in the phase {run['phase']}: {why}")
    verdict.wrong += complain(report)
    return verdict


def count_source(truth: Mapping[str, Any]) -> Mapping[str, int]:
    """What there is to migrate, by kind. A link to a parent is a field of the issue, no link."""
    parents = truth["relations"].get("System.LinkTypes.Hierarchy-Forward", 0)
    there = {part: truth[part] for part in ("comments", "attachments")}
    return there | {"issues": truth["items"], "links": truth["links"] - parents}


def complain(report: Mapping[str, Any]) -> Iterable[str]:
    """Whatever in the report of a run is not as it is when all of a story has arrived, as sentences."""
    if not report["complete"]:
        yield "the run did not read all of its scope"
    if not report["balanced"]:
        yield "the ledger does not balance"
    if report["differences"]:
        yield f"verifying found differences: {report['differences']}"
    for kind, row in {**sum_ledger(report["ledger"]), "bytes": report["ledger"]["bytes"]}.items():
        left = {name: row[name] for name in ("skipped", "failed", "open") if row[name]}
        if left:
            yield f"not all {kind} arrived: {left}"


def sum_ledger(ledger: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]]:
    """The rows of a ledger, with one for the issues of all types."""
    return {"issues": add_rows(ledger["types"].values())} | {part: ledger[part] for part in PARTS}


def add_rows(rows: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The sum of some rows of a ledger."""
    total: dict[str, Any] = dict.fromkeys(("scanned", "open", *ARRIVED), 0) | {"skipped": {}, "failed": {}}
    for row in rows:
        for name in ("scanned", "open", *ARRIVED):
            total[name] += row.get(name, 0)
        for name in ("skipped", "failed"):
            for reason, count in row[name].items():
                total[name][reason] = total[name].get(reason, 0) + count
    return total
