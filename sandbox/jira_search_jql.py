"""JQL, as far as a migration speaks it: clauses with AND, OR and NOT, and ORDER BY.

support.atlassian.com/jira-software-cloud/docs/jql-operators
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

TOKEN = re.compile(
    r"""\s*(?:
    (?P<quoted>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
  | (?P<sign>!=|!~|<=|>=|[=~<>(),])
  | (?P<word>[^\s()=!~<>,"'\[]+(?:\[[^\]]*\][^\s()=!~<>,"']*)?)
    )""",
    re.VERBOSE,
)
SIGNS = frozenset({"=", "!=", "~", "!~", "<", "<=", ">", ">="})
EMPTY = frozenset({"empty", "null"})
MOST_ORDERS = 7


class JqlFault(Exception):
    """A query that cannot be read or names what is not there; the text is Jira's sentence."""


@dataclass(frozen=True, slots=True)
class Token:
    text: str
    quoted: bool = False

    @property
    def word(self) -> str:
        """Lower case, empty for a quoted text: a quoted word is never a keyword."""
        return "" if self.quoted else self.text.lower()


@dataclass(frozen=True, slots=True)
class Clause:
    """`operator`: =, !=, ~, !~, <, <=, >, >=, in, not in, is, is not. For `is` there are no values."""

    field: str
    operator: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """`word` is and, or, not."""

    word: str
    parts: "tuple[Part, ...]"


Part = Clause | Group


@dataclass(frozen=True, slots=True)
class Query:
    """`where` is None for a query without a restriction. `order`: field and whether it falls."""

    where: Part | None
    order: tuple[tuple[str, bool], ...]


def parse_jql(text: str) -> Query:
    """Raises JqlFault."""
    return Reader(list(read_tokens(text))).query()


def read_tokens(text: str) -> Iterator[Token]:
    position = 0
    while text[position:].strip():
        found = TOKEN.match(text, position)
        if found is None:
            rest = text[position:].strip()
            word = "quoted string" if rest[0] in "\"'" else "character"
            raise JqlFault(f"Error in the JQL Query: The {word} '{rest[:20]}' is not allowed here.")
        position = found.end()
        if found["quoted"]:
            yield Token(re.sub(r"\\(.)", r"\1", found["quoted"][1:-1]), quoted=True)
        else:
            yield Token(found["sign"] or found["word"])


class Reader:
    """Reads tokens one by one."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._at = 0

    def query(self) -> Query:
        where = None if self._word() in {"", "order"} and not self._quoted() else self._either()
        order = self._order() if self._word() == "order" else ()
        if self._at < len(self._tokens):
            raise JqlFault(
                f"Error in the JQL Query: Expecting either 'OR' or 'AND' but got '{self._tokens[self._at].text}'."
            )
        return Query(where, order)

    def _either(self) -> Part:
        parts = [self._both()]
        while self._word() in {"or", "||", "|"}:
            self._next()
            parts.append(self._both())
        return parts[0] if len(parts) == 1 else Group("or", tuple(parts))

    def _both(self) -> Part:
        parts = [self._single()]
        while self._word() in {"and", "&&", "&"}:
            self._next()
            parts.append(self._single())
        return parts[0] if len(parts) == 1 else Group("and", tuple(parts))

    def _single(self) -> Part:
        if self._word() == "not":
            self._next()
            return Group("not", (self._single(),))
        if self._word() == "(":
            self._next()
            found = self._either()
            self._expect(")")
            return found
        return self._clause()

    def _clause(self) -> Clause:
        field = self._next().text
        operator = self._operator()
        if operator in {"in", "not in"}:
            return Clause(field, operator, self._list())
        value = self._value()
        if operator in {"is", "is not"} or (operator in {"=", "!="} and value.word in EMPTY):
            if value.word not in EMPTY:
                raise JqlFault(f"Error in the JQL Query: Expecting 'EMPTY' or 'NULL' but got '{value.text}'.")
            return Clause(field, "is" if operator in {"is", "="} else "is not", ())
        return Clause(field, operator, (value.text,))

    def _operator(self) -> str:
        token = self._next()
        if token.text in SIGNS and not token.quoted:
            return token.text
        if token.word == "in":
            return "in"
        if token.word == "not" and self._word() == "in":
            self._next()
            return "not in"
        if token.word == "is":
            negated = self._word() == "not"
            if negated:
                self._next()
            return "is not" if negated else "is"
        raise JqlFault(f"Error in the JQL Query: Expecting an operator but got '{token.text}'.")

    def _list(self) -> tuple[str, ...]:
        self._expect("(")
        values = [self._value().text]
        while self._word() == ",":
            self._next()
            values.append(self._value().text)
        self._expect(")")
        return tuple(values)

    def _value(self) -> Token:
        """A value, or a function without arguments such as `currentUser()`."""
        found = self._next()
        if self._word() == "(" and not found.quoted:
            self._next()
            self._expect(")")
            return Token(f"{found.text}()")
        return found

    def _order(self) -> tuple[tuple[str, bool], ...]:
        self._next()
        self._expect("by")
        found = [self._sort()]
        while self._word() == ",":
            self._next()
            found.append(self._sort())
        if len(found) > MOST_ORDERS:
            raise JqlFault(f"The 'order by' clause can contain a maximum of {MOST_ORDERS} fields.")
        return tuple(found)

    def _sort(self) -> tuple[str, bool]:
        field = self._next().text
        falling = self._word() == "desc"
        if self._word() in {"asc", "desc"}:
            self._next()
        return field, falling

    def _word(self) -> str:
        return self._tokens[self._at].word if self._at < len(self._tokens) else ""

    def _quoted(self) -> bool:
        return self._at < len(self._tokens) and self._tokens[self._at].quoted

    def _next(self) -> Token:
        if self._at >= len(self._tokens):
            raise JqlFault("Error in the JQL Query: Expecting a value, list or function before the end of the query.")
        self._at += 1
        return self._tokens[self._at - 1]

    def _expect(self, text: str) -> None:
        found = self._next()
        if found.word != text:
            raise JqlFault(f"Error in the JQL Query: Expecting '{text}' but got '{found.text}'.")
