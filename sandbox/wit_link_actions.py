"""Links between work items, to addresses, and files.

https://learn.microsoft.com/azure/devops/organizations/settings/work/object-limits
"""

from dataclasses import replace

from sandbox.ado_errors import bad_request
from sandbox.ado_model import User
from sandbox.wit_errors import circle, second_parent
from sandbox.wit_item_actions import WorkItemActions
from sandbox.wit_model import ARTIFACT, ATTACHED, HYPERLINK, Relation, StoredFile, Update, WorkItem
from sandbox.wit_relations import is_remote, link_ends, opposite_end, relation_name

MOST_FILES, MOST_LINKS, MOST_BYTES = 100, 1_000, 60 * 1024 * 1024


class WorkLinkActions(WorkItemActions):
    """A link is made on one work item, which gets a revision; the other end gets an update without one."""

    def link_work_items(
        self, source: int, rel: str, target: int, *, comment: str = "", user: str | User | None = None
    ) -> Relation:  # fmt: skip
        """`rel` is what the target is to the source: `System.LinkTypes.Hierarchy-Reverse` makes it the parent.

        Raises AdoError (400): a second parent, a circle, a link that is there already, over the limit.
        """
        with self.lock:
            item, other, person = self.open_item(source), self.open_item(target), self.find_user(user)
            self._check_link(item, rel, other)
            update = self.write_update(item, person, {})
            made = Relation(rel, target, update.date, comment=comment)
            update.added = (made,)
            date = max(update.date, other.updates[-1].date)
            back = replace(made, rel=opposite_end(rel), target=source)
            other.updates.append(Update(other.rev, date, person, added=(back,)))
            self.work.links.append(rel, source, target, update.date, active=True)
            return made

    def unlink_work_items(
        self, source: int, rel: str, target: int, *, user: str | User | None = None
    ) -> Relation:  # fmt: skip
        """Take a link away from both ends."""
        with self.lock:
            item, other, person = self.open_item(source), self.open_item(target), self.find_user(user)
            wanted = Relation(rel, target, item.updates[-1].date)
            if not any(one.is_same(wanted) for one in item.relations_at()):
                raise bad_request(f"TF201079: There is no {relation_name(rel) or rel} link to work item {target}.")
            update = self.write_update(item, person, {})
            update.removed = (wanted,)
            back = replace(wanted, rel=opposite_end(rel), target=source)
            date = max(update.date, other.updates[-1].date)
            other.updates.append(Update(other.rev, date, person, removed=(back,)))
            self.work.links.append(rel, source, target, update.date, active=False)
            return wanted

    def _check_link(self, item: WorkItem, rel: str, other: WorkItem) -> None:
        known = link_ends().get(rel)
        if known is None or is_remote(rel):
            raise bad_request(f"VS402635: The link type {rel} is not known.")
        kind, end = known
        relations = item.relations_at()
        if any((one.rel, one.target) == (rel, other.id) for one in relations):
            raise bad_request(f"TF201034: A {end} link to work item {other.id} is there already.")
        if len(relations) >= MOST_LINKS:
            raise bad_request(f"VS402636: A work item has at most {MOST_LINKS} links.")
        if item is other:
            raise circle(item.id, other.id, end)
        if kind.topology == "tree":
            child = item if rel.endswith("-Reverse") else other
            if any(one.rel == f"{kind.ref}-Reverse" for one in child.relations_at()):
                raise second_parent(item.id, other.id, end)
        if kind.topology != "network" and self._reaches(other.id, rel, item.id):
            raise circle(item.id, other.id, end)

    def _reaches(self, start: int, rel: str, wanted: int) -> bool:
        """Whether one may go from a work item to another along one kind of link."""
        waiting, seen = [start], {start}
        while waiting:
            for one in self.work.find(waiting.pop()).relations_at():
                if one.rel != rel or not isinstance(one.target, int) or one.target in seen:
                    continue
                if one.target == wanted:
                    return True
                seen.add(one.target)
                waiting.append(one.target)
        return False

    def add_hyperlink(self, number: int, url: str, *, comment: str = "", user: str | User | None = None) -> Relation:
        return self._add_resource(number, HYPERLINK, url, comment=comment, user=user)

    def add_artifact_link(
        self, number: int, url: str, name: str, *, comment: str = "", user: str | User | None = None
    ) -> Relation:  # fmt: skip
        """To a commit, pull request, build or other thing (`vstfs:///...`); `name` is the link type."""
        if not url.startswith("vstfs:///"):
            raise bad_request(f"VS402637: '{url}' is not the address of an artifact.")
        return self._add_resource(number, ARTIFACT, url, name=name, comment=comment, user=user)

    def add_remote_link(
        self, number: int, rel: str, url: str, *, comment: str = "", user: str | User | None = None
    ) -> Relation:  # fmt: skip
        """To a work item of another organization."""
        if not is_remote(rel) or rel not in link_ends():
            raise bad_request(f"VS402635: The link type {rel} is not known.")
        return self._add_resource(number, rel, url, comment=comment, user=user)

    def _add_resource(
        self, number: int, rel: str, url: str, *, name: str = "", comment: str, user: str | User | None
    ) -> Relation:  # fmt: skip
        with self.lock:
            item, person = self.open_item(number), self.find_user(user)
            relations = item.relations_at()
            if any((one.rel, one.target) == (rel, url) for one in relations):
                raise bad_request(f"VS402638: The link to {url} is there already.")
            if len(relations) >= MOST_LINKS:
                raise bad_request(f"VS402636: A work item has at most {MOST_LINKS} links.")
            update = self.write_update(item, person, {})
            made = Relation(rel, url, update.date, name, comment, next(self.work.relation_numbers))
            update.added = (made,)
            return made

    def upload_file(self, name: str, *, content: str | bytes | None = None, size: int = 0) -> StoredFile:
        """A file that no work item has yet, as an image pasted into a text; made up with `size` but no content."""
        with self.lock:
            data = content.encode() if isinstance(content, str) else content
            length = size if data is None else len(data)
            if length > MOST_BYTES:
                raise bad_request("TF237079: The file is larger than the maximum of 60 MB.")
            made = StoredFile(self.work.new_guid(), name, length, data)
            self.work.files[made.id] = made
            return made

    def attach_file(
        self, number: int, name: str, *, content: str | bytes | None = None, size: int = 0, comment: str = "",
        user: str | User | None = None,
    ) -> Relation:  # fmt: skip
        """Upload a file and attach it. Raises AdoError over the limits: 100 files of 60 MB."""
        with self.lock:
            item, person = self.open_item(number), self.find_user(user)
            if sum(one.rel == ATTACHED for one in item.relations_at()) >= MOST_FILES:
                raise bad_request(f"VS402639: A work item has at most {MOST_FILES} attachments.")
            file = self.upload_file(name, content=content, size=size)
            update = self.write_update(item, person, {})
            number_of = next(self.work.relation_numbers)
            made = Relation(ATTACHED, file.id, update.date, name, comment, number_of, file.size)
            update.added = (made,)
            return made

    def detach_file(self, number: int, file: str, *, user: str | User | None = None) -> Relation:
        """By the id of the file, which stays where it is."""
        with self.lock:
            item = self.open_item(number)
            found = next((one for one in item.relations_at() if (one.rel, one.target) == (ATTACHED, file)), None)
            if found is None:
                raise bad_request(f"TF237082: The attachment {file} does not exist.")
            self.write_update(item, self.find_user(user), {}).removed = (found,)
            return found
