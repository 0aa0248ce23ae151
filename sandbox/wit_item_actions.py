"""What people do to work items: make, edit, move, comment, delete and restore them."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sandbox.ado_errors import bad_request
from sandbox.ado_model import User
from sandbox.wit_errors import UNSAVED, no_comment, no_type, no_work_item, rule_error
from sandbox.wit_fields import COMMON, DEFAULT_VALUES, LONG_TYPES, all_fields, find_field
from sandbox.wit_inputs import InputReader
from sandbox.wit_model import CommentVersion, Fields, TextFormat, Update, WorkComment, WorkItem
from sandbox.wit_process import WorkType
from sandbox.wit_tree_actions import WorkTreeActions

MOST_REVISIONS = 10_000
TICK = timedelta(milliseconds=3)  # times of SQL Server, to which the service rounds
STAMPS = {"InProgress": "Activated", "Resolved": "Resolved", "Completed": "Closed"}


class WorkItemActions(WorkTreeActions):
    """Fields go by name or reference name, people by id, mail or name; without a user it is the first person."""

    def create_work_item(
        self, project: str, type: str, fields: Mapping[str, Any] | None = None, *, user: str | User | None = None,
        formats: Mapping[str, TextFormat] | None = None,
    ) -> WorkItem:  # fmt: skip
        """A new work item; its title is one of the fields. Raises AdoError for what the type does not take."""
        with self.lock:
            home = self.find_project(project)
            kind = self.work.process_of(home).find_type(type)
            if kind is None or kind.disabled:
                raise no_type(type, home.id)
            reader = InputReader(self, home, kind, UNSAVED)
            first: Fields = {
                "System.TeamProject": home, "System.WorkItemType": kind.name, "System.Reason": "New",
                "System.AreaPath": self.work.root(home, "area"),
                "System.IterationPath": self.work.root(home, "iteration"),
            }  # fmt: skip
            defaults = reader.read({ref: value for ref, value in DEFAULT_VALUES.items() if ref in kind.fields})
            given = reader.read(fields or {})
            values = first | {"System.State": kind.states[0].name} | defaults | given
            reader.check_required(values)
            now, person = self.clock.now(), self.find_user(user)
            values[COMMON + "StateChangeDate"] = now
            item = WorkItem(self.work.next_id(), [Update(1, now, person, drop_empty(values))])
            set_formats(item, formats or {})
            self.work.add(item)
            self.work.revisions.append(item.id, 1, now)
            return item

    def edit_work_item(
        self, number: int, fields: Mapping[str, Any], *, user: str | User | None = None,
        formats: Mapping[str, TextFormat] | None = None,
    ) -> WorkItem:  # fmt: skip
        """Change fields; a change of nothing is no revision. Raises AdoError for what the type does not take."""
        with self.lock:
            item = self.open_item(number)
            kind = self.work.type_of(item)
            given = InputReader(self, item.project, kind, number).read(fields)
            changed = {ref: value for ref, value in given.items() if item.value(ref) != value}
            if not changed and not formats:
                return item
            if changed.get("System.Title", "") is None:
                raise rule_error("Title", "Required, HasValues, InvalidEmpty")
            person = self.find_user(user)
            if "System.State" in changed:
                changed |= self._state_fields(kind, str(changed["System.State"]), person)
            set_formats(item, formats or {})
            self.write_update(item, person, changed)
            return item

    def _state_fields(self, kind: WorkType, state: str, person: User) -> Fields:
        """What the service fills in itself when the state changes."""
        found = kind.find_state(state)
        word = STAMPS.get(found.category if found else "")
        filled: Fields = {"System.Reason": f"Moved to state {state}", COMMON + "StateChangeDate": self.clock.source()}
        if word:
            filled |= {COMMON + f"{word}Date": self.clock.source(), COMMON + f"{word}By": person}
        return {ref: value for ref, value in filled.items() if ref in kind.fields}

    def move_work_item(
        self, number: int, *, area: str | None = None, iteration: str | None = None, project: str | None = None,
        type: str | None = None, user: str | User | None = None,
    ) -> WorkItem:  # fmt: skip
        """To another area or iteration (paths below the root), another project, or another type."""
        with self.lock:
            item = self.open_item(number)
            home = self.find_project(project) if project else item.project
            kind = self.work.process_of(home).find_type(type or item.type)
            if kind is None or kind.disabled:
                raise no_type(type or item.type, home.id)
            changed: Fields = {}
            if home is not item.project:
                changed["System.TeamProject"] = home
            if kind.name != item.type:
                changed["System.WorkItemType"] = kind.name
            if kind.find_state(str(item.value("System.State"))) is None:
                changed["System.State"] = kind.states[0].name
            if area is not None or home is not item.project:
                changed["System.AreaPath"] = self.work.find_node(home, "area", area or "")
            if iteration is not None or home is not item.project:
                changed["System.IterationPath"] = self.work.find_node(home, "iteration", iteration or "")
            self.write_update(item, self.find_user(user), changed)
            return item

    def comment_work_item(
        self, number: int, text: str, *, format: TextFormat = "html", user: str | User | None = None
    ) -> WorkComment:  # fmt: skip
        """A comment is a revision too."""
        with self.lock:
            item, person = self.open_item(number), self.find_user(user)
            update = self.write_update(item, person, {"System.History": text})
            first = CommentVersion(1, text, person, update.date, format)
            made = WorkComment(self.work.next_comment(), number, update.rev, [first])
            item.comments.append(made)
            return made

    def edit_work_comment(
        self, number: int, comment: int, text: str, *, user: str | User | None = None
    ) -> WorkComment:  # fmt: skip
        """A new version; the work item gets a revision without a text of history."""
        with self.lock:
            item, person = self.open_item(number), self.find_user(user)
            found = self._find_comment(item, comment)
            update = self.write_update(item, person, {})
            found.versions.append(
                CommentVersion(found.last.number + 1, text, person, update.date, found.last.format)
            )  # fmt: skip
            return found

    def delete_work_comment(self, number: int, comment: int, *, user: str | User | None = None) -> WorkComment:
        with self.lock:
            item = self.open_item(number)
            found = self._find_comment(item, comment)
            found.deleted = True
            self.write_update(item, self.find_user(user), {})
            return found

    def _find_comment(self, item: WorkItem, comment: int) -> WorkComment:
        found = self.work.find_comment(item, comment)
        if found is None or found.deleted:
            raise no_comment(comment, item.id)
        return found

    def delete_work_item(self, number: int, *, user: str | User | None = None) -> WorkItem:
        """Into the recycle bin; its links are hidden as long as it is there."""
        with self.lock:
            item, person = self.open_item(number), self.find_user(user)
            update = self.write_update(item, person, {"System.IsDeleted": True})
            item.deleted = (update.date, person)
            self._log_links(item, active=False)
            return item

    def restore_work_item(self, number: int, *, user: str | User | None = None) -> WorkItem:
        """Out of the recycle bin, with its links."""
        with self.lock:
            item = self.work.open(number)
            if item.deleted is None:
                raise bad_request(f"VS402364: Work item {number} is not in the recycle bin.")
            item.deleted = None
            self.write_update(item, self.find_user(user), {"System.IsDeleted": None})
            self._log_links(item, active=True)
            return item

    def destroy_work_item(self, number: int) -> WorkItem:
        """For ever: nothing tells of it any more."""
        with self.lock:
            item = self.work.open(number)
            self._log_links(item, active=False)
            self.work.destroyed.add(number)
            del self.work.kept[number]
            return item

    def _log_links(self, item: WorkItem, *, active: bool) -> None:
        now = self.clock.now()
        for one in item.relations_at():
            if isinstance(one.target, int) and not self.work.is_deleted(one.target):
                self.work.links.append(one.rel, item.id, one.target, now, active=active)

    def open_item(self, number: int) -> WorkItem:
        """To change it. Raises AdoError (404) for a deleted one too."""
        found = self.work.open(number)
        if found.deleted:
            raise no_work_item(number)
        return found

    def write_update(self, item: WorkItem, user: User, fields: Fields) -> Update:
        """A new revision, later than the one before."""
        if item.rev >= MOST_REVISIONS:
            text = f"VS403690: Work item {item.id} has {item.rev} revisions, but only {MOST_REVISIONS} are supported."
            raise bad_request(text)
        moment = max(self.clock.now(), item.updates[-1].date + TICK)
        update = Update(item.rev + 1, moment, user, fields)
        item.updates.append(update)
        self.work.revisions.append(item.id, update.rev, moment)
        return update


def drop_empty(values: Fields) -> Fields:
    return {ref: value for ref, value in values.items() if value is not None}


def set_formats(item: WorkItem, formats: Mapping[str, TextFormat]) -> None:
    """Long texts may become Markdown, and never HTML again. Raises AdoError (400)."""
    for name, kind in formats.items():
        field = find_field(name)
        if field is None or all_fields()[field.ref].type not in LONG_TYPES:
            raise bad_request(f"The field {name} has no format.")
        if item.formats.get(field.ref) == "markdown" and kind == "html":
            raise bad_request(f"The field {name} is Markdown for good.")
        if kind == "markdown":
            item.formats[field.ref] = kind
