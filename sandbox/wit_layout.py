"""How planned work items stand to each other: blocks of fixed shape, so that parents and links need no memory."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from sandbox.wit_process import WorkType
from sandbox.wit_templates import load_processes

Row = tuple[str, int | None]  # what it is, and the place of its parent in the block
# in place 11 stands a story whose feature has a higher number, as happens when people sort things out later
ROWS: tuple[Row, ...] = (
    ("epic", None), ("feature", 0), ("story", 1), ("task", 2), ("task", 2), ("story", 1), ("task", 5), ("bug", 1),
    ("story", 1), ("task", 8), ("task", 8), ("story", 12), ("feature", 0), ("task", 11), ("bug", 12), ("task", 14),
    ("extra", None), ("bug", None), ("story", 12), ("test", None),
)  # fmt: skip
BASIC_ROWS: tuple[Row, ...] = (
    ("epic", None), ("story", 0), ("task", 1), ("task", 1), ("story", 0), ("task", 4), ("story", 6), ("epic", None),
    ("task", None), ("story", None), ("story", 7), ("test", None),
)  # fmt: skip
INHERITED_ROWS: tuple[Row, ...] = (("epic", 20), *ROWS[1:], ("top", None), ("spike", 1))
TYPES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "Agile": {"story": ("User Story",), "extra": ("Issue",)},
    "Scrum": {"story": ("Product Backlog Item",), "extra": ("Impediment",)},
    "CMMI": {"story": ("Requirement",), "extra": ("Change Request", "Risk", "Review", "Issue")},
    "Basic": {"story": ("Issue",)},
    "Acme Agile": {"story": ("User Story",), "extra": ("Task",), "top": ("Initiative",), "spike": ("Spike",)},
}
USUAL = {"epic": ("Epic",), "feature": ("Feature",), "task": ("Task",), "bug": ("Bug",), "test": ("Test Case",)}


@dataclass(frozen=True, slots=True)
class Place:
    """One place of a block; where several types are named they take turns from block to block."""

    role: str
    types: tuple[WorkType, ...]
    parent: int | None
    children: tuple[int, ...]


@cache
def load_layout(process: str) -> tuple[Place, ...]:
    """The block of a process."""
    rows = {"Basic": BASIC_ROWS, "Acme Agile": INHERITED_ROWS}.get(process, ROWS)
    known, words = load_processes()[process], {**USUAL, **TYPES[process]}
    return tuple(
        Place(
            role,
            tuple(known.types[name] for name in words[role]),
            parent,
            tuple(at for at, (_, above) in enumerate(rows) if above == place),
        )
        for place, (role, parent) in enumerate(rows)
    )
