"""Boards and sprints of a site.

developer.atlassian.com/cloud/jira/software/rest/api-group-sprint
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

SprintState = Literal["future", "active", "closed"]
BoardType = Literal["scrum", "kanban", "simple"]


@dataclass(frozen=True, slots=True)
class Board:
    """`simple` boards belong to team-managed projects; kanban boards have no sprints."""

    id: int
    name: str
    type: BoardType
    project: str  # id
    sprints: bool = True


@dataclass(slots=True)
class Sprint:
    """Dates are as they were sent; `completed` is the time of the call that closed it."""

    id: int
    name: str
    board: int
    state: SprintState = "future"
    start: str | None = None
    end: str | None = None
    completed: str | None = None
    goal: str = ""


@dataclass(slots=True)
class Agile:
    boards: dict[int, Board] = field(default_factory=dict)
    sprints: dict[int, Sprint] = field(default_factory=dict)
    ids: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def add_board(self, name: str, type_: BoardType, project_id: str, *, sprints: bool = True) -> Board:
        made = Board(next(self.ids), name, type_, project_id, sprints and type_ != "kanban")
        self.boards[made.id] = made
        return made

    def add_sprint(self, board: int, name: str) -> Sprint:
        made = Sprint(next(self.ids), name, board)
        self.sprints[made.id] = made
        return made

    def of_project(self, project_id: str) -> list[Board]:
        return [one for one in self.boards.values() if one.project == project_id]
