"""What people may write into a field: the rules of the service for values that come in.

https://learn.microsoft.com/azure/devops/organizations/settings/work/object-limits
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sandbox.ado_clock import parse_time
from sandbox.ado_errors import bad_request
from sandbox.ado_model import Project, User
from sandbox.ado_state import OrganizationState
from sandbox.wit_errors import invalid_tree, invalid_value, no_field, rule_error
from sandbox.wit_fields import FieldSpec, allowed_values, find_field, is_limited
from sandbox.wit_model import Fields, Node, TreeKind
from sandbox.wit_process import WorkType

MOST_TEXT, MOST_LONG, MOST_TAGS, MOST_TAG = 255, 1_000_000, 100, 400
TREES: dict[str, TreeKind] = {"System.AreaPath": "area", "System.IterationPath": "iteration"}
STATE_CODES = "HasValues, LimitedToValues, AllowsOldValue, InvalidNotOldValue"
MISSING_CODES = "Required, HasValues, InvalidEmpty"


class InputReader:
    """Reads values for one work item; `number` is its id, -1 before it has one."""

    def __init__(self, organization: OrganizationState, project: Project, kind: WorkType, number: int) -> None:
        self._organization, self._project, self._kind, self._number = organization, project, kind, number
        self._by_type: Mapping[str, Callable[[FieldSpec, Any], Any]] = {
            "treePath": self._tree, "dateTime": self._date, "integer": self._number_of, "double": self._number_of,
            "boolean": self._flag, "html": self._long, "history": self._long,
        }  # fmt: skip

    def read(self, given: Mapping[str, Any]) -> Fields:
        """Values by reference name; None or an empty text takes a value away. Raises AdoError (400, 404)."""
        found: Fields = {}
        for name, value in given.items():
            field = find_field(name)
            if field is None or field.ref not in self._kind.fields:
                raise no_field(name)
            if field.read_only:
                raise rule_error(field.name, "ReadOnly")
            empty = value is None or (isinstance(value, str) and not value.strip())
            found[field.ref] = None if empty else self._read(field, value)
        return found

    def check_required(self, fields: Fields) -> None:
        """Raises AdoError (400) for the first required field without a value."""
        for ref in sorted(self._kind.required):
            if fields.get(ref) is None:
                field = find_field(ref)
                raise rule_error(field.name if field else ref, MISSING_CODES)

    def _read(self, field: FieldSpec, value: Any) -> Any:
        if field.identity:
            return value if isinstance(value, User) else self._organization.find_user(str(value))
        if field.ref == "System.Tags":
            return self._tags(value)
        reader: Callable[[FieldSpec, Any], Any] = self._by_type.get(field.type, self._text)
        return reader(field, value)

    def _tree(self, field: FieldSpec, value: Any) -> Node:
        if isinstance(value, Node):
            return value
        tracking = self._organization.work
        found = tracking.node_by_field(TREES[field.ref], str(value), [self._project])
        if found is None:
            raise invalid_tree(self._number, field.ref)
        return found

    def _date(self, field: FieldSpec, value: Any) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            return parse_time(str(value))
        except ValueError:
            raise invalid_value(field.name, "InvalidDate") from None

    def _number_of(self, field: FieldSpec, value: Any) -> float:
        try:
            found = float(value)
        except (TypeError, ValueError):
            raise invalid_value(field.name, "InvalidType") from None
        if field.type == "integer" and not found.is_integer():
            raise invalid_value(field.name, "InvalidType")
        shown = int(found) if field.type == "integer" else found
        if is_limited(field) and str(shown) not in allowed_values(field):
            raise rule_error(field.name, STATE_CODES)
        return shown

    def _flag(self, field: FieldSpec, value: Any) -> bool:
        if str(value).lower() not in {"true", "false"}:
            raise invalid_value(field.name, "InvalidType")
        return str(value).lower() == "true"

    def _long(self, field: FieldSpec, value: Any) -> str:
        if len(str(value)) > MOST_LONG:
            raise rule_error(field.name, "InvalidTooLong")
        return str(value)

    def _text(self, field: FieldSpec, value: Any) -> str:
        text = str(value).strip()
        if len(text) > MOST_TEXT:
            raise rule_error(field.name, "InvalidTooLong")
        if field.ref == "System.State":
            return self._state(text)
        if is_limited(field) and text not in allowed_values(field):
            raise rule_error(field.name, STATE_CODES)
        return text

    def _state(self, text: str) -> str:
        found = self._kind.find_state(text)
        if found is None:
            raise rule_error("State", STATE_CODES)
        return found.name

    def _tags(self, value: Any) -> tuple[str, ...]:
        """`a; b`, or a list. A tag that is known in another case keeps the case it was first written in."""
        parts = value.replace(",", ";").split(";") if isinstance(value, str) else [str(one) for one in value]
        names = [part.strip() for part in parts if part.strip()]
        if len(names) > MOST_TAGS or any(len(name) > MOST_TAG for name in names):
            raise bad_request(f"TF401404: A work item has at most {MOST_TAGS} tags of at most {MOST_TAG} characters.")
        moment = self._organization.clock.source()
        known = (self._organization.work.note_tag(self._project, name, moment).name for name in names)
        return tuple(sorted(dict.fromkeys(known), key=str.casefold))
