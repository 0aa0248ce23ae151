"""The state of one Jira site, in memory: projects, issues, people, installed apps, credentials, development data."""

import itertools
import random
import secrets
import threading
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

from sandbox.jira_keys import InstallKeys
from sandbox.jira_limits import BurstLimits
from sandbox.jira_register import AccountRegister
from sandbox.jira_store import DevStore
from sandbox.jira_tokens import context_claims, page_claims, sign, signed_address
from sandbox.jira_tracker import IssueTracker

PROJECTS = (("SHOP", "Shop"), ("OPS", "Operations"), ("APP_X", "App X"))
NOUNS = ("basket", "checkout", "invoice", "label", "login", "parcel", "price", "report", "search", "stock")
VERBS = ("Repair", "Speed up", "Explain", "Rework", "Test", "Replace", "Document", "Move")
ISSUE_TYPES = ("Story", "Task", "Bug")


@dataclass(frozen=True, slots=True)
class Person:
    """A user of the site."""

    account_id: str
    name: str
    email: str
    admin: bool = False
    active: bool = True
    shows_email: bool = True  # their own choice of privacy
    kind: str = "atlassian"  # or app, customer


@dataclass(frozen=True, slots=True)
class Project:
    id: str
    key: str
    name: str


@dataclass(frozen=True, slots=True)
class Issue:
    id: str
    key: str
    project: str
    summary: str
    type: str = "Task"


@dataclass(slots=True)
class Installation:
    """An app on this site. The client key stays for good, the secret is new with every install."""

    key: str
    client_key: str
    shared_secret: str
    descriptor: Mapping[str, Any]
    enabled: bool = False
    installed: bool = True

    @property
    def base_url(self) -> str:
        return str(self.descriptor["baseUrl"]).rstrip("/")

    @property
    def scopes(self) -> frozenset[str]:
        return frozenset(self.descriptor.get("scopes", ()))

    @property
    def modules(self) -> frozenset[str]:
        return frozenset(self.descriptor.get("modules", {}))


@dataclass(slots=True)
class JiraSite:
    """One site. `base_url` has no trailing slash; `violations` are calls and answers that break a rule."""

    cloud_id: str
    people: dict[str, Person]
    keys: InstallKeys = field(default_factory=InstallKeys)
    base_url: str = ""
    projects: dict[str, Project] = field(default_factory=dict)
    issues: dict[str, Issue] = field(default_factory=dict)
    issues_by_id: dict[str, Issue] = field(default_factory=dict)
    former_keys: dict[str, str] = field(default_factory=dict)  # of issues -> issue id
    former_projects: dict[str, str] = field(default_factory=dict)  # former project key -> project id
    former_addresses: list[str] = field(default_factory=list)
    limits: BurstLimits | None = None
    accounts: AccountRegister = field(default_factory=AccountRegister)
    numbers: dict[str, int] = field(default_factory=dict)  # the last issue number by project
    installations: dict[str, Installation] = field(default_factory=dict)
    credentials: dict[str, str] = field(default_factory=dict)
    development: DevStore = field(default_factory=DevStore)
    violations: list[dict[str, Any]] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock)
    tracker: IssueTracker = field(init=False)
    issue_ids: Iterator[int] = field(default_factory=lambda: itertools.count(20_000))

    def __post_init__(self) -> None:
        self.tracker = IssueTracker(self)
        self.development.id_of = self._id_of
        self.development.key_of = self._key_of

    @classmethod
    def seeded(
        cls,
        seed: int = 1,
        projects: Sequence[tuple[str, str]] = PROJECTS,
        issues_per_project: int = 20,
        keys: InstallKeys | None = None,
    ) -> Self:
        """A site that is the same for the same seed, but for its signing keys and secrets."""
        draw = random.Random(seed)
        people = [
            Person(f"{draw.getrandbits(96):024x}", "Ada Admin", "ada@example.com", admin=True),
            Person(f"{draw.getrandbits(96):024x}", "Mel Member", "mel@example.com"),
        ]
        cloud_id = str(uuid.UUID(int=draw.getrandbits(128), version=4))
        site = cls(cloud_id, {person.account_id: person for person in people}, keys or InstallKeys())
        for key, name in projects:
            site.projects[key] = Project(str(10_000 + len(site.projects)), key, name)
            for _ in range(issues_per_project):
                site.add_issue(key, f"{draw.choice(VERBS)} the {draw.choice(NOUNS)}", draw.choice(ISSUE_TYPES))
        return site

    @property
    def lag_ms(self) -> int:
        """How long accepted development information stays invisible."""
        return self.development.lag_ms

    @lag_ms.setter
    def lag_ms(self, milliseconds: int) -> None:
        self.development.lag_ms = milliseconds

    @property
    def admin(self) -> Person:
        return next(person for person in self.people.values() if person.admin)

    @property
    def member(self) -> Person:
        return next(person for person in self.people.values() if not person.admin)

    def add_issue(self, project: str, summary: str, kind: str = "Task") -> Issue:
        """A new issue with the next number. Raises KeyError for an unknown project."""
        with self.lock:
            known = self.projects[project]
            number = self.numbers[project] = self.numbers.get(project, 0) + 1
            issue = Issue(str(next(self.issue_ids)), f"{known.key}-{number}", known.key, summary, kind)
            self._keep_issue(issue)
        return issue

    def issue_keys(self) -> list[str]:
        return list(self.issues)

    def find_issue(self, id_or_key: str) -> Issue | None:
        """By id, key, or a key it had before."""
        key = id_or_key.upper()
        return (
            self.issues.get(key)
            or self.issues_by_id.get(id_or_key)
            or self.issues_by_id.get(self.former_keys.get(key, ""))
        )

    def find_project(self, id_or_key: str) -> Project | None:
        """By id, key, or a key it had before."""
        wanted = {id_or_key, self.former_projects.get(id_or_key, "")}
        found = self.projects.get(id_or_key)
        return found or next((project for project in self.projects.values() if project.id in wanted), None)

    def rename_project(self, old: str, new: str) -> Project:
        """Give a project another key. Its issues follow and are still found by their former keys.

        Raises KeyError for an unknown project and ValueError for a key that is taken.
        """
        with self.lock:
            if new in self.projects:
                raise ValueError(f"the key {new} is taken")
            known = self.projects.pop(old)
            self.projects[new] = replace(known, key=new)
            self.former_projects[old] = known.id
            self.numbers[new] = self.numbers.pop(old, 0)
            for issue in [one for one in self.issues.values() if one.project == old]:
                self._change_key(issue, f"{new}-{issue.key.rpartition('-')[2]}", new)
            return self.projects[new]

    def move_issue(self, key: str, project: str) -> Issue:
        """To another project, where it gets the next number; its id stays. Raises KeyError."""
        with self.lock:
            issue, home = self.issues[key], self.projects[project]
            number = self.numbers[project] = self.numbers.get(project, 0) + 1
            return self._change_key(issue, f"{home.key}-{number}", home.key)

    def _change_key(self, issue: Issue, key: str, project: str) -> Issue:
        del self.issues[issue.key]
        self.former_keys[issue.key] = issue.id
        return self._keep_issue(replace(issue, key=key, project=project))

    def _keep_issue(self, issue: Issue) -> Issue:
        self.issues[issue.key] = self.issues_by_id[issue.id] = issue
        self.tracker.follow(issue)
        return issue

    def rename_issue(self, issue_id: str, summary: str) -> None:
        """Give an issue another summary. Raises KeyError."""
        with self.lock:
            known = self.issues_by_id[issue_id]
            if known.summary != summary:
                self._keep_issue(replace(known, summary=summary))

    def remove_issue(self, issue_id: str) -> None:
        """Forget an issue; its key and its id are not given again. Raises KeyError."""
        with self.lock:
            del self.issues[self.issues_by_id.pop(issue_id).key]

    def _id_of(self, key: str) -> str:
        found = self.find_issue(key)
        return found.id if found else key

    def _key_of(self, name: str) -> str:
        found = self.issues_by_id.get(name)
        return found.key if found else name

    def known_issues(self, references: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The ids of issues named by key or id, and the names this site does not know.

        A key must be written as it is now: development information is not taken for a former key.
        """
        by_key = {name: self.issues[name].id for name in references if name in self.issues}
        known = [by_key.get(name, name) for name in references if name in by_key or name in self.issues_by_id]
        unknown = [name for name in references if name not in by_key and name not in self.issues_by_id]
        return tuple(dict.fromkeys(known)), tuple(unknown)

    def installation(self, addon_key: str | None = None) -> Installation:
        """The app of this key, or the only one. Raises KeyError when it is not installed."""
        present = [app for app in self.installations.values() if app.installed and addon_key in {None, app.key}]
        if not present:
            raise KeyError(f"no app {addon_key or ''} is installed")
        return present[0]

    def add_credentials(self) -> tuple[str, str]:
        """New OAuth credentials as a site admin makes them: client id and secret."""
        with self.lock:
            client_id = f"site-app-{len(self.credentials) + 1}"
            self.credentials[client_id] = secrets.token_urlsafe(32)
            return client_id, self.credentials[client_id]

    def page_url(self, addon_key: str | None, module_url: str, account_id: str) -> str:
        """The address with which Jira loads a page of the app: signed for that page, valid for three minutes."""
        app = self.installation(addon_key)
        path = module_url.removeprefix(app.base_url)
        return signed_address(
            app.base_url, path, lambda url: sign(page_claims(app.client_key, account_id, url), app.shared_secret)
        )

    def context_token(self, addon_key: str | None, account_id: str) -> str:
        """What `AP.context.getToken()` gives to a page: for the app's JSON API only, valid for 15 minutes."""
        app = self.installation(addon_key)
        return sign(context_claims(app.client_key, account_id), app.shared_secret)

    def panel(self, issue_key: str) -> dict[str, list[dict[str, Any]]]:
        """What the development panel of an issue shows: commits, branches, pullRequests, builds, deployments."""
        return self.development.panel(issue_key)

    def snapshot(self) -> dict[str, Any]:
        """The complete final development data by provider, kind and id, comparable between two runs."""
        return self.development.snapshot()

    def violate(self, what: str, method: str, path: str, reasons: Sequence[str]) -> None:
        """Record a broken rule; `what` is request, entity or answer."""
        with self.lock:
            self.violations.append({"what": what, "method": method, "path": path, "reasons": list(reasons)})
