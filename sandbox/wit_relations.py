"""The kinds of relations an organization knows, and how each may be used.

https://learn.microsoft.com/azure/devops/boards/queries/link-type-reference
"""

from dataclasses import dataclass
from functools import cache
from typing import Literal

from sandbox.wit_model import ARTIFACT, ATTACHED, HYPERLINK

Topology = Literal["tree", "dependency", "network"]


@dataclass(frozen=True, slots=True)
class LinkType:
    """A pair of ends. In a tree each work item has at most one link of the reverse end."""

    ref: str
    forward: str
    reverse: str
    topology: Topology
    editable: bool = False


TEST_LINK = "Microsoft.VSTS.TestCase."
LINK_TYPES = (
    LinkType("System.LinkTypes.Hierarchy", "Child", "Parent", "tree"),
    LinkType("System.LinkTypes.Dependency", "Successor", "Predecessor", "dependency"),
    LinkType("System.LinkTypes.Duplicate", "Duplicate", "Duplicate Of", "tree"),
    LinkType("System.LinkTypes.Related", "Related", "Related", "network"),
    LinkType("Microsoft.VSTS.Common.TestedBy", "Tested By", "Tests", "dependency", editable=True),
    LinkType("Microsoft.VSTS.Common.Affects", "Affects", "Affected By", "dependency", editable=True),
    LinkType(f"{TEST_LINK}SharedStepReferencedBy", "Test Case", "Shared Steps", "dependency", editable=True),
    LinkType(f"{TEST_LINK}SharedParameterReferencedBy", "Referenced By", "References", "dependency", editable=True),
    LinkType("System.LinkTypes.Remote.Related", "Remote Related", "Remote Related", "network"),
    LinkType("System.LinkTypes.Remote.Dependency", "Produces For", "Consumes From", "dependency"),
)  # fmt: skip
RESOURCE_TYPES = {ATTACHED: "Attached File", HYPERLINK: "Hyperlink", ARTIFACT: "Artifact Link"}
# tool, artifact and link type: https://learn.microsoft.com/rest/api/azure/devops/wit/artifact-link-types/list
ARTIFACT_TYPES = (
    ("Git", "Commit", "Fixed in Commit"), ("Git", "PullRequestId", "Pull Request"), ("Git", "Ref", "Branch"),
    ("Build", "Build", "Build"), ("Build", "Build", "Found in build"), ("Build", "Build", "Integrated in build"),
    ("VersionControl", "Changeset", "Fixed in Changeset"), ("TestManagement", "TcmResult", "Test Result"),
    ("Wiki", "WikiPage", "Wiki Page"), ("GitHub", "Commit", "GitHub Commit"),
    ("GitHub", "PullRequest", "GitHub Pull Request"),
)  # fmt: skip


@cache
def link_ends() -> dict[str, tuple[LinkType, str]]:
    """Reference names of ends, each with its type and name. An undirected type has one end without a direction."""
    found: dict[str, tuple[LinkType, str]] = {}
    for kind in LINK_TYPES:
        if kind.topology == "network":
            found[kind.ref] = kind, kind.forward
        else:
            found[f"{kind.ref}-Forward"], found[f"{kind.ref}-Reverse"] = (kind, kind.forward), (kind, kind.reverse)
    return found


def relation_name(rel: str) -> str:
    """The name of an end; empty for a file or an address."""
    found = link_ends().get(rel)
    return found[1] if found else ""


def opposite_end(rel: str) -> str:
    """The name of the same link from the other work item."""
    if rel.endswith("-Forward"):
        return f"{rel.removesuffix('-Forward')}-Reverse"
    return f"{rel.removesuffix('-Reverse')}-Forward" if rel.endswith("-Reverse") else rel


def is_remote(rel: str) -> bool:
    """To a work item of another organization."""
    return rel.startswith("System.LinkTypes.Remote.")
