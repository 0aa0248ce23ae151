"""What a step of a phase came to. A step is short: a page that is planned, a chunk of rows that is worked on."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Step:
    """`is_over`: nothing of the phase is left. Else `due` says when to go on (ms); None: at once."""

    is_over: bool = False
    due: int | None = None


GO_ON = Step()
OVER = Step(is_over=True)
