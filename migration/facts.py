"""What a process keeps of a run between turns: its mapping, the target as it was read, and texts it needs again. No
secret.

What creating issues shows of workflows is learnt here, so that the next chunk knows the ways. Whatever else people may
have changed is read anew with each phase that begins more than FRESH after it was read, and when a run is resumed.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from threading import Lock

from domain.draft_records import DraftContext
from domain.mapping_records import Mapping as WorkMapping
from domain.run_states import PHASE_NUMBERS, Phase
from domain.target_sites import TargetProject, TargetType
from domain.workflow_paths import keep_sights
from store.runs import Run

MOST_RUNS = 8  # of one process in turn
MOST_TITLES = 5_000
FRESH = 60_000  # ms
LOST_EVERY = 1_000  # ms between two looks of this process for rows that a dead worker left


@dataclass
class RunFacts:
    """Of one run. Safe to share between threads."""

    target: TargetProject
    mapping: WorkMapping  # that of the run for good; reading one of many people takes long
    context: DraftContext  # without ancestors and names
    phase: Phase
    phase_at: int  # when the phase began for which the context was made (ms): `prepare` makes sprints and components
    read_at: int  # when the target was read (ms)
    has_earlier: bool = False  # whether issues of this organization were in the project before
    ids: tuple[int, ...] = ()  # listed and not read yet, while planning
    has_more: bool = True
    _looked: dict[Phase, int] = field(default_factory=dict)
    _titles: "OrderedDict[int, str]" = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def counts_in(self, run: Run) -> bool:
        """Whether this was made for the phase of a run since it began last, or for a later one."""
        return (self.phase, self.phase_at) == (run.phase, run.phase_at) or self.phase_at > run.phase_at

    def is_fresh(self, run: Run, now: int) -> bool:
        """Whether a later phase follows so soon that nothing has to be read again; a repair goes back, and people may
        have mended the target for it.
        """
        return PHASE_NUMBERS[self.phase] < PHASE_NUMBERS[run.phase] and now - self.read_at < FRESH

    def learn(self, learnt: TargetType) -> None:
        """Keep what was seen of a workflow."""
        with self._lock:
            types = tuple(learnt if one.id == learnt.id else one for one in self.target.types)
            self.target = replace(self.target, types=types)

    def looks_for_lost(self, phase: Phase, now: int) -> bool:
        """Whether to look now for rows that a dead worker left; one thread of the process does it, now and then."""
        with self._lock:
            if now - self._looked.get(phase, 0) < LOST_EVERY:
                return False
            self._looked[phase] = now
        return True

    def find_titles(self, ids: Iterable[int]) -> dict[int, str]:
        with self._lock:
            return {one: self._titles[one] for one in ids if one in self._titles}

    def keep_titles(self, titles: Mapping[int, str]) -> None:
        with self._lock:
            self._titles.update(titles)
            while len(self._titles) > MOST_TITLES:
                self._titles.popitem(last=False)


def keep_ways(target: TargetProject, known: TargetProject) -> TargetProject:
    """A target that was read anew, with the ways through its workflows that are known."""
    learnt = {one.id: one for one in known.types}
    types = (keep_sights(one, learnt[one.id]) if one.id in learnt else one for one in target.types)
    return replace(target, types=tuple(types))


class KeptFacts:
    """The facts of the runs that this process works on."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: OrderedDict[str, RunFacts] = OrderedDict()
        self._reading: dict[str, Lock] = {}

    def find(self, run_id: str, read: Callable[[RunFacts | None], RunFacts]) -> RunFacts:
        """Those of a run. `read` is given the ones that are known and returns them when they still count; it is called
        once at a time.
        """
        with self._lock:
            reading = self._reading.setdefault(run_id, Lock())
        with reading:
            with self._lock:
                known = self._kept.get(run_id)
            found = read(known)
            with self._lock:
                self._kept[run_id] = found
                self._kept.move_to_end(run_id)
                while len(self._kept) > MOST_RUNS:
                    self._reading.pop(self._kept.popitem(last=False)[0], None)
        return found

    def peek(self, run_id: str) -> RunFacts | None:
        """Those of a run, as they are now."""
        with self._lock:
            return self._kept.get(run_id)

    def drop(self, run_id: str) -> None:
        with self._lock:
            self._kept.pop(run_id, None)
            self._reading.pop(run_id, None)
