"""What a run left in the stand-in Jira, held against what Azure DevOps has and what the run says of itself."""

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


@dataclass(slots=True)
class Verdict:
    """`doubled` and `lost` by kind; whatever else speaks against the run stands in `wrong` as sentences."""

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
    """What the project in Jira holds: everything by what it was made of."""

    issues: Mapping[int, list[str]]
    comments: Counter[int]
    links: Counter[tuple[str, frozenset[str]]]
    files: Counter[tuple[str, str, str]]  # issue, name, SHA-256

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
    return Found(
        {number: keys for number, keys in mine.items() if keys},
        Counter(number for record in records for number in comment_sources(record)),
        Counter((link.type, frozenset((link.inward, link.outward))) for link in links),
        Counter((record.id, file.name, file.sha256) for record in records for file in record.files),
    )


def comment_sources(record: Record) -> Iterable[int]:
    """The comments of Azure DevOps that the comments of an issue were made of."""
    marks = (comment.properties.get(COMMENT_PROPERTY) for comment in record.comments)
    return [int(mark["id"]) for mark in marks if mark]


def judge(found: Found, report: Mapping[str, Any], truth: Mapping[str, Any], run: Mapping[str, Any]) -> Verdict:
    """`report`: the run's own; `truth`: what the stand-in Azure DevOps counts; `run`: its last state."""
    verdict, ledger = Verdict(), report["ledger"]
    types = list(ledger["types"].values())
    rows = {"issues": add_rows(types)} | {part: ledger[part] for part in PARTS}
    for kind, counts in found.all.items():
        listed = list(counts)
        verdict.doubled[kind] = sum(count - 1 for count in listed)
        told = sum(rows[kind][state] for state in ARRIVED)
        verdict.lost[kind] = max(0, told - len(listed)) + sum(rows[kind]["failed"].values())
        if told < len(listed):
            verdict.wrong.append(f"Jira has {len(listed)} {kind}, the ledger tells of {told}")
    verdict.wrong += list(complain(rows, report, truth, run))
    return verdict


def complain(
    rows: Mapping[str, Any], report: Mapping[str, Any], truth: Mapping[str, Any], run: Mapping[str, Any]
) -> Iterable[str]:
    if run["state"] != "done":
        yield f"the run is {run['state']} in the phase {run['phase']}: {run.get('error') or run.get('waiting')}"
    if not report["balanced"]:
        yield "the ledger does not balance"
    parents = truth["relations"].get("System.LinkTypes.Hierarchy-Forward", 0)
    there = {"issues": truth["items"], "links": truth["links"] - parents} | {
        part: truth[part] for part in ("comments", "attachments")
    }
    for kind, count in there.items():
        if rows[kind]["scanned"] != count:
            yield f"{rows[kind]['scanned']} {kind} were scanned, there are {count}"
    for kind, row in rows.items():
        if row["failed"] or row.get("open"):
            yield f"{kind}: failed {row['failed']}, open {row.get('open', 0)}"


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
