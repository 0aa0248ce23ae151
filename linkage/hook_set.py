"""The subscriptions of one link at Azure DevOps: makes the missing, adopts what an earlier try left, removes the rest.

All or nothing: when one is refused, those made before it are removed again.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

import structlog

from clients.ado_hooks import HooksApi
from domain.errors import CallError, Forbidden, NotFound, Permanent, Unauthorized
from domain.hook_faults import DELETED, RESTING
from domain.records import Json
from domain.subscriptions import (
    ENABLED,
    EVENT_TYPES,
    USERNAME,
    WantedSubscription,
    find_hook,
    hook_address,
    is_in_order,
    matches,
    matches_event,
    subscription_body,
    wanted_subscriptions,
)
from services import Services
from store.links import Link, Subscription

log = structlog.get_logger("crosswalk.subscriptions")


class HookSet:
    """The subscriptions of `link`, written with the token behind `hooks`. Every method raises the CallErrors of it."""

    def __init__(self, services: Services, hooks: HooksApi, link: Link, *, fresh: bool = False) -> None:
        """`fresh`: the link was made for this call and goes when the call fails."""
        self._links = services.links
        self._hooks = hooks
        self._link = link
        self._fresh = fresh
        self._public_url = services.settings.public_url
        self._undoable: list[tuple[str, WantedSubscription]] = []

    def align(self, kinds: Iterable[str]) -> None:
        """Have exactly one subscription per event type that `kinds` need; those in order are left alone."""
        address = hook_address(self._public_url, self._link.hook)
        wanted = wanted_subscriptions(kinds, self._link.project_id, address)
        try:
            existing = self._list_own()
            known = {row.event_type: row.id for row in self._rows()}
            for want in wanted:
                self._provide(want, [found for found in existing if matches_event(found, want)], known)
            needed = {want.event_type for want in wanted}
            self._remove(existing, kept={row.id for row in self._rows() if row.event_type in needed})
        except Exception:
            self._undo()
            raise

    def remove_all(self) -> None:
        """Remove every subscription of the link; those that are gone already are fine."""
        self._remove(self._list_own(), kept=frozenset())

    def tell_secret(self) -> tuple[str, ...]:
        """Give every known subscription the link's present secret. One that only a person may switch on is given it by
        the guard when it is on again. Returns the event types where it was refused.
        """
        failed = []
        for row in self._rows():
            try:
                self._tell_one(row)
            except NotFound:
                continue  # somebody deleted it: it sends nothing
            except CallError as error:
                log.warning("subscription.secret_refused", link=self._link.id, error=type(error).__name__)
                failed.append(row.event_type)
        return tuple(failed)

    def mend(
        self, existing: Sequence[Json], states: Mapping[str, str], *, remade: Collection[str] = ()
    ) -> tuple[str, ...]:
        """Give every subscription of `states` the link's present secret; make those that are missing.

        `states`: event type to the state it was found in. Each is kept with it, because only the caller knows when
        what was missed meanwhile will be read. `remade`: those that are deleted and made by the token's present owner.
        Returns the event types that Azure DevOps refused; raises Unauthorized, Forbidden, NotFound and Retryable.
        """
        refused = []
        for event_type, state in states.items():
            try:
                self._mend_one(existing, event_type, state, remade=event_type in remade)
            except (Unauthorized, Forbidden, NotFound):  # a right or the project is missing: the same for all
                raise
            except Permanent as error:
                log.warning("subscription.refused", link=self._link.id, error=type(error).__name__)
                refused.append(event_type)
        return tuple(refused)

    def remove_known(self) -> None:
        """As `remove_all`, for a token that may delete subscriptions and not list them."""
        self._remove((), kept=frozenset())

    def _provide(self, want: WantedSubscription, candidates: Sequence[Json], known: Mapping[str, str]) -> None:
        ours = known.get(want.event_type)
        best = min(candidates, key=lambda found: found["id"] != ours, default=None)
        if best is None:
            answer = self._hooks.create(self._body(want))
            self._undoable.append((str(answer["id"]), want))
        elif best["id"] == ours and is_in_order(best, want):
            answer = best
        else:
            # Azure DevOps never tells a password: one that is not known to have ours is given it
            answer = self._hooks.update(str(best["id"]), {**self._body(want), "status": ENABLED})
            self._undoable += [(str(best["id"]), want)] if self._fresh else []
        status = str(answer.get("status", ENABLED))
        self._links.save_subscription(Subscription(str(answer["id"]), self._link.id, want.event_type, status))

    def _tell_one(self, row: Subscription) -> None:
        address = hook_address(self._public_url, self._link.hook)
        want = WantedSubscription(row.event_type, self._link.project_id, address)
        found = self._hooks.find(row.id, want.publisher)
        status = str(found.get("status") or ENABLED) if found else DELETED
        if status not in {ENABLED, row.status}:  # the guard learns of it: what was missed is to be read
            self._links.save_subscription(replace(row, status=status))
        if found and status not in RESTING:
            self._hooks.update(row.id, {**self._body(want), "status": ENABLED})

    def _mend_one(self, existing: Sequence[Json], event_type: str, state: str, *, remade: bool) -> None:
        want = WantedSubscription(event_type, self._link.project_id, hook_address(self._public_url, self._link.hook))
        known = {row.event_type: row.id for row in self._rows()}.get(event_type)
        # one that nobody remembers and that sends here was made by a process that ended before it could tell
        adopted = next((str(found["id"]) for found in existing if matches(found, want)), None)
        present = adopted if state == DELETED or known is None else known
        if present and remade:
            self._hooks.delete(present, want.publisher)
            present = None
        answer = self._put(present, want) if present else self._hooks.create(self._body(want))
        self._links.save_subscription(Subscription(str(answer["id"]), self._link.id, event_type, state))

    def _put(self, subscription_id: str, want: WantedSubscription) -> Json:
        body = self._body(want)
        try:
            return self._hooks.update(subscription_id, {**body, "status": ENABLED})
        except NotFound:
            return self._hooks.create(body)

    def _remove(self, existing: Iterable[Json], *, kept: Collection[str]) -> None:
        doomed = {str(found["id"]): str(found["eventType"]) for found in existing}
        doomed |= {row.id: row.event_type for row in self._rows()}
        for subscription_id, event_type in doomed.items():
            if subscription_id not in kept:
                self._hooks.delete(subscription_id, EVENT_TYPES[event_type].publisher)
                self._links.drop_subscription(subscription_id)

    def _undo(self) -> None:
        """Remove what this call made. What cannot be removed now is adopted or removed by the next try."""
        for subscription_id, want in self._undoable:
            try:
                self._hooks.delete(subscription_id, want.publisher)
            except CallError as error:
                log.warning("subscription.left", link=self._link.id, error=type(error).__name__)
            self._links.drop_subscription(subscription_id)

    def _list_own(self) -> Sequence[Json]:
        """The web hooks that send to this link, or, in its project, to a hook of ours that is no link any more."""
        return [found for found in self._hooks.list_all() if self._is_own(found)]

    def _is_own(self, found: Json) -> bool:
        hook = find_hook(found, self._public_url)
        if hook is None or found.get("eventType") not in EVENT_TYPES:
            return False
        project = str((found.get("publisherInputs") or {}).get("projectId", ""))
        same_project = project.lower() == self._link.project_id.lower()
        return hook == self._link.hook or (same_project and self._links.find_hook(hook) is None)

    def _body(self, want: WantedSubscription) -> Json:
        # read only here: subscriptions can be removed when the secret does not open any more
        password = self._links.read_secret(self._link)
        return subscription_body(want, USERNAME, password.get_secret_value())

    def _rows(self) -> Sequence[Subscription]:
        return self._links.list_subscriptions(self._link.id)
