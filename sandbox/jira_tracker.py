"""The issues of one site with everything on them. Views read and write here; nothing here knows HTTP."""

import itertools
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from sandbox.jira_agile_model import Agile
from sandbox.jira_issue_record import Change, Comment, File, Item, Link, Record, State, Text, Worklog, jira_time
from sandbox.jira_issue_text import TextKeeper
from sandbox.jira_permissions import APPS, PROJECT, Permissions
from sandbox.jira_quota import Quota
from sandbox.jira_scheme import Scheme
from sandbox.jira_scheme_seed import Catalogue, Wanted, make_scheme
from sandbox.jira_search_index import SearchIndex, declared_by

if TYPE_CHECKING:
    from sandbox.jira_site import Issue, JiraSite

CREATED = 1_709_544_600.0  # 2024-03-04T09:30Z: when the issues of a seeded site were made
GIGABYTE = 1_073_741_824
SALTS = 97


@dataclass(slots=True)
class IssueLimits:
    """How many of a kind one issue may have: support.atlassian.com, "data limits and guardrails".

    `fetched`: issues in one answer of `bulkfetch`; Jira leaves some out when they are too large together, and names no
    size.
    """

    comments: int = 5_000
    worklogs: int = 5_000
    attachments: int = 2_000
    links: int = 2_000
    remote_links: int = 2_000
    properties: int = 100
    fetched: int = 100


class LimitReached(Exception):
    """One too many of a kind on one issue."""

    def __init__(self, what: str, limit: int) -> None:
        super().__init__(f"The issue has reached the limit of {limit} {what}.")


@dataclass(slots=True)
class Part:
    """A component or a version of a project."""

    id: str
    project: str  # id
    name: str
    details: Mapping[str, Any] = field(default_factory=dict)


class IssueTracker:
    """Records by issue id. Writers hold `site.lock`."""

    def __init__(self, site: "JiraSite") -> None:
        self.site = site
        self.clock: Callable[[], float] = time.time
        self.catalogue = Catalogue(zlib.crc32(site.cloud_id.encode()) % SALTS)
        self.texts = TextKeeper()
        self.permissions = Permissions()
        self.quota = Quota()
        self.agile = Agile()
        self.index = SearchIndex(self.now)
        self.limits = IssueLimits()
        self.upload_limit = GIGABYTE
        self.keep_files = False
        self.records: dict[str, Record] = {}
        self.links: dict[str, Link] = {}
        self.comment_homes: dict[str, str] = {}  # comment id -> issue id
        self.files: dict[str, tuple[str, File]] = {}  # file id -> issue id, file
        self.components: dict[str, Part] = {}
        self.versions: dict[str, Part] = {}
        self.archived_projects: set[str] = set()
        self.default_assignees: dict[str, str] = {}  # project id -> account
        self.pages: dict[str, Any] = {}  # search pages by token
        self._children: dict[str, dict[str, None]] = {}
        self._schemes: dict[str, Scheme] = {}
        self._ids: Iterator[int] = itertools.count(10_000)
        self._rank: Iterator[int] = itertools.count(1)

    def now(self) -> float:
        return self.clock()

    def new_id(self) -> str:
        """For comments, files, worklogs, links and changes."""
        return str(next(self._ids))

    def set_scheme(self, project_id: str, scheme: Scheme) -> None:
        self._schemes[project_id] = scheme

    def scheme(self, project_id: str) -> Scheme:
        """A project that nobody set up is company-managed."""
        found = self._schemes.get(project_id)
        if found is None:
            found = self._schemes[project_id] = make_scheme(self.catalogue, Wanted(), project_id)
        return found

    def record(self, id_or_key: str) -> Record | None:
        """By id, key or a former key."""
        issue = self.site.find_issue(id_or_key)
        return self.records.get(issue.id) if issue else None

    def issue(self, record: Record) -> "Issue":
        """Key, project and summary of now."""
        return self.site.issues_by_id[record.id]

    def follow(self, issue: "Issue") -> None:
        """Take over an issue that the site made, renamed or moved."""
        project = self.site.projects[issue.project]
        known = self.records.get(issue.id)
        if known is None:
            scheme = self.scheme(project.id)
            type_ = scheme.type(issue.type) or scheme.types[-1]
            state = State(
                project.id, type_.id, scheme.workflow(type_.id).initial.id, {"summary": issue.summary}, {}, CREATED
            )
            known = Record(issue.id, CREATED, "", state, float(next(self._rank)))
            self.records[issue.id] = known
        elif known.state.project == project.id:
            return
        else:
            known.state = replace(known.state, project=project.id)
        self.index.note(issue.id, known.state)

    def add(self, project_key: str, creator: str, state: State) -> Record:
        """A new issue with the project's next number. The caller has checked everything."""
        with self.site.lock:
            scheme = self.scheme(state.project)
            type_ = scheme.type(state.type)
            issue = self.site.add_issue(project_key, str(state.fields["summary"]), type_.name if type_ else "Task")
            record = self.records[issue.id]
            record.created, record.creator, record.state = state.updated, creator, state
            self._adopt(record, None)
            self.index.note(issue.id, state)
            return record

    def write(
        self,
        record: Record,
        actor: str,
        items: tuple[Item, ...] = (),
        *,
        metadata: Mapping[str, Any] | None = None,
        **changes: Any,
    ) -> None:
        """Replace parts of the state and keep what changed; every write counts as an update."""
        now, before = self.now(), record.parent
        record.state = replace(record.state, updated=now, **changes)
        self._adopt(record, before)
        if items:
            record.changes.append(Change(self.new_id(), actor, now, items, metadata))
        if "fields" in changes:
            self.site.rename_issue(record.id, record.summary)
        self.index.note(record.id, None if record.archived else record.state)

    def add_comment(
        self,
        record: Record,
        author: str,
        body: Text,
        properties: Mapping[str, Any] | None = None,
        visibility: Mapping[str, Any] | None = None,
    ) -> Comment:
        """Raises LimitReached."""
        if len(record.comments) >= self.limits.comments:
            raise LimitReached("comments", self.limits.comments)
        now = self.now()
        made = Comment(self.new_id(), author, body, now, now, properties or {}, visibility)
        record.comments.append(made)
        self.comment_homes[made.id] = record.id
        self.write(record, author)
        return made

    def add_worklog(self, record: Record, author: str, *, started: str, seconds: int, comment: Text | None) -> Worklog:
        """Raises LimitReached."""
        if len(record.worklogs) >= self.limits.worklogs:
            raise LimitReached("worklogs", self.limits.worklogs)
        now = self.now()
        made = Worklog(self.new_id(), author, started or jira_time(now), seconds, now, comment)
        record.worklogs.append(made)
        self.write(record, author)
        return made

    def archive(self, id_or_key: str) -> None:
        """An archived issue can be read by its key but neither found nor changed. Raises KeyError."""
        record = self.record(id_or_key)
        if record is None:
            raise KeyError(id_or_key)
        record.archived = True
        self.index.note(record.id, None)

    def remove(self, record: Record) -> None:
        """Delete an issue with everything on it."""
        with self.site.lock:
            for link in list(record.links):
                self.unlink(link)
            for file in record.files:
                self.files.pop(file.id, None)
            for comment in record.comments:
                self.comment_homes.pop(comment.id, None)
            del self.records[record.id]
            self._children.get(record.parent or "", {}).pop(record.id, None)
            self.site.remove_issue(record.id)
            self.index.note(record.id, None)

    def unlink(self, link: Link) -> None:
        self.links.pop(link.id, None)
        for end in {link.inward, link.outward}:
            record = self.records.get(end)
            if record:
                record.links.remove(link)

    def children(self, record: Record) -> list[Record]:
        """The issues right below this one."""
        return [self.records[child] for child in self._children.get(record.id, ())]

    def _adopt(self, record: Record, before: str | None) -> None:
        if record.parent != before:
            self._children.get(before or "", {}).pop(record.id, None)
            self._children.setdefault(record.parent or "", {})[record.id] = None

    def allows(self, account: str, permission: str, project_id: str) -> bool:
        """Whether a person or an app has a project permission. Raises KeyError for one that Jira does not have."""
        admins_only = PROJECT[permission]
        if account.startswith("app-"):
            denied = self.permissions.denied
            return not (denied(APPS, project_id, permission) or denied(account, project_id, permission))
        person = self.site.people.get(account)
        if person is None or person.admin:
            return person is not None
        return not admins_only and not self.permissions.denied(account, project_id, permission)

    def sees(self, account: str, record: Record) -> bool:
        """Whether a person or an app may see an issue."""
        hidden = self.permissions.hides(account, record.id)
        return not hidden and self.allows(account, "BROWSE_PROJECTS", record.state.project)

    def administers(self, account: str) -> bool:
        """Whether a person or an app administers Jira; an app does with the scope ADMIN."""
        if account.startswith("app-"):
            app = self.site.installations.get(account.removeprefix("app-"))
            return app is not None and "ADMIN" in app.scopes
        person = self.site.people.get(account)
        return person is not None and person.admin

    def declare_properties(self) -> None:
        """Read from the installed apps which properties can be searched."""
        apps = [one for one in self.site.installations.values() if one.installed]
        self.index.declare(found for app in apps for found in declared_by(app.descriptor))
