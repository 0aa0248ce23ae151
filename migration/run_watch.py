"""Whether a run still goes on, for whoever is in the middle of a step of it: between two comments, files or links."""

from dataclasses import dataclass, field
from threading import Lock

from services import Services

LOOK_EVERY = 1_000  # ms between two looks at the state of a run, however many threads ask


@dataclass(slots=True)
class RunWatch:
    """Of one step, which began while the run was running. Safe to share between threads."""

    services: Services
    run_id: str
    looked: int  # ms
    _has_stopped: bool = False
    _lock: Lock = field(default_factory=Lock)

    def has_stopped(self) -> bool:
        """Whether to begin nothing more: somebody paused or cancelled the run, it has failed, or the worker ends."""
        if self._has_stopped or self.services.stopping.is_set():
            return True
        now = self.services.now()
        with self._lock:
            if now - self.looked < LOOK_EVERY:
                return self._has_stopped
            self.looked = now
        run = self.services.runs.find(self.run_id)
        self._has_stopped = run is None or run.state != "running"
        return self._has_stopped
