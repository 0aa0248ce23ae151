"""A lean Jira for a migration of any size: it keeps what verifying reads, checks what matters and costs little.

Before it is opened every call meets the strict stand-in behind. Then issues live here: making, reading, linking,
commenting, attaching, moving; what a project is like stays with the stand-in. An objection stands in the counts.
"""

import re
import zlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
import requests

from bench.fast_lane import Hot
from domain.comment_drafts import COMMENT_PROPERTY
from domain.draft_records import SOURCE_PROPERTY
from sandbox.jira_site import JiraSite, Project

MOST_CREATED, MOST_FETCHED = 50, 100
FIRST_ID = 1_000_000
OPEN, COUNTS = "/_lane/open", "/_lane/counts"
OF_ISSUE = re.compile(r"^/rest/api/3/issue/([^/?]+)(?:/([a-zA-Z]+))?(?:/|\?|$)")
LISTED = re.compile(r"\[crosswalk\.source\]\.id IN \(([\d, ]+)\)")
FILE_NAME = re.compile(rb'filename="([^"]*)"')
Json = dict[str, Any]


@dataclass(slots=True)
class Thing:
    """An issue; its fields and properties as packed JSON."""

    number: int
    type: str
    status: str
    packed: bytes
    comments: list[tuple[int, Any]] = field(default_factory=list)
    links: list[Json] = field(default_factory=list)
    files: list[Json] = field(default_factory=list)

    def unpack(self) -> tuple[Json, Json]:
        fields, properties = orjson.loads(zlib.decompress(self.packed))
        return fields, properties

    def pack(self, fields: Mapping[str, Any], properties: Mapping[str, Any]) -> None:
        self.packed = zlib.compress(orjson.dumps([fields, properties]), 1)


class LeanJira:
    """Answers the calls of a run. What COUNTS answers: calls by kind, what was written, what is doubled, objections."""

    def __init__(self) -> None:
        self._project: Json = {}
        self._workflows: Json = {}
        self._things: dict[str, Thing] = {}
        self._ids: dict[str, str] = {}  # by key
        self._sources: dict[int, list[str]] = {}
        self._next = 0
        self.calls: dict[str, int] = {}
        self.made: dict[str, int] = {}
        self.objections: list[str] = []
        self._calls: Mapping[str, tuple[str, Callable[[Json], Any]]] = {
            "/issue/bulk": ("create", self._create_all),
            "/issue": ("create", self._create),
            "/issue/bulkfetch": ("fetch", self._fetch),
            "/search/jql": ("search", self._search),
            "/issueLink": ("link", self._link),
            "/comment/list": ("comments", self._list_marks),
        }
        self._calls_on: Mapping[tuple[str, str], tuple[str, Callable[[Thing, bytes], Any]]] = {
            ("GET", ""): ("issue", self._show_whole),
            ("GET", "changelog"): ("changelog", self._list_changes),
            ("GET", "transitions"): ("transitions", self._list_steps),
            ("POST", "transitions"): ("move", self._take_step),
            ("GET", "comment"): ("comments", self._list_comments),
            ("POST", "comment"): ("comment", self._comment),
            ("POST", "attachments"): ("file", self._attach),
            ("PUT", ""): ("edit", self._edit),
        }

    def __call__(self, method: str, target: str, body: bytes) -> bytes | None:
        if target == OPEN:
            self._begin(orjson.loads(body))
            return b"{}"
        if target == COUNTS:
            return orjson.dumps(self._count())
        found = self._answer(method, target, body) if self._project else None
        kind, answer = ("passed", None) if found is None else (found[0], orjson.dumps(found[1]))
        self.calls[kind] = self.calls.get(kind, 0) + 1
        return answer

    def _begin(self, given: Json) -> None:
        """An empty project."""
        self._project, self._workflows = given["project"], given["workflows"]
        for kept in (self._things, self._ids, self._sources, self.calls, self.made, self.objections):
            kept.clear()
        self._next = 0

    def _count(self) -> Json:
        doubled = sum(sum(counts.values()) - len(counts) for counts in self._count_alike())
        return {"calls": self.calls, "made": self.made, "doubled": doubled, "objections": self.objections[:20]}

    def _count_alike(self) -> tuple[Mapping[Any, int], ...]:
        """Issues and comments by what they were made of, links by kind and ends, files by issue, name and size."""
        things = self._things.items()
        marks = Counter(orjson.dumps(mark) for _id, thing in things for _number, mark in thing.comments if mark)
        links = Counter(
            (id_, link["type"]["id"], link["outwardIssue"]["id"])
            for id_, thing in things for link in thing.links if "outwardIssue" in link
        )  # fmt: skip
        files = Counter((id_, file["filename"], file["size"]) for id_, thing in things for file in thing.files)
        return {source: len(ids) for source, ids in self._sources.items()}, marks, links, files

    def _answer(self, method: str, target: str, body: bytes) -> tuple[str, Any] | None:
        path = target.partition("?")[0].removeprefix("/rest/api/3")
        if method == "POST" and (found := self._calls.get(path)):
            kind, call = found
            return kind, call(orjson.loads(body))
        match_ = OF_ISSUE.match(target)
        thing = self._things.get(self._ids.get(match_.group(1), match_.group(1))) if match_ else None
        if match_ is None or thing is None:
            return None
        call_on = self._calls_on.get((method, match_.group(2) or ""))
        return (call_on[0], call_on[1](thing, body)) if call_on else None

    # --- making ---

    def _create_all(self, body: Json) -> Json:
        bodies = body["issueUpdates"]
        if len(bodies) > MOST_CREATED:
            self.objections.append(f"{len(bodies)} issues in one call")
        return {"issues": [self._create(one) for one in bodies], "errors": []}

    def _create(self, body: Json) -> Json:
        fields = body["fields"]
        self._check(fields)
        self._next += 1
        issue_id, key = str(FIRST_ID + self._next), f"{self._project['key']}-{self._next}"
        type_ = str(fields["issuetype"]["id"])
        workflow, moved = self._workflows[type_], None
        thing = Thing(self._next, type_, workflow["first"], b"")
        if "transition" in body:
            moved = self._move(thing, body["transition"]["id"])
        properties = {one["key"]: one["value"] for one in body.get("properties") or ()}
        thing.pack(fields, properties)
        self._things[issue_id], self._ids[key] = thing, issue_id
        self._note("issues")
        if SOURCE_PROPERTY in properties:
            self._sources.setdefault(properties[SOURCE_PROPERTY]["id"], []).append(issue_id)
        return {"id": issue_id, "key": key} | (
            {"transition": {"status": 200 if moved else 400}} if moved is not None else {}
        )

    def _check(self, fields: Json) -> None:
        """What Jira would refuse and a careless engine would send."""
        parent = fields.get("parent")
        if parent is not None and str(parent.get("id") or self._ids.get(parent.get("key"), "")) not in self._things:
            self.objections.append(f"no such parent: {parent}")
        if not 0 < len(fields.get("summary", "")) <= 255:
            self.objections.append("a title that is empty or too long")
        if str(fields["issuetype"]["id"]) not in self._workflows:
            self.objections.append(f"no such type: {fields['issuetype']}")

    def _move(self, thing: Thing, transition: str) -> bool:
        leaving = self._workflows[thing.type]["leaving"].get(thing.status, ())
        found = next((one for one in leaving if one["id"] == str(transition)), None)
        if found is not None:
            thing.status = found["to"]["id"]
        return found is not None

    def _link(self, body: Json) -> Json:
        inward, outward = (str(body[end]["id"]) for end in ("inwardIssue", "outwardIssue"))
        if not {inward, outward} <= self._things.keys():
            self.objections.append(f"no such issue to link: {inward}, {outward}")
            return {}
        self._note("links")
        place = {"id": str(self.made["links"]), "type": {"id": str(body["type"].get("id") or body["type"].get("name"))}}
        self._things[inward].links.append({**place, "outwardIssue": {"id": outward}})
        self._things[outward].links.append({**place, "inwardIssue": {"id": inward}})
        return {}

    def _note(self, kind: str) -> None:
        self.made[kind] = self.made.get(kind, 0) + 1

    # --- one issue ---

    def _show_whole(self, thing: Thing, _body: bytes) -> Json:
        return self._show(thing, ["*"], ())

    def _list_changes(self, _thing: Thing, _body: bytes) -> Json:
        return {"values": [], "total": 0, "isLast": True}

    def _list_steps(self, thing: Thing, _body: bytes) -> Json:
        return {"transitions": self._workflows[thing.type]["leaving"].get(thing.status, [])}

    def _take_step(self, thing: Thing, body: bytes) -> None:
        self._move(thing, orjson.loads(body)["transition"]["id"])

    def _list_comments(self, thing: Thing, _body: bytes) -> Json:
        listed = [{"id": str(number)} for number, _mark in thing.comments]
        return {"comments": listed, "total": len(listed), "startAt": 0, "maxResults": 100}

    def _comment(self, thing: Thing, body: bytes) -> Json:
        marks = {one["key"]: one["value"] for one in orjson.loads(body).get("properties") or ()}
        self._note("comments")
        number = self.made["comments"]
        thing.comments.append((number, marks.get(COMMENT_PROPERTY)))
        return {"id": str(number)}

    def _attach(self, thing: Thing, body: bytes) -> list[Json]:
        head, _, rest = body.partition(b"\r\n\r\n")
        self._note("files")
        name = FILE_NAME.search(head)
        size = len(rest) - len(head.partition(b"\r\n")[0]) - 6  # the boundary at the end, with two dashes more
        made = {"id": str(self.made["files"]), "filename": name.group(1).decode() if name else "", "size": size}
        thing.files.append(made)
        return [made]

    def _edit(self, thing: Thing, body: bytes) -> None:
        fields, properties = thing.unpack()
        sent = orjson.loads(body)
        fields |= sent.get("fields") or {}
        thing.pack(fields, properties | {one["key"]: one["value"] for one in sent.get("properties") or ()})

    # --- reading ---

    def _fetch(self, wish: Json) -> Json:
        names = wish["issueIdsOrKeys"]
        if len(names) > MOST_FETCHED:
            self.objections.append(f"{len(names)} issues read in one call")
        found = [thing for name in names if (thing := self._things.get(self._ids.get(name, name)))]
        return {"issues": [self._show(one, wish.get("fields") or (), wish.get("properties") or ()) for one in found]}

    def _show(self, thing: Thing, names: Sequence[str], marks: Sequence[str]) -> Json:
        fields, properties = thing.unpack()
        fields |= {"status": {"id": thing.status}, "project": {"id": self._project["id"]}, "issuelinks": thing.links,
                   "attachment": thing.files, "comment": {"total": len(thing.comments), "comments": []}}  # fmt: skip
        shown = fields if "*" in names or "*all" in names else {name: fields.get(name) for name in names}
        kept = {name: properties[name] for name in marks if name in properties}
        key = f"{self._project['key']}-{thing.number}"
        return {"id": str(FIRST_ID + thing.number), "key": key, "fields": shown, "properties": kept}

    def _search(self, wish: Json) -> Json:
        """By work items; else the newest issues, as far as anybody asks for them here."""
        names, marks = wish.get("fields") or (), wish.get("properties") or ()
        if found := LISTED.search(wish["jql"]):
            wanted = [one for number in found.group(1).split(",") for one in self._sources.get(int(number), ())]
        else:
            wanted = list(self._things)[-1:] if "ORDER BY" in wish["jql"] else list(self._things)[:1]
        return {"issues": [self._show(self._things[one], names, marks) for one in wanted]}

    def _list_marks(self, wish: Json) -> Json:
        wanted = set(wish["ids"])
        found = [pair for thing in self._things.values() for pair in thing.comments if pair[0] in wanted]
        return {"values": [
            {"id": str(number), "properties": [{"key": COMMENT_PROPERTY, "value": mark}] if mark else []}
            for number, mark in found
        ]}  # fmt: skip


def open_project(address: str, site: JiraSite, project: Project) -> None:
    """Hand the project's workflows to the lane at `address` and let it have the issues."""
    scheme, catalogue = site.tracker.scheme(project.id), site.tracker.catalogue
    workflows = {}
    for type_ in scheme.types:
        workflow = scheme.workflow(type_.id)
        leaving = {
            status.id: [
                {"id": one.id, "name": one.name, "to": {"id": one.to, "name": catalogue.statuses[one.to].name},
                 "isGlobal": not one.sources, "isAvailable": True}
                for one in workflow.leaving(status.id) if not one.hidden and not one.screen
            ]
            for status in workflow.statuses
        }  # fmt: skip
        workflows[type_.id] = {"first": workflow.initial.id, "leaving": leaving}
    body = {"project": {"id": project.id, "key": project.key}, "workflows": workflows}
    requests.post(address + OPEN, data=orjson.dumps(body), timeout=30).raise_for_status()


def make_lean_jira() -> Hot:
    return LeanJira()
