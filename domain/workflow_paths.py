"""Ways through a workflow of which only parts are known: what issues in it have shown. Pure.

Apps installed by Connect cannot read workflows; an issue tells which transitions leave the status it is in.
https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/#api-rest-api-3-issue-issueidorkey-transitions-get
"""

from collections import deque
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from domain.target_sites import TargetStep, TargetType

CATEGORY_ORDER = ("new", "indeterminate", "done")
Ways = Mapping[str, tuple[TargetStep, ...]]


def add_sight(type_: TargetType, status: str, leaving: Iterable[TargetStep], first: str = "") -> TargetType:
    """The type with what an issue in `status` showed, ways found anew; `first` where it is known by now."""
    seen = type_.seen | {status}
    steps = {(step.id, step.source): step for step in (*type_.steps, *leaving)}
    return _explored(replace(type_, seen=seen, steps=tuple(steps.values()), first=first or type_.first))


def keep_sights(type_: TargetType, known: TargetType) -> TargetType:
    """A type that was read anew, with what issues showed before; as it is when it has other statuses by now."""
    if type_.seen or type_.statuses != known.statuses:
        return type_
    return _explored(replace(type_, seen=known.seen, steps=known.steps, first=known.first)) if known.seen else type_


def close_steps(type_: TargetType, refused: Collection[str]) -> TargetType:
    """The type without ways over transitions (ids) that were refused."""
    steps = (replace(step, is_open=step.is_open and step.id not in refused) for step in type_.steps)
    return _explored(replace(type_, steps=tuple(steps))) if refused else type_


def next_step(type_: TargetType, current: str, wanted: str) -> TargetStep | None:
    """What an issue in `current` does next on its way to `wanted`; None when there is no way, or nothing to do.

    Where no way is known, it goes to the nearest status in which nobody looked around yet, and never past `wanted`:
    what is to be in progress does not look in statuses that are done.
    """
    if current == wanted:
        return None
    ways = _ways_from(type_, current, may_send=True)
    if wanted in ways:
        return ways[wanted][0]
    farthest = status_order(type_, wanted)
    unseen = (status for status in ways if status not in type_.seen and status_order(type_, status) <= farthest)
    found = next(unseen, None)
    return ways[found][0] if found else None


def status_order(type_: TargetType, status_id: str) -> int:
    """How far a status is on the way of an issue: its place in CATEGORY_ORDER, 0 for one that is not known."""
    found = type_.find_status(status_id)
    return CATEGORY_ORDER.index(found.category) if found and found.category in CATEGORY_ORDER else 0


def _explored(type_: TargetType) -> TargetType:
    """With the shortest ways from the first status, and whether there may be more of them."""
    known = _ways_from(type_, type_.first, may_send=False) if type_.first else {}
    reached = {type_.first, *known}
    is_all = all(status.id in reached for status in type_.statuses)
    paths = {status: tuple(step.id for step in way) for status, way in known.items()}
    if type_.first:
        paths = {type_.first: (), **paths}
    return replace(type_, paths=paths, is_explored=bool(type_.first) and (is_all or reached <= type_.seen))


def _ways_from(type_: TargetType, start: str, *, may_send: bool) -> Ways:
    """The shortest way to every other status; the first step may have values to send only where `may_send`."""
    found: dict[str, tuple[TargetStep, ...]] = {start: ()}
    waiting = deque([start])
    while waiting:
        here = waiting.popleft()
        for step in _leaving(type_, here):
            is_late = may_send or here != start or not step.sends
            if is_late and step.target not in found:
                found[step.target] = (*found[here], step)
                waiting.append(step.target)
    del found[start]
    return found


def _leaving(type_: TargetType, status: str) -> list[TargetStep]:
    return [step for step in type_.steps if step.is_open and step.source in ("", status)]
