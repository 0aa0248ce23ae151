"""The fields of JQL: which values an issue has in them, and what a value in a query means.

support.atlassian.com/jira-software-cloud/docs/jql-fields
"""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox.jira_issue_record import State
from sandbox.jira_scheme import CATEGORIES, Field
from sandbox.jira_search_index import Extraction, read_values
from sandbox.jira_search_jql import JqlFault
from sandbox.jira_tracker import IssueTracker

UNKNOWN = "Field '{}' does not exist or you do not have permission to view it."
PROPERTY = re.compile(r"issue\.property\[\"?([^\"\]]+)\"?\]\.(\S+)", re.IGNORECASE)
CUSTOM_ID = re.compile(r"cf\[(\d+)\]", re.IGNORECASE)
KEY = re.compile(r"[A-Za-z][A-Za-z0-9_]*-\d+")
RELATIVE = re.compile(r"([+-]?\d+)([wdhm])")
SPANS = {"w": timedelta(weeks=1), "d": timedelta(days=1), "h": timedelta(hours=1), "m": timedelta(minutes=1)}
MOMENTS = ("%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M", "%Y-%m-%d", "%Y/%m/%d")

Values = Callable[[str, State], Collection[Any]]
Resolve = Callable[[str], frozenset[Any]]


@dataclass(frozen=True, slots=True)
class Term:
    """One field. `place` tells where the index knows issues by value; `words` fields are searched with ~."""

    values: Values
    resolve: Resolve
    place: tuple[str, str] | None = None
    words: bool = False


def plain(text: str) -> frozenset[Any]:
    return frozenset({text})


class Terms:
    """The fields that a caller of one site can search."""

    def __init__(self, tracker: IssueTracker, account: str) -> None:
        self._tracker, self._account = tracker, account
        fixed: Mapping[tuple[str, ...], Term] = {
            ("project",): Term(lambda _, state: (state.project,), self._project),
            ("key", "issue", "issuekey", "id"): Term(lambda issue_id, _: (issue_id,), self._issue),
            ("parent",): Term(lambda _, state: some(state.fields.get("parent")), self._issue),
            ("issuetype", "type"): Term(lambda _, state: (state.type,), self._named("issuetype", "types")),
            ("status",): Term(lambda _, state: (state.status,), self._named("status", "statuses")),
            ("statuscategory",): Term(self._category, self._category_named),
            ("labels",): Term(lambda _, state: state.fields.get("labels", ()), plain),
            ("summary", "text"): Term(lambda _, state: (state.fields["summary"],), plain, words=True),
            ("created",): Term(lambda issue_id, _: (tracker.records[issue_id].created,), self._moment),
            ("updated",): Term(lambda _, state: (state.updated,), self._moment),
            ("creator",): Term(lambda issue_id, _: (tracker.records[issue_id].creator,), self._person),
        }
        self._fixed = {name: term for names, term in fixed.items() for name in names}

    def find(self, name: str) -> Term:
        """Raises JqlFault for a field that is not there."""
        known = self._fixed.get(name.lower())
        if known is not None:
            return known
        extraction = self._extraction(name)
        if extraction is not None:
            return self._property(extraction)
        field = self._field(name)
        if field is None:
            raise JqlFault(UNKNOWN.format(name))
        return self._of_field(field)

    def _extraction(self, name: str) -> Extraction | None:
        """By alias, or `issue.property[key].path` of what an app declared."""
        wanted = PROPERTY.fullmatch(name)
        for one in self._tracker.index.declared():
            if (wanted and one.place == wanted.groups()) or one.alias.lower() == name.lower() != "":
                return one
        return None

    def _field(self, name: str) -> Field | None:
        wanted = CUSTOM_ID.fullmatch(name)
        lowered = "fixVersions" if name.lower() == "fixversion" else {"component": "components"}.get(name.lower(), name)
        names = {f"customfield_{wanted[1]}"} if wanted else {lowered, lowered.lower()}
        for one in self._tracker.catalogue.fields.values():
            if names & {one.id, one.name, one.name.lower()} and one.kind not in {"text", "fixed", "timetracking"}:
                return one
        return None

    def _property(self, found: Extraction) -> Term:
        def values(_: str, state: State) -> Collection[Any]:
            sent = state.properties.get(found.key)
            return read_values(sent, found.name) if sent is not None else ()

        return Term(values, number if found.type == "number" else plain, found.place, words=found.type == "text")

    def _of_field(self, field: Field) -> Term:
        def values(_: str, state: State) -> Collection[Any]:
            return some(state.fields.get(field.id))

        catalogue = self._tracker.catalogue
        named: Mapping[str, Callable[[], Collection[Any]]] = {
            "priority": lambda: catalogue.priorities,
            "resolution": lambda: catalogue.resolutions,
            "option": lambda: field.options,
            "options": lambda: field.options,
            "components": self._tracker.components.values,
            "versions": self._tracker.versions.values,
            "sprint": self._tracker.agile.sprints.values,
        }
        if field.kind in named:
            return Term(values, lambda text: among(named[field.kind](), text, field.name))
        resolve = {"number": number, "user": self._person, "users": self._person}.get(field.kind, plain)
        return Term(values, resolve, words=field.kind == "string")

    def _project(self, text: str) -> frozenset[str]:
        site = self._tracker.site
        found = site.find_project(text) or site.find_project(text.upper())
        found = found or next((one for one in site.projects.values() if one.name.lower() == text.lower()), None)
        if found is None or not self._tracker.allows(self._account, "BROWSE_PROJECTS", found.id):
            raise JqlFault(f"The value '{text}' does not exist for the field 'project'.")
        return frozenset({found.id})

    def _issue(self, text: str) -> frozenset[str]:
        if not text.isdigit() and not KEY.fullmatch(text):
            raise JqlFault(f"The issue key '{text}' for field 'key' is invalid.")
        record = self._tracker.record(text)
        if record is None or not self._tracker.sees(self._account, record):
            word = "ID" if text.isdigit() else "key"
            raise JqlFault(f"An issue with {word} '{text}' does not exist for field '{word.lower()}'.")
        return frozenset({record.id})

    def _named(self, field: str, which: str) -> Resolve:
        return lambda text: among(getattr(self._tracker.catalogue, which).values(), text, field)

    def _category(self, _: str, state: State) -> Collection[str]:
        return (self._tracker.catalogue.statuses[state.status].category,)

    def _category_named(self, text: str) -> frozenset[str]:
        found = {key for key, (number_, name, _) in CATEGORIES.items() if text.lower() in {key, name.lower(), number_}}
        if not found:
            raise JqlFault(f"The value '{text}' does not exist for the field 'statusCategory'.")
        return frozenset(found)

    def _person(self, text: str) -> frozenset[str]:
        return frozenset({self._account if text.lower() == "currentuser()" else text})

    def _moment(self, text: str) -> frozenset[float]:
        """Seconds since 1970; `-2d` counts back from now. Raises JqlFault."""
        relative = RELATIVE.fullmatch(text)
        if relative:
            return frozenset({self._tracker.now() + (int(relative[1]) * SPANS[relative[2]]).total_seconds()})
        for form in MOMENTS:
            try:
                return frozenset({datetime.strptime(text, form).replace(tzinfo=UTC).timestamp()})
            except ValueError:
                continue
        raise JqlFault(f"Date value '{text}' is invalid. Valid formats include: 'yyyy/MM/dd HH:mm', 'yyyy-MM-dd'.")


def some(value: Any) -> Collection[Any]:
    """None is no value, a tuple several."""
    if value is None:
        return ()
    return value if isinstance(value, tuple) else (value,)


def number(text: str) -> frozenset[float]:
    try:
        return frozenset({float(text)})
    except ValueError:
        raise JqlFault(f"The value '{text}' is not a number.") from None


def among(several: Collection[Any], text: str, field: str) -> frozenset[Any]:
    """The ids of all with this id or name. Raises JqlFault when there is none."""
    found = frozenset(one.id for one in several if str(one.id) == text or one.name.lower() == text.lower())
    if not found:
        raise JqlFault(f"The value '{text}' does not exist for the field '{field}'.")
    return found
