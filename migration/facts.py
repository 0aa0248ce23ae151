"""What a process keeps of a run between turns: the target as it is read, and texts it needs again. No secret.

Read anew for each phase, because `prepare` makes sprints and components. What creating issues shows of workflows is
learnt here, so that the next chunk knows the ways.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from threading import Lock

from domain.draft_records import DraftContext
from domain.run_states import Phase
from domain.target_sites import TargetProject, TargetType

MOST_RUNS = 8  # of one process in turn
MOST_TITLES = 5_000


@dataclass
class RunFacts:
    """Of one phase of one run. Safe to share between threads."""

    target: TargetProject
    context: DraftContext  # without ancestors and names
    has_earlier: bool = False  # whether issues of this organization were in the project when the phase began
    ids: tuple[int, ...] = ()  # listed and not read yet, while planning
    has_more: bool = True
    _titles: "OrderedDict[int, str]" = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def learn(self, learnt: TargetType) -> None:
        """Keep what was seen of a workflow."""
        with self._lock:
            types = tuple(learnt if one.id == learnt.id else one for one in self.target.types)
            self.target = replace(self.target, types=types)

    def find_titles(self, ids: Iterable[int]) -> dict[int, str]:
        with self._lock:
            return {one: self._titles[one] for one in ids if one in self._titles}

    def keep_titles(self, titles: Mapping[int, str]) -> None:
        with self._lock:
            self._titles.update(titles)
            while len(self._titles) > MOST_TITLES:
                self._titles.popitem(last=False)


class KeptFacts:
    """The facts of the runs that this process works on."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: OrderedDict[str, tuple[tuple[Phase, int], RunFacts]] = OrderedDict()
        self._reading: dict[str, Lock] = {}

    def find(self, run_id: str, phase: Phase, phase_at: int, read: Callable[[], RunFacts]) -> RunFacts:
        """Those of a phase; read once, however many threads ask."""
        with self._lock:
            reading = self._reading.setdefault(run_id, Lock())
        with reading:
            known = self._kept.get(run_id)
            if known is None or known[0] != (phase, phase_at):
                known = (phase, phase_at), read()
            with self._lock:
                self._kept[run_id] = known
                self._kept.move_to_end(run_id)
                while len(self._kept) > MOST_RUNS:
                    self._reading.pop(self._kept.popitem(last=False)[0], None)
        return known[1]

    def drop(self, run_id: str) -> None:
        with self._lock:
            self._kept.pop(run_id, None)
            self._reading.pop(run_id, None)
