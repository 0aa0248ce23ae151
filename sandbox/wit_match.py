"""Makes a test out of the condition of a query: does a work item fit?"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from sandbox.ado_clock import parse_time
from sandbox.ado_errors import AdoError
from sandbox.ado_model import Project, User
from sandbox.wit_errors import query_error
from sandbox.wit_fields import FieldSpec
from sandbox.wit_model import Node, TreeKind
from sandbox.wit_store import WorkTracking
from sandbox.wit_wiql import Compare, Condition, Literal

DAY = timedelta(days=1)
ORDERED: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda value, wanted: value == wanted,
    "<>": lambda value, wanted: value != wanted,
    "<": lambda value, wanted: value is not None and value < wanted,
    ">": lambda value, wanted: value is not None and value > wanted,
    "<=": lambda value, wanted: value is not None and value <= wanted,
    ">=": lambda value, wanted: value is not None and value >= wanted,
}


class Row(Protocol):
    """A work item as a query sees it."""

    def value(self, ref: str) -> Any: ...


Test = Callable[[Row], bool]


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, where, when, and whether times count to the second."""

    tracking: WorkTracking
    user: User
    project: Project | None
    projects: list[Project]
    now: datetime
    precise: bool

    def need_project(self) -> Project:
        if self.project is None:
            raise query_error("TF51013: The macro @Project is used outside of a project.")
        return self.project


def make_test(condition: Condition | None, asker: Asker) -> Test:
    """Raises AdoError (400) for a value that does not fit its field."""
    if condition is None:
        return lambda row: True
    if isinstance(condition, Compare):
        return compare_test(condition, asker)
    tests = [make_test(part, asker) for part in condition.parts]
    if condition.word == "NOT":
        return lambda row: not tests[0](row)
    if condition.word == "AND":
        return lambda row: all(test(row) for test in tests)
    return lambda row: any(test(row) for test in tests)


def compare_test(compare: Compare, asker: Asker) -> Test:
    field, operator = compare.field, compare.operator
    if operator.endswith("EMPTY"):
        wanted = operator == "IS EMPTY"
        return lambda row: (row.value(field.ref) in {None, ""}) is wanted
    if operator.startswith("NOT "):
        inner = compare_test(Compare(field, operator.removeprefix("NOT "), compare.values), asker)
        return lambda row: not inner(row)
    if field.type == "treePath":
        return tree_test(compare, asker)
    if field.type == "dateTime":
        return date_test(compare, asker)
    if "CONTAINS" in operator:
        return text_test(compare)
    if field.ref == "System.Tags" or field.type in {"html", "history"} or operator == "UNDER":
        raise wrong_operator(compare)
    return plain_test(compare, asker)


def wrong_operator(compare: Compare) -> AdoError:
    return query_error(
        f"TF51007: The operator {compare.operator} cannot be used with the field {compare.field.ref}. The error is "
        f"caused by «{compare.words()}»."
    )


def tree_test(compare: Compare, asker: Asker) -> Test:
    """A path that is not there fails the query; it does not match nothing."""
    kind: TreeKind = "area" if compare.field.ref == "System.AreaPath" else "iteration"
    nodes = [find_path(kind, value, asker) for value in compare.values]
    ref, operator = compare.field.ref, compare.operator
    if operator == "UNDER":
        below = {node.id for wanted in nodes for node in wanted.walk()}
    elif operator in {"=", "<>", "IN"}:
        below = {node.id for node in nodes}
    else:
        raise wrong_operator(compare)
    return lambda row: (row.value(ref).id in below) is (operator != "<>")


def find_path(kind: TreeKind, value: Literal, asker: Asker) -> Node:
    if value.kind == "macro" and value.text.lower() == "@project":
        return asker.tracking.root(asker.need_project(), kind)
    found = asker.tracking.node_by_field(kind, value.text, asker.projects)
    if found is None:
        text = f"TF51011: The specified {kind} path does not exist. The error is caused by «'{value.text}'»."
        raise query_error(text)
    return found


def text_test(compare: Compare) -> Test:
    """Of tags a whole one is wanted, of texts a part. Words are parts here too."""
    ref, wanted = compare.field.ref, compare.values[0].text.casefold()
    if ref == "System.Tags":
        return lambda row: wanted in {tag.casefold() for tag in row.value(ref) or ()}
    return lambda row: wanted in as_text(row.value(ref)).casefold()


def as_text(value: Any) -> str:
    if isinstance(value, User):
        return f"{value.name} <{value.mail}>"
    return value.text() if hasattr(value, "text") else str(value or "")


def date_test(compare: Compare, asker: Asker) -> Test:
    """Without time precision days are compared, and a time in the query is refused."""
    wanted = [read_date(compare, value, asker) for value in compare.values]
    ref, operator = compare.field.ref, compare.operator
    if operator == "IN":
        return lambda row: rounded(row.value(ref), asker) in wanted
    if operator not in ORDERED:
        raise wrong_operator(compare)
    test = ORDERED[operator]
    return lambda row: test(rounded(row.value(ref), asker), wanted[0])


def rounded(value: datetime | None, asker: Asker) -> datetime | None:
    return value if value is None or asker.precise else day_of(value)


def day_of(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def read_date(compare: Compare, value: Literal, asker: Asker) -> datetime:
    if value.kind == "macro":
        if value.text.lower() not in {"@today", "@startofday"}:
            raise query_error(f"TF51010: The macro {value.text} is not known for dates.")
        return day_of(asker.now) + DAY * value.offset
    try:
        found = parse_time(value.text).astimezone(UTC)
    except ValueError:
        text = f"TF51012: The value '{value.text}' is not a date. The error is caused by «{compare.words()}»."
        raise query_error(text) from None
    if not asker.precise and found != day_of(found):
        raise query_error(
            "You cannot supply a time with the date when running a query using date precision. The error is caused "
            f"by «{compare.words()}»."
        )
    return found


def plain_test(compare: Compare, asker: Asker) -> Test:
    """Texts are compared without regard to case, people by name or address."""
    field, operator = compare.field, compare.operator
    wanted = [read_plain(compare, value, asker) for value in compare.values]
    if field.identity:
        return person_test(compare, [str(value) for value in wanted])
    if operator == "IN":
        among = set(wanted)
        return lambda row: folded(row.value(field.ref)) in among
    test, single = ORDERED[operator], wanted[0]
    return lambda row: test(folded(row.value(field.ref)), single)


def person_test(compare: Compare, wanted: list[str]) -> Test:
    ref, operator = compare.field.ref, compare.operator
    if operator not in {"=", "<>", "IN"}:
        raise wrong_operator(compare)

    def is_meant(user: User | None) -> bool:
        names = (
            {
                "",
            }
            if user is None
            else {user.name.casefold(), user.mail.casefold(), as_text(user).casefold()}
        )
        return any(one in names for one in wanted)

    return lambda row: is_meant(row.value(ref)) is (operator != "<>")


def folded(value: Any) -> Any:
    """As values of queries are: texts in lower case, numbers as they are."""
    if isinstance(value, Project):
        return value.name.casefold()
    return value.casefold() if isinstance(value, str) else value


def read_plain(compare: Compare, value: Literal, asker: Asker) -> str | float | bool:
    if value.kind == "macro":
        return read_macro(compare, value, asker)
    if compare.field.type in {"integer", "double"}:
        return read_number(compare.field, value)
    if compare.field.type == "boolean":
        return value.text.lower() in {"true", "1"}
    return value.text.casefold()


def read_number(field: FieldSpec, value: Literal) -> float:
    try:
        return float(value.text)
    except ValueError:
        raise query_error(f"TF51012: The value '{value.text}' is not a number, as {field.ref} needs it.") from None


def read_macro(compare: Compare, value: Literal, asker: Asker) -> str:
    name = value.text.lower()
    if name == "@project":
        return asker.need_project().name.casefold()
    if name == "@me":
        return asker.user.mail.casefold()
    raise query_error(f"TF51010: The macro {value.text} is not known. The error is caused by «{compare.words()}».")
