"""Queries for the work items of a migration, in the query language of Azure DevOps (WIQL). Pure.

https://learn.microsoft.com/azure/devops/boards/queries/wiql-syntax
"""

import re
from collections.abc import Iterator, Sequence

from domain.errors import BadInput

TOKEN = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|\[[^\]]*\]|[()]|[A-Za-z_@][\w.]*|[^\s]")
LINKS = frozenset({"WORKITEMLINKS", "LINKS"})
ENDINGS = frozenset({"ORDER", "ASOF", "MODE"})  # what may follow a condition
MIGRATION_QUERY = "A query for a migration is a condition, or a flat query whose WHERE part is the condition."


def scope_condition(*, area_path: str | None = None, types: Sequence[str] = (), wiql: str | None = None) -> str:
    """Which work items of a project are meant: below an area, of some types, and of a person's own query.

    Raises BadInput with a sentence for a query that cannot be a part of another.
    """
    parts = ["[System.TeamProject] = @project"]
    if area_path:
        parts.append(f"[System.AreaPath] UNDER {quote(area_path)}")
    if types:
        parts.append(type_condition(types))
    if wiql and wiql.strip():
        parts.append(f"({read_condition(wiql)})")
    return " AND ".join(parts)


def type_condition(types: Sequence[str], *, others: bool = False) -> str:
    """Work items of these types, or with `others` of all but these."""
    return f"[System.WorkItemType] {'NOT IN' if others else 'IN'} ({', '.join(quote(name) for name in types)})"


def ids_query(condition: str, *, after: int, until: int | None = None) -> str:
    """The ids above `after`, up to `until`, that fit; the lowest first."""
    window = f" AND [System.Id] <= {until}" if until is not None else ""
    where = f"{condition} AND [System.Id] > {after}{window}"
    return f"SELECT [System.Id] FROM WorkItems WHERE {where} ORDER BY [System.Id]"  # noqa: S608  # WIQL only reads


def quote(text: str) -> str:
    """A text as a value of a query."""
    return "'" + text.replace("'", "''") + "'"


def read_condition(wiql: str) -> str:
    """The condition of a query, or the text itself when it is one. Raises BadInput.

    It is put into brackets beside others, so its own brackets and quotes have to close.
    """
    words = list(TOKEN.finditer(wiql))
    if not words:
        raise _refused("It is empty.")
    start, stop = 0, len(wiql)
    if words[0][0].upper() == "SELECT":
        start = _find_where(words)
        words = [word for word in words if word.start() >= start]
    ending = next((word for word in words if word[0].upper() in ENDINGS), None)
    if ending is not None:
        stop = ending.start()
    condition = wiql[start:stop].strip()
    _check_closed(condition)
    return condition


def _find_where(words: Sequence[re.Match[str]]) -> int:
    """Where the condition of a whole query begins."""
    if any(word[0].upper() in LINKS for word in words):
        raise _refused("It asks for links; a flat list of work items is needed.")
    found = next((word.end() for word in words if word[0].upper() == "WHERE"), None)
    if found is None:
        raise _refused("It has no WHERE part, so it names every work item; leave it out.")
    return found


def _check_closed(condition: str) -> None:
    if not condition:
        raise _refused("It has no condition.")
    depth = 0
    for sign in _signs(condition):
        if sign in {"'", '"', "["}:
            raise _refused("A quote or a square bracket in it does not close.")
        depth += {"(": 1, ")": -1}.get(sign, 0)
        if depth < 0:
            break
    if depth:
        raise _refused("A bracket in it does not close, or closes before it opens.")


def _signs(condition: str) -> Iterator[str]:
    return (word[0] for word in TOKEN.finditer(condition))


def _refused(why: str) -> BadInput:
    return BadInput(f"The query of the scope cannot be used. {why} {MIGRATION_QUERY}", code="wiql")
