"""From a query to issues: where to look, what to test there, and in which order to give them."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from sandbox.jira_issue_record import State
from sandbox.jira_search_jql import Clause, JqlFault, Part, Query
from sandbox.jira_search_terms import UNKNOWN, Term, Terms
from sandbox.jira_tracker import IssueTracker

Test = Callable[[str, State], bool]
ID_FIELDS = frozenset({"key", "issue", "issuekey", "id"})
WORD = re.compile(r"\w(?:[\w.'’-]*\w)?\*?")
COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "<": lambda held, wanted: held < wanted,
    "<=": lambda held, wanted: held <= wanted,
    ">": lambda held, wanted: held > wanted,
    ">=": lambda held, wanted: held >= wanted,
}


@dataclass(frozen=True, slots=True)
class Plan:
    """`ids`: the only issues for which the test can hold, None when nothing is known."""

    test: Test
    ids: frozenset[str] | None = None


class Searcher:
    """Queries of one caller on one site."""

    def __init__(self, tracker: IssueTracker, account: str) -> None:
        self._tracker, self._account = tracker, account
        self._terms = Terms(tracker, account)

    def search(self, query: Query, newer: Iterable[str] = ()) -> list[str]:
        """The ids of issues that fit, in order. `newer` names issues to look at as they are now, not as indexed.

        Raises JqlFault.
        """
        if query.where is None:
            raise JqlFault("Unbounded JQL queries are not allowed here. Please add a search restriction to your query.")
        plan, states = self._plan(query.where), self._tracker.index.states()
        fresh = {one: self._tracker.records[one].state for one in newer if one in self._tracker.records}
        where = list(states if plan.ids is None else plan.ids)
        looked = {one: state for one in where if (state := states.get(one)) is not None} | fresh
        found = {one: state for one, state in looked.items() if self._sees(one) and plan.test(one, state)}
        return self._sort(found, query.order)

    def _sees(self, issue_id: str) -> bool:
        """Deleted and archived issues are gone at once, whatever the index says."""
        record = self._tracker.records.get(issue_id)
        return record is not None and not record.archived and self._tracker.sees(self._account, record)

    def _plan(self, part: Part) -> Plan:
        if isinstance(part, Clause):
            return self._clause(part)
        plans = [self._plan(one) for one in part.parts]
        tests, known = [one.test for one in plans], [one.ids for one in plans if one.ids is not None]
        if part.word == "not":
            return Plan(lambda issue_id, state: not tests[0](issue_id, state))
        if part.word == "and":
            least = min(known, key=len) if known else None
            return Plan(lambda issue_id, state: all(test(issue_id, state) for test in tests), least)
        every = frozenset().union(*known) if len(known) == len(plans) else None
        return Plan(lambda issue_id, state: any(test(issue_id, state) for test in tests), every)

    def _clause(self, clause: Clause) -> Plan:
        term = self._terms.find(clause.field)
        if clause.operator in {"is", "is not"}:
            empty = clause.operator == "is"
            return Plan(lambda issue_id, state: (not term.values(issue_id, state)) is empty)
        if clause.operator in {"~", "!~"}:
            return self._words(clause, term)
        wanted = frozenset().union(*(term.resolve(value) for value in clause.values))
        if clause.operator in COMPARE:
            compare, value = COMPARE[clause.operator], next(iter(wanted))
            return Plan(lambda issue_id, state: any(compare(one, value) for one in comparable(term, issue_id, state)))
        if clause.operator in {"!=", "not in"}:
            # an issue without a value fits neither = nor !=
            return Plan(lambda issue_id, state: bool(held := set(term.values(issue_id, state))) and not held & wanted)
        return Plan(
            lambda issue_id, state: not wanted.isdisjoint(term.values(issue_id, state)),
            self._where(clause, term, wanted),
        )

    def _words(self, clause: Clause, term: Term) -> Plan:
        if not term.words:
            raise JqlFault(f"The operator '{clause.operator}' is not supported by the '{clause.field}' field.")
        wanted, positive = read_words(clause.field, clause.values[0]), clause.operator == "~"

        def test(issue_id: str, state: State) -> bool:
            text = " ".join(map(str, term.values(issue_id, state))).lower()
            return all(word.search(text) for word in wanted) is positive

        return Plan(test)

    def _where(self, clause: Clause, term: Term, wanted: frozenset[Any]) -> frozenset[str] | None:
        """The issues the index knows to have one of these values."""
        index, name = self._tracker.index, clause.field.lower()
        if name in ID_FIELDS:
            return wanted
        if name == "project":
            return frozenset().union(*(index.project(one) for one in wanted))
        if term.place is not None:
            return frozenset().union(*(index.holders(term.place, one) for one in wanted))
        return None

    def _sort(self, found: dict[str, State], order: tuple[tuple[str, bool], ...]) -> list[str]:
        """The newest first where the query asks for no order."""
        ids = sorted(found, key=int, reverse=True)
        for name, falling in reversed(order):
            key = self._key(name)
            ids.sort(key=lambda one, key=key: key(one, found[one]), reverse=falling)  # type: ignore[misc]
        return ids

    def _key(self, name: str) -> Callable[[str, State], Any]:
        site, records = self._tracker.site, self._tracker.records
        keys: dict[str, Callable[[str, State], Any]] = {
            "id": lambda issue_id, _: int(issue_id),
            "created": lambda issue_id, _: (records[issue_id].created, int(issue_id)),
            "updated": lambda issue_id, state: (state.updated, int(issue_id)),
            "rank": lambda issue_id, _: records[issue_id].rank,
            "summary": lambda _, state: state.fields["summary"].lower(),
            "priority": lambda _, state: state.fields.get("priority") or "",
            "status": lambda _, state: state.status,
            "issuetype": lambda _, state: state.type,
            "duedate": lambda _, state: state.fields.get("duedate") or "",
        }
        if name.lower() in ID_FIELDS - {"id"}:
            return lambda issue_id, _: key_order(site.issues_by_id[issue_id].key)
        if name.lower() in keys:
            return keys[name.lower()]
        term = self._terms.find(name)
        if term.place is None:
            raise JqlFault(UNKNOWN.format(name))
        return lambda issue_id, state: [(isinstance(one, str), one) for one in term.values(issue_id, state)]


def comparable(term: Term, issue_id: str, state: State) -> list[Any]:
    """Values with an order."""
    return [one for one in term.values(issue_id, state) if not isinstance(one, bool)]


def read_words(field: str, text: str) -> list[re.Pattern[str]]:
    """Each whole word, or with * at its end each beginning of one; none is taken for another form of it, as Jira does.

    Raises JqlFault for signs that have a meaning of their own in a search for words.
    support.atlassian.com/jira-software-cloud/docs/search-syntax-for-text-fields
    """
    words = text.lower().split()
    if not words or not all(map(WORD.fullmatch, words)):
        raise JqlFault(f"Unable to parse the text '{text}' for field '{field}'.")
    ends = (("", word.removesuffix("*")) if word.endswith("*") else (r"(?!\w)", word) for word in words)
    return [re.compile(rf"(?<!\w){re.escape(word)}{end}") for end, word in ends]


def key_order(key: str) -> tuple[str, int]:
    project, _, number = key.rpartition("-")
    return project, int(number)
