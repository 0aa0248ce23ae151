"""Work item tracking of one organization: where its work items, nodes, files and tags are found.

Planned work items are made up at each reading; from the first change on an item is kept.
"""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from random import Random
from uuid import UUID

from sandbox.ado_errors import bad_request
from sandbox.ado_model import Project, User
from sandbox.wit_errors import no_node, no_work_item
from sandbox.wit_fields import find_field
from sandbox.wit_log import LinkLog, RevisionLog
from sandbox.wit_model import Node, SavedQuery, StoredFile, Tag, Team, TreeKind, WorkComment, WorkItem
from sandbox.wit_plan import Plan
from sandbox.wit_planned import make_item, planned_file
from sandbox.wit_process import Process, WorkType
from sandbox.wit_templates import load_processes

ITEMS_CACHED = 2_000
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class WorkKnobs:
    """What the control may turn. Lags are seconds; page sizes are the most that one answer of a stream holds.

    `top_cuts` false: a query over the limit fails even with `$top`. `empty_every` n: every n-th page of a stream is
    empty and not the last. `format_in_71`: older versions tell the format of long texts too. `omit_leaves_null`
    false: what a batch omits is not there at all. `project_filters` false: an id is found through the address of
    another project too. Of the last five nobody has said how the service does it.
    """

    stream_lag: float = 0.0
    query_lag: float = 0.0
    page_size: int = 1_000
    expanded_page_size: int = 200
    query_limit: int = 20_000
    top_cuts: bool = True
    empty_every: int = 0
    format_in_71: bool = False
    omit_leaves_null: bool = True
    project_filters: bool = True
    pages_read: int = 0


@dataclass(slots=True)
class Denials:
    """What a person may not read: nodes (user id, node id), and items for everybody: id -> 404 or 500."""

    nodes: set[tuple[str, int]] = field(default_factory=set)
    items: dict[int, int] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.nodes or self.items)


class WorkTracking:
    """Guarded by the lock of its organization. `name` seeds the ids it gives."""

    def __init__(self, name: str) -> None:
        self._random = Random(f"{name}/work")
        self.knobs, self.denials = WorkKnobs(), Denials()
        self.kept: dict[int, WorkItem] = {}
        self.destroyed: set[int] = set()
        self.plans: list[Plan] = []
        self._cache: OrderedDict[int, WorkItem] = OrderedDict()
        self.last_id, self.last_comment = 0, 0
        self.revisions, self.links = RevisionLog(), LinkLog()
        self.nodes: dict[int, Node] = {}
        self._roots: dict[tuple[str, TreeKind], Node] = {}
        self._node_ids, self.relation_numbers = count(101), count(1 << 40)
        self._processes: dict[str, str] = {}  # project id -> name
        self.files: dict[str, StoredFile] = {}
        self._tags: dict[str, dict[str, Tag]] = {}  # project id -> folded name -> tag
        self._teams: dict[str, list[Team]] = {}
        self.queries: dict[str, SavedQuery] = {}  # project id -> the folder Shared Queries
        self.inactive_people: set[str] = set()

    def new_guid(self) -> str:
        return str(UUID(int=self._random.getrandbits(128), version=4))

    def next_id(self) -> int:
        self.last_id += 1
        return self.last_id

    def next_comment(self) -> int:
        self.last_comment += 1
        return self.last_comment

    def process_of(self, project: Project) -> Process:
        return load_processes()[self._processes.get(project.id, "Agile")]

    def set_process(self, project: Project, name: str) -> Process:
        """Raises AdoError for a process that is not there."""
        found = next((p for p in load_processes().values() if p.name.casefold() == name.casefold()), None)
        if found is None:
            raise bad_request(f"A process is one of {', '.join(load_processes())}.")
        self._processes[project.id] = found.name
        return found

    def type_of(self, item: WorkItem) -> WorkType:
        return self.process_of(item.project).types[item.type]

    def add_plan(self, plan: Plan) -> None:
        """Its ids and comment ids are taken from now on."""
        self.plans.append(plan)
        self.revisions.extend(plan)
        self.links.extend(plan)
        self.last_id = plan.first + plan.count - 1
        self.last_comment = plan.comment_base + plan.count * plan.amounts.comments

    def plan_of(self, number: int) -> Plan | None:
        return next((plan for plan in self.plans if plan.holds(number)), None)

    def exists(self, number: int) -> bool:
        """Deleted ones too; destroyed ones not."""
        return number not in self.destroyed and (number in self.kept or self.plan_of(number) is not None)

    def find(self, number: int) -> WorkItem:
        """To read it, deleted or not. Raises AdoError (404)."""
        found = None if number in self.destroyed else self.kept.get(number) or self._planned(number)
        if found is None:
            raise no_work_item(number)
        return found

    def find_active(self, number: int) -> WorkItem:
        """Raises AdoError (404) for a deleted one too."""
        found = self.find(number)
        if found.deleted:
            raise no_work_item(number)
        return found

    def open(self, number: int) -> WorkItem:
        """To change it: it is kept from now on. Raises AdoError (404)."""
        found = self.find(number)
        self.kept[number] = found
        self._cache.pop(number, None)
        return found

    def add(self, item: WorkItem) -> None:
        self.kept[item.id] = item

    def _planned(self, number: int) -> WorkItem | None:
        plan = self.plan_of(number)
        if plan is None:
            return None
        if number in self._cache:
            self._cache.move_to_end(number)
        else:
            self._cache[number] = make_item(plan, number)
            while len(self._cache) > ITEMS_CACHED:
                self._cache.popitem(last=False)
        return self._cache[number]

    def is_deleted(self, number: int) -> bool:
        """True for destroyed ones too."""
        kept = self.kept.get(number)
        return number in self.destroyed or (kept is not None and kept.deleted is not None)

    def ids(self, low: int = 1, high: int | None = None) -> Iterator[int]:
        """Of everything that is not destroyed, ascending."""
        for number in range(max(low, 1), min(self.last_id, high if high is not None else self.last_id) + 1):
            if self.exists(number):
                yield number

    def deleted_items(self, project: Project) -> list[WorkItem]:
        found = [item for item in self.kept.values() if item.deleted and item.id not in self.destroyed]
        return sorted((item for item in found if item.project is project), key=lambda item: item.id)

    def project_of(self, number: int) -> Project:
        """Where a work item is now, without making it up. Raises AdoError (404)."""
        plan = None if number in self.kept else self.plan_of(number)
        return plan.ground.project if plan else self.find(number).project

    def rev_of(self, number: int) -> int:
        """Its last revision, without making it up. Raises AdoError (404)."""
        plan = None if number in self.kept else self.plan_of(number)
        return len(plan.core(number).times) if plan else self.find(number).rev

    def find_comment(self, item: WorkItem, number: int) -> WorkComment | None:
        return next((comment for comment in item.comments if comment.id == number), None)

    def find_file(self, guid: str) -> StoredFile | None:
        """Uploaded or planned; None for one that is not there."""
        try:
            wanted = str(UUID(guid))
        except ValueError:
            return None
        if wanted in self.files:
            return self.files[wanted]
        for plan in self.plans:
            if found := plan.find_file(wanted):
                return planned_file(plan, *found)
        return None

    def root(self, project: Project, kind: TreeKind) -> Node:
        """The top of a tree, made with the project."""
        known = self._roots.get((project.id, kind))
        if known is None:
            known = self._roots[project.id, kind] = self._make_node("", kind, project)
        return known

    def add_node(self, parent: Node, name: str) -> Node:
        """Raises AdoError for a name its parent has already, and for one that a path cannot hold."""
        if not name.strip() or set(name) & set('\\/$?*:"&<>#%|+') or len(name) > 255:
            raise bad_request(f"VS402492: The name '{name}' is not allowed for an area or iteration.")
        if parent.find_child(name):
            text = f"VS402371: Classification node name {name} is already in use by a different child of parent."
            raise bad_request(text, "ClassificationNodeDuplicateNameException")
        made = self._make_node(name, parent.kind, parent.project, parent)
        parent.children.append(made)
        return made

    def _make_node(self, name: str, kind: TreeKind, project: Project, parent: Node | None = None) -> Node:
        made = Node(next(self._node_ids), self.new_guid(), name, kind, project, parent)
        self.nodes[made.id] = made
        return made

    def find_node(self, project: Project, kind: TreeKind, path: str) -> Node:
        """By the path below the root, in any case. Raises AdoError (404)."""
        found = self.root(project, kind)
        for name in path.replace("\\", "/").strip("/").split("/") if path.strip("\\/") else ():
            below = found.find_child(name)
            if below is None:
                raise no_node(path)
            found = below
        return found

    def node_by_field(self, kind: TreeKind, path: str, projects: list[Project]) -> Node | None:
        """By a path as fields have it, which begins with the project."""
        name, _, rest = path.strip("\\").partition("\\")
        project = next((one for one in projects if one.name.casefold() == name.casefold()), None)
        found = self.root(project, kind) if project else None
        for part in rest.split("\\") if rest else ():
            found = found.find_child(part) if found else None
        return found

    def tags_of(self, project: Project) -> dict[str, Tag]:
        return self._tags.setdefault(project.id, {})

    def note_tag(self, project: Project, name: str, moment: datetime = LONG_AGO) -> Tag:
        """A tag as it was first written; another case is the same tag."""
        return self.tags_of(project).setdefault(name.casefold(), Tag(self.new_guid(), name, moment))

    def teams_of(self, project: Project) -> list[Team]:
        """The first one is made with the project and has its id."""
        area = self.root(project, "area")
        return self._teams.setdefault(project.id, [Team(project.id, f"{project.name} Team", project, area)])

    def is_hidden(self, user: User, item: WorkItem) -> bool:
        """True when a person may not read the area of a work item, or nobody may read the item."""
        if self.denials.items.get(item.id) == 404:
            return True
        area = item.value("System.AreaPath") if self.denials.nodes else None
        return area is not None and any((user.id, node.id) in self.denials.nodes for node in area.chain())


def require_field(word: str) -> str:
    """The reference name of a field. Raises AdoError (400)."""
    found = find_field(word)
    if found is None:
        raise bad_request(f"TF51535: Cannot find field {word}.", "WorkItemTrackingFieldDefinitionNotFoundException")
    return found.ref
