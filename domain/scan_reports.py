"""What a scan found out about a project: counts and structure only, never a text, a title or a name of a person."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from domain.work_items import TreeNode

NO_SCAN = "Scan the project first: this is told from what the scan found."


@dataclass(frozen=True, slots=True)
class Over:
    """How many work items are over a limit of Jira, and the ids of some of them."""

    count: int
    examples: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class TypeCount:
    """Work items of one type: how many, by state, and in how many of them each field has a value."""

    name: str
    count: int
    states: Mapping[str, int] = field(default_factory=dict)
    filled: Mapping[str, int] = field(default_factory=dict)
    parents: Mapping[str, int] = field(default_factory=dict)  # by type of the parent; '' for none


@dataclass(frozen=True, slots=True)
class FieldUse:
    """A field in use. `values`: of closed lists, how often each occurs; empty where a value may hold content."""

    name: str
    label: str
    kind: str
    filled: int
    values: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FileCount:
    count: int = 0
    bytes: int = 0
    biggest: tuple[tuple[int, int], ...] = ()  # work item id and bytes, the biggest first, a hundred at most


@dataclass(frozen=True, slots=True)
class ScanReport:
    """The statistics of a scan. `people`: identity id -> number of work items that name it in any field;
    `people_examples`: identity id -> one of those work items.
    """

    items: int = 0
    types: tuple[TypeCount, ...] = ()
    fields: tuple[FieldUse, ...] = ()
    areas: tuple[TreeNode, ...] = ()
    area_items: Mapping[str, int] = field(default_factory=dict)
    iterations: tuple[TreeNode, ...] = ()
    iteration_items: Mapping[str, int] = field(default_factory=dict)
    people: Mapping[str, int] = field(default_factory=dict)
    people_examples: Mapping[str, int] = field(default_factory=dict)
    tags: int = 0  # different ones
    comments: int = 0
    commented_items: int = 0
    links: Mapping[str, int] = field(default_factory=dict)  # by kind, each link once
    files: FileCount = FileCount()
    inline_images: int = 0
    test_items: int = 0
    # by code: title_too_long, text_too_long, label_too_long, many_comments, many_files, many_links,
    # parent_out_of_scope, cycle; broken: Azure DevOps fails to read it; missing: it went while the scan ran. Which
    # files are too large is told by `files.biggest` and what the site takes
    over: Mapping[str, Over] = field(default_factory=dict)
