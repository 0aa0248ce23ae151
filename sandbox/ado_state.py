"""The state of one Azure DevOps organization, how its parts are found, and how its events go out."""

import random
import threading
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count

from sandbox.ado_budget import Budgets
from sandbox.ado_clock import EventClock, SimulatedTime, utc_now
from sandbox.ado_delivery import Delivery
from sandbox.ado_errors import no_project, no_pull_request, no_repository, not_found
from sandbox.ado_events import Event, EventDraft
from sandbox.ado_model import Ambush, Json, Project, PullRequest, Repository, Token, User
from sandbox.ado_pipeline_model import Deployment, Environment, Pipeline, Release, ReleaseDefinition, Run
from sandbox.ado_post import WebHookSender, notification_body
from sandbox.ado_subscriptions import Notification, Subscription
from sandbox.entra_keys import EntraKeys
from sandbox.wit_store import WorkTracking

EVENTS_KEPT = 1_000
TENANT = "6f1f0a2e-4c53-4d0b-9d56-0c9d2f7be101"


@dataclass(slots=True)
class RateState:
    """What the rate limit headers say; `refusals` calls are answered with 429 first.

    In a storm every `storm_every`-th call begins a row of `storm_length` refusals.
    """

    remaining: int | None = None
    limit: int = 200
    delay: float = 0.0
    reset_seconds: int = 300
    retry_after: float | None = None
    refusals: int = 0
    storm_every: int = 0
    storm_length: int = 0
    calls: int = 0


@dataclass(slots=True)
class Knobs:
    """What the control endpoints may turn."""

    sign_in_page: int | None = None  # 203 or 302 instead of 401
    refuse_hooks: int | None = None  # what every delivery is answered with instead of being sent
    tenant_header: bool = True  # false: only the challenge of a 401 names the tenant
    rate: RateState = field(default_factory=RateState)
    budget: Budgets | None = None


class Holdings:
    """What an organization has, each by its id."""

    def __init__(self) -> None:
        self.projects: dict[str, Project] = {}
        self.repositories: dict[str, Repository] = {}
        self.recycled: dict[str, tuple[Repository, datetime]] = {}  # deleted ones, and when
        self.pull_requests: dict[int, PullRequest] = {}
        self.pipelines: dict[int, Pipeline] = {}
        self.runs: dict[int, Run] = {}
        self.environments: dict[int, Environment] = {}
        self.release_definitions: dict[int, ReleaseDefinition] = {}
        self.releases: dict[int, Release] = {}
        self.deployments: dict[int, Deployment] = {}
        self.subscriptions: dict[str, Subscription] = {}


class OrganizationState(Holdings):
    """Everything is guarded by `lock`. `base_url` is the address that people and programs reach it by."""

    def __init__(
        self, name: str, *, seed: int = 1, clock: Callable[[], datetime] = utc_now, allow_loopback: bool = True,
        time_scale: float = 1.0,
    ) -> None:  # fmt: skip
        super().__init__()
        self.name = name
        self.former_names: list[str] = []
        self.base_url = f"https://dev.azure.com/{name}"
        self.lock = threading.RLock()
        self.clock = EventClock(clock)
        self.allow_loopback = allow_loopback
        self.knobs = Knobs()
        self.violations: list[Json] = []
        self._random = random.Random(f"{name}/{seed}")
        self.id, self.collection_id = self.new_guid(), self.new_guid()
        self.users: dict[str, User] = {}
        self.tokens: dict[str, Token] = {}
        self.tenant: str | None = TENANT  # of Entra; all zeros with personal accounts, None on a server of one's own
        self.entra: EntraKeys | None = None  # who proves Bearer tokens
        self.object_ids: dict[str, str] = {}  # Entra object id -> user id, learnt at the first sign-in
        self.removed_users: set[str] = set()  # ids of people who were in the organization
        self.denied: set[tuple[str, str, str]] = set()  # user id, project id, permission
        self.hidden_projects: set[tuple[str, str]] = set()  # user id and project id
        self.denied_repositories: dict[tuple[str, str], int] = {}  # user id and repository id -> 404 or 403
        self.denied_git: dict[tuple[str, str], set[str]] = {}  # user id and repository id -> rights taken away
        self.ref_refusals: list[tuple[str, str | None, str | None]] = []  # status, message, rejected by: the next ones
        self.work = WorkTracking(f"{name}/{seed}")
        self.route_calls: Counter[str] = Counter()  # method and address below `_apis` -> calls that came in
        self.ambushes: list[Ambush] = []
        self.events: list[Event] = []
        self.muted = False  # what happens in a past that is being made up is told to nobody
        self.push_ids, self.pull_ids, self.run_ids, self.definition_ids = count(1), count(1), count(1), count(1)
        self.environment_ids, self.record_ids, self.release_ids, self.other_ids = count(1), count(1), count(1), count(1)
        self._sender = WebHookSender()
        self.delivery = Delivery(self._post, SimulatedTime(time_scale))

    def new_guid(self) -> str:
        """From the seed, so that the same seed gives the same ids."""
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))

    def note_call(self, route: str) -> None:
        """Count a call of a route, and do what was laid in wait for it."""
        with self.lock:
            self.route_calls[route] += 1
            waiting = [one for one in self.ambushes if one.route.casefold() == route.casefold()]
            due = [one for one in waiting if one.skip == 0]
            self.ambushes = [one for one in self.ambushes if one not in due]
            for ambush in waiting:
                ambush.skip -= 1
            for ambush in due:
                getattr(self, ambush.action)(**ambush.body)

    def set_time_scale(self, scale: float) -> None:
        """Simulated seconds in one real second, for resends and probation."""
        self.delivery.set_scale(scale)

    def advance(self, seconds: float) -> None:
        """Let simulated time pass at once, for resends and probation: each try is made when it falls due."""
        self.delivery.advance(seconds)

    def wait_idle(self, timeout: float = 10.0) -> bool:
        """True as soon as no delivery is pending, resends included; False after `timeout` real seconds."""
        return self.delivery.wait_idle(timeout)

    def stop(self) -> None:
        """End all deliveries; the state stays readable."""
        self.delivery.stop()

    def add_user(self, name: str, mail: str) -> User:
        guid = self.new_guid()
        user = User(guid, name, mail, f"aad.{uuid.UUID(guid).hex}")
        self.users[user.id] = user
        return user

    def add_token(
        self, secret: str, user: User, scopes: frozenset[str], *, expires: datetime | None = None,
        is_global: bool = False,
    ) -> Token:  # fmt: skip
        """Register a personal access token; `app_token` among the scopes means full access."""
        token = self.tokens[secret] = Token(secret, user, scopes, expires, is_global)
        return token

    def find_user(self, user: str | User | None) -> User:
        """By id, mail or name; None is the first user. Raises AdoError."""
        if isinstance(user, User):
            return user
        if user is None:
            return next(iter(self.users.values()))
        found = next((u for u in self.users.values() if user in {u.id, u.mail, u.name}), None)
        if found is None:
            raise not_found("IdentityNotFoundException", f"The identity '{user}' could not be found.")
        return found

    def find_project(self, name: str, *, former: bool = False) -> Project:
        """By id or name, in any case; with `former` also by a name it had. Raises AdoError."""
        wanted = name.casefold()
        for project in self.projects.values():
            if wanted in {project.id, project.name.casefold()}:
                return project
        for project in self.projects.values() if former else ():
            if wanted in {before.casefold() for before in project.former_names}:
                return project
        raise no_project(name)

    def find_repository(self, name: str | Repository, project: str | None = None) -> Repository:
        """By id, or by name within a project (any project without one). A disabled one is found too."""
        if isinstance(name, Repository):
            return name
        found = self.repositories.get(name.lower())
        if found is None:
            found = next((r for r in self.repositories.values() if r.name.casefold() == name.casefold()
                          and (project is None or r.project is self.find_project(project))), None)  # fmt: skip
        if found is None or (project is not None and found.project is not self.find_project(project)):
            raise no_repository(name)
        return found

    def find_pull(self, number: int) -> PullRequest:
        if number not in self.pull_requests:
            raise no_pull_request()
        return self.pull_requests[number]

    def find_run(self, number: int) -> Run:
        if number not in self.runs:
            raise not_found("BuildNotFoundException", f"The requested build {number} could not be found.")
        return self.runs[number]

    def find_pipeline(self, name: int | str | Pipeline) -> Pipeline:
        """By id or name. Raises AdoError."""
        if isinstance(name, Pipeline):
            return name
        for pipeline in self.pipelines.values():
            if str(name) in {str(pipeline.id), pipeline.name}:
                return pipeline
        raise not_found("DefinitionNotFoundException", f"TF400898: definition {name} does not exist.")

    def find_environment(self, project: Project, name: str) -> Environment:
        """By name; made when it is new, as a YAML run does."""
        for environment in self.environments.values():
            if environment.project is project and environment.name == name:
                return environment
        number = next(self.environment_ids)
        made = Environment(number, name, project, self.find_user(None), self.clock.now())
        self.environments[number] = made
        return made

    def emit(self, draft: EventDraft) -> Event:
        """Make an event and queue it for every subscription that it fits. One event id for all of them."""
        with self.lock:
            event = Event(self.new_guid(), self.clock.now(), draft)
            if self.muted:
                return event
            self.events.append(event)
            del self.events[:-EVENTS_KEPT]
            for subscription in list(self.subscriptions.values()):
                if subscription.fits(event):
                    self._notify(subscription, event)
            return event

    def _notify(self, subscription: Subscription, event: Event) -> None:
        if subscription.status != "enabled":
            subscription.lost += 1  # not queued: new events are lost, also those during probation
            return
        subscription.issued += 1
        notification = Notification(subscription.issued, subscription, event, modified=event.created)
        subscription.history.append(notification)
        self.delivery.submit(notification)

    def notifications(self) -> Iterator[Notification]:
        for subscription in self.subscriptions.values():
            yield from subscription.history

    def containers(self, project_id: str) -> Json:
        """`resourceContainers` of an event."""
        base = f"{self.base_url}/"
        return {
            "collection": {"id": self.collection_id, "baseUrl": base},
            "account": {"id": self.id, "baseUrl": base},
            "project": {"id": project_id, "baseUrl": base},
        }

    def _post(self, notification: Notification) -> int | None:
        if self.knobs.refuse_hooks is not None:
            return self.knobs.refuse_hooks
        body = notification_body(notification, self.containers(notification.event.draft.project.id))
        return self._sender.post(notification, body)
