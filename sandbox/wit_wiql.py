"""Reads the part of the query language that is known here: flat queries over WorkItems.

https://learn.microsoft.com/azure/devops/boards/queries/wiql-syntax
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from sandbox.ado_errors import AdoError
from sandbox.wit_errors import query_error
from sandbox.wit_fields import FieldSpec, find_field

MOST_TEXT = 32_000
TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\")|\[(?P<field>[^\]]+)\]|(?P<number>-?\d+(?:\.\d+)?)"
    r"|(?P<macro>@\w+)|(?P<word>[A-Za-z_][\w.]*)|(?P<sign><>|<=|>=|[=<>(),+*]|-))"
)
WORD_OPERATORS = (
    ("NOT", "CONTAINS", "WORDS"), ("CONTAINS", "WORDS"), ("NOT", "CONTAINS"), ("CONTAINS",), ("NOT", "UNDER"),
    ("UNDER",), ("NOT", "IN"), ("IN",), ("IS", "NOT", "EMPTY"), ("IS", "EMPTY"),
)  # fmt: skip
SIGNS = frozenset({"=", "<>", "<", ">", "<=", ">="})
NOT_KNOWN = frozenset({"EVER", "WAS", "GROUP", "MODE"})


@dataclass(frozen=True, slots=True)
class Token:
    kind: str
    text: str

    def is_word(self, word: str) -> bool:
        return self.kind == "word" and self.text.upper() == word


@dataclass(frozen=True, slots=True)
class Literal:
    """A value of a query. A macro has its `@`; `offset` is what is added to it, in days."""

    kind: str  # text, number, macro or word
    text: str
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Compare:
    field: FieldSpec
    operator: str
    values: tuple[Literal, ...]

    def words(self) -> str:
        """As messages quote it."""
        shown = ", ".join(f"'{value.text}'" if value.kind == "text" else value.text for value in self.values)
        return f"[{self.field.ref}] {self.operator} {shown}".strip()


@dataclass(frozen=True, slots=True)
class Group:
    """`word` is AND, OR or NOT."""

    word: str
    parts: tuple["Condition", ...]


Condition = Compare | Group


@dataclass(frozen=True, slots=True)
class Query:
    columns: tuple[FieldSpec, ...]
    where: Condition | None
    order: tuple[tuple[FieldSpec, bool], ...]  # field, descending
    as_of: str | None


def parse_query(text: str) -> Query:
    """Raises AdoError (400) for a text that is no query, and 501 for a query that is not known here."""
    if len(text) > MOST_TEXT:
        raise query_error(f"TF51009: The query is longer than {MOST_TEXT} characters.")
    return Parser(list(read_tokens(text))).query()


def read_tokens(text: str) -> Iterator[Token]:
    at = 0
    while text[at:].strip():
        found = TOKEN.match(text, at)
        if found is None:
            raise query_error(f"TF51004: The query cannot be read. The error is caused by «{text[at : at + 20]}».")
        kind = found.lastgroup or ""
        raw = found[kind]
        yield Token(kind, raw[1:-1].replace(raw[0] * 2, raw[0]) if kind == "text" else raw)
        at = found.end()


class Parser:
    """One pass over the tokens."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens, self._at = tokens, 0

    def query(self) -> Query:
        self._word("SELECT", "TF51008: The query must begin with SELECT.")
        columns = self._fields()
        self._word("FROM", "TF51006: The query statement is missing a FROM clause.")
        source = self._next()
        if not source.is_word("WORKITEMS"):
            raise AdoError(501, "NotImplementedException", f"The stand-in does not query {source.text}.")
        where = self._condition() if self._take("WHERE") else None
        order = self._order() if self._take("ORDER") else ()
        as_of = self._next().text if self._take("ASOF") else None
        if self._at < len(self._tokens):
            raise self._error()
        return Query(columns, where, order, as_of)

    def _fields(self) -> tuple[FieldSpec, ...]:
        if self._peek("sign", "*"):
            self._at += 1
            return ()
        found = [self._field()]
        while self._peek("sign", ","):
            self._at += 1
            found.append(self._field())
        return tuple(found)

    def _order(self) -> tuple[tuple[FieldSpec, bool], ...]:
        self._word("BY", "TF51004: ORDER must be followed by BY.")
        found: list[tuple[FieldSpec, bool]] = []
        while True:
            field = self._field()
            descending = self._take("DESC")
            if not descending:
                self._take("ASC")
            found.append((field, descending))
            if not self._peek("sign", ","):
                return tuple(found)
            self._at += 1

    def _condition(self) -> Condition:
        parts = [self._conjunction()]
        while self._take("OR"):
            parts.append(self._conjunction())
        return parts[0] if len(parts) == 1 else Group("OR", tuple(parts))

    def _conjunction(self) -> Condition:
        parts = [self._term()]
        while self._take("AND"):
            parts.append(self._term())
        return parts[0] if len(parts) == 1 else Group("AND", tuple(parts))

    def _term(self) -> Condition:
        if self._take("NOT"):
            return Group("NOT", (self._term(),))
        if not self._peek("sign", "("):
            return self._compare()
        self._at += 1
        found = self._condition()
        self._sign(")")
        return found

    def _compare(self) -> Compare:
        field, operator = self._field(), self._operator()
        if operator.endswith("EMPTY"):
            return Compare(field, operator, ())
        if not operator.endswith("IN"):
            return Compare(field, operator, (self._literal(),))
        self._sign("(")
        values = [self._literal()]
        while self._peek("sign", ","):
            self._at += 1
            values.append(self._literal())
        self._sign(")")
        return Compare(field, operator, tuple(values))

    def _operator(self) -> str:
        token = self._next()
        if token.kind == "sign" and token.text in SIGNS:
            return token.text
        self._at -= 1
        if token.text.upper() in NOT_KNOWN:
            raise AdoError(501, "NotImplementedException", f"The stand-in does not know {token.text} in a query.")
        for words in WORD_OPERATORS:
            ahead = self._tokens[self._at : self._at + len(words)]
            if len(ahead) == len(words) and all(a.is_word(b) for a, b in zip(ahead, words, strict=True)):
                self._at += len(words)
                return " ".join(words)
        raise self._error()

    def _literal(self) -> Literal:
        token = self._next()
        if token.kind not in {"text", "number", "macro", "word"}:
            self._at -= 1
            raise self._error()
        offset = 0
        if token.kind == "macro":
            offset = self._offset()
        return Literal(token.kind, token.text, offset)

    def _offset(self) -> int:
        """`- 7` or `+ 7` behind a macro; without a blank the sign belongs to the number."""
        if self._at >= len(self._tokens):
            return 0
        token = self._tokens[self._at]
        if token.kind == "number" and token.text.startswith("-"):
            self._at += 1
            return int(token.text)
        if token.kind != "sign" or token.text not in {"+", "-"}:
            return 0
        self._at += 2
        number = self._tokens[self._at - 1] if self._at <= len(self._tokens) else token
        if not number.text.isdecimal():
            raise self._error()
        return int(number.text) * (1 if token.text == "+" else -1)

    def _field(self) -> FieldSpec:
        token = self._next()
        if token.kind not in {"field", "word"}:
            self._at -= 1
            raise self._error()
        found = find_field(token.text)
        if found is None:
            text = f"TF51005: The query references a field that does not exist. The error is caused by «{token.text}»."
            raise query_error(text)
        return found

    def _take(self, word: str) -> bool:
        found = self._at < len(self._tokens) and self._tokens[self._at].is_word(word)
        self._at += found
        return found

    def _peek(self, kind: str, text: str) -> bool:
        return self._at < len(self._tokens) and self._tokens[self._at] == Token(kind, text)

    def _word(self, word: str, message: str) -> None:
        if not self._take(word):
            raise query_error(message)

    def _sign(self, sign: str) -> None:
        if not self._peek("sign", sign):
            raise self._error()
        self._at += 1

    def _next(self) -> Token:
        if self._at >= len(self._tokens):
            raise query_error("TF51004: The query ends too early.")
        self._at += 1
        return self._tokens[self._at - 1]

    def _error(self) -> AdoError:
        word = self._tokens[self._at].text if self._at < len(self._tokens) else ""
        return query_error(f"TF51004: The query cannot be read. The error is caused by «{word}».")
