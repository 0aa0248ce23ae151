"""Which kind of link a relation becomes, and which of its ends is which: by the words of its direction.

https://learn.microsoft.com/azure/devops/boards/queries/link-type-reference
https://support.atlassian.com/jira-cloud-administration/docs/configure-issue-linking/
"""

from collections.abc import Iterable, Mapping

from domain.link_drafts import REMOTE_KINDS
from domain.mapping_records import LinkRow
from domain.name_matching import find_named, fold_name
from domain.remote_links import REMOTE
from domain.scan_reports import ScanReport
from domain.target_sites import TargetLinkType, TargetProject
from domain.work_items import ARTIFACT, CHILD, HYPERLINK

RELATED = "System.LinkTypes.Related"
USUAL = ("System.LinkTypes.Dependency-Forward", "System.LinkTypes.Duplicate-Forward", RELATED)
# what a work item with the forward end is to the other one, in words of Jira; the likeliest first
MEANS: Mapping[str, tuple[str, ...]] = {
    "System.LinkTypes.Dependency-Forward": ("blocks", "precedes", "has successor", "is required by"),
    "System.LinkTypes.Duplicate-Forward": ("is duplicated by",),
    RELATED: ("relates to", "is related to"),
    "Microsoft.VSTS.Common.TestedBy-Forward": ("is tested by", "tested by"),
    "Microsoft.VSTS.Common.Affects-Forward": ("affects", "causes", "impacts"),
}


def suggest_links(report: ScanReport, target: TargetProject) -> tuple[LinkRow, ...]:
    """A row for each kind in use and for the usual ones. Parents and files are no links here."""
    kinds = dict.fromkeys((*USUAL, *report.links))
    return tuple(_suggest_link(kind, target) for kind in kinds if kind != CHILD)


def _suggest_link(kind: str, target: TargetProject) -> LinkRow:
    if kind in (HYPERLINK, ARTIFACT) or kind.startswith(REMOTE_KINDS):
        return LinkRow(kind, REMOTE, confidence=0.9, reason="An address: it becomes a web link of the issue.")
    if not target.link_issues_enabled:
        return LinkRow(kind, None, confidence=0.9, reason="Issue links are turned off on this site.")
    for words in MEANS.get(kind, ()):
        found = find_direction(words, target.link_types)
        if found:
            return LinkRow(kind, found[0].id, found[1], 0.95, f"It {words} the other one.")
    plain = find_direction(MEANS[RELATED][0], target.link_types) or _named_relates(target.link_types)
    if plain is None:
        return LinkRow(kind, None, confidence=0.3, reason="No kind of link has these words.")
    return LinkRow(
        kind, plain[0].id, False, 0.5, f"No kind of link says the same; {plain[0].name} keeps the two together."
    )


def find_direction(words: str, types: Iterable[TargetLinkType]) -> tuple[TargetLinkType, bool] | None:
    """The kind of link that says `words` in one direction, and whether it is the inward one: then the ends swap."""
    wanted = fold_name(words)
    for one in types:
        if fold_name(one.outward) == wanted:
            return one, False
        if fold_name(one.inward) == wanted:
            return one, True
    return None


def _named_relates(types: Iterable[TargetLinkType]) -> tuple[TargetLinkType, bool] | None:
    found = find_named(("Relates", "Related", "Relation"), {one.name: one for one in types})
    return (found[1], False) if found else None
