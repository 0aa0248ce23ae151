"""The codes that rows of a run may hold, found in the code of the product: by what is handed to those who write rows.

A code reaches a row as the `reason` of a result, a planned row or an ending, as the `code` of a note of a draft, or as
that of a MappingError. Each call of these is looked at, in every module; what a caller hands on is found at the caller.
"""

import ast
import importlib
import inspect
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from domain.draft_records import Note
from domain.errors import MappingError
from domain.field_rules import cut_reason
from domain.issue_sheet import Sheet
from domain.parent_choices import ParentChoice
from domain.refused_issues import explain_refusal
from migration.comment_posting import Ending
from migration.comment_rows import Share
from migration.issue_ends import Missing
from store.run_rows import PlannedRow, RunRows
from store.run_turns import RowResult, SplitRow

ROOT = Path(__file__).parents[1]
PACKAGES = ("domain", "store", "linkage", "migration", "jobs")
TELLERS = (Note, ParentChoice, Sheet.note)
WRITERS = (*TELLERS, RowResult, PlannedRow, SplitRow, Share, Missing, Ending, MappingError, RunRows.skip_open, replace)
METHODS: Mapping[str, Any] = {"note": Sheet.note, "skip_open": RunRows.skip_open}
PLACES = ("code", "reason")  # of a function that has both, the former
SPOKEN = re.compile("|".join([*(one.__name__ for one in WRITERS), "Drafted", "left_out"]).replace("note", r"\.note"))
CODE = re.compile(r"[a-z]+(_[a-z]+)*")


@cache
def find_codes() -> frozenset[str]:
    """All of them."""
    return frozenset(code for module in _list_modules() for code in _Reader(module, WRITERS).codes())


@cache
def find_losses() -> frozenset[str]:
    """Those of what is lost, of which one row may have several."""
    return frozenset(code for module in _list_modules() for code in _Reader(module, TELLERS).codes())


@cache
def _list_modules() -> tuple[ModuleType, ...]:
    """Those that speak of a writer at all."""
    paths = (path for package in PACKAGES for path in (ROOT / package).glob("*.py") if SPOKEN.search(path.read_text()))
    return tuple(importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts)) for path in paths)


# a preview writes no rows
WRITING = frozenset(f"migration.{path.stem}" for path in (ROOT / "migration").glob("*.py")) - {"migration.dry_run"}


class _Reader:
    """One module: what is handed to writers in it, and to functions of its own that hand it on."""

    def __init__(self, module: ModuleType, writers: tuple[Any, ...]) -> None:
        self.names, self.writers = vars(module), writers
        self.tree = ast.parse(inspect.getsource(module))
        self.functions = [node for node in ast.walk(self.tree) if isinstance(node, ast.FunctionDef)]
        outside = (node for node in self.tree.body if not isinstance(node, ast.FunctionDef | ast.ClassDef))
        self.scopes: list[ast.AST] = [*self.functions, *outside]
        self.own = {
            node.name: self._place_in([one.arg for one in node.args.args if one.arg not in ("self", "cls")])
            for node in self.functions
            if module.__name__ in WRITING and writers is WRITERS
        }

    def codes(self) -> Iterator[str]:
        for scope in self.scopes:
            for node in ast.walk(scope):
                handed = self._handed(node) if isinstance(node, ast.Call) else self._told_beside(node)
                for value in handed:
                    yield from self._resolve(value, scope)

    def _handed(self, call: ast.Call) -> Iterator[ast.expr]:
        """What a call hands to the place of a code; of what is unpacked there the whole."""
        place = self._place_of(call.func)
        if place is None and self._target(call.func) not in self.writers:
            return
        yield from (word.value for word in call.keywords if word.arg in PLACES)
        for at, value in enumerate(call.args):
            # a sentence from a table stands for the codes of the table
            if at == place or isinstance(value, ast.Starred | ast.Subscript):
                yield value

    def _place_of(self, func: ast.expr) -> int | None:
        target = self._target(func)
        if target in self.writers:
            names = [name for name in inspect.signature(target).parameters if name != "self"]
            return self._place_in(names)
        return self.own.get(func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", ""))

    def _target(self, func: ast.expr) -> Any:
        if isinstance(func, ast.Attribute):
            return METHODS.get(func.attr)
        return self.names.get(func.id) if isinstance(func, ast.Name) else None

    @staticmethod
    def _place_in(names: list[str]) -> int | None:
        return next((names.index(place) for place in PLACES if place in names), None)

    def _resolve(self, value: ast.expr, scope: ast.AST) -> Iterator[str]:
        """The codes that an expression may come to; none for what a caller hands on."""
        if isinstance(value, ast.Constant):
            yield from _codes_of(value.value)
        elif isinstance(value, ast.Call):
            yield from self._returned(value)
        elif isinstance(value, ast.Attribute):
            yield from _codes_of(getattr(self.names.get(self._name(value.value)), value.attr, None))
        elif isinstance(value, ast.Name):
            yield from _codes_of(self.names[value.id]) if value.id in self.names else self._assigned(value.id, scope)
        for part in _parts_of(value):
            yield from self._resolve(part, scope)

    def _assigned(self, name: str, scope: ast.AST) -> Iterator[str]:
        """What a variable of a function is set to."""
        for node in ast.walk(scope):
            if isinstance(node, ast.Assign) and any(
                isinstance(one, ast.Name) and one.id == name for one in ast.walk(node.targets[0])
            ):
                yield from self._resolve(node.value, scope)

    def _returned(self, call: ast.Call) -> Iterator[str]:
        """The first of what a function of the module returns; of a table's `get`, of its values."""
        if self._name(call.func) == explain_refusal.__name__:
            yield from _codes_of_refusals()
        if isinstance(call.func, ast.Attribute) and call.func.attr == "get":
            yield from self._resolve(call.func.value, call)
            for default in call.args[1:]:
                yield from self._resolve(default, call)
        for node in self.functions:
            if node.name == self._name(call.func):
                for back in ast.walk(node):
                    if isinstance(back, ast.Return) and back.value is not None:
                        yield from self._resolve(back.value, node)

    def _told_beside(self, node: ast.AST) -> Iterator[ast.expr]:
        """A code beside its sentence, as rules of fields tell it, and what texts count as left out."""
        if isinstance(node, ast.Tuple) and len(node.elts) == 2 and self.names["__name__"] == cut_reason.__module__:
            yield node.elts[0]
        if isinstance(node, ast.Subscript) and self._name(node.value) == "left_out":
            yield node.slice

    @staticmethod
    def _name(func: ast.expr) -> str:
        return func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")


def _parts_of(value: ast.expr) -> list[ast.expr]:
    """The expressions of which one is what another comes to; of a tuple the first."""
    if isinstance(value, ast.IfExp):
        return [value.body, value.orelse]
    if isinstance(value, ast.BoolOp):
        return value.values
    if isinstance(value, ast.Tuple):
        return value.elts[:1]
    return [value.value] if isinstance(value, ast.Starred | ast.Subscript) else []


def _codes_of(value: object) -> Iterator[str]:
    """A code; of a pair its first; of a table those in it."""
    if isinstance(value, str) and CODE.fullmatch(value):
        yield value
    elif isinstance(value, tuple) and value:
        yield from _codes_of(value[0])
    elif isinstance(value, Mapping):
        for key, one in value.items():
            yield from _codes_of(one if isinstance(one, tuple) else key)


def _codes_of_refusals() -> Iterator[str]:
    module = importlib.import_module(explain_refusal.__module__)
    yield module.REFUSED
    yield from (code for _pattern, code, _words in module.SORTS)
