"""A scan report as JSON values, as it is stored and shown, and back. Names are the record's in camelCase. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any, TypeVar

from domain.records import Json
from domain.scan_reports import FieldUse, FileCount, Over, ScanReport, TypeCount
from domain.work_items import TreeNode

Record = TypeVar("Record")


def write_scan(report: ScanReport) -> Json:
    """The document of a report."""
    return _write_record(report)


def read_scan(document: Json) -> ScanReport:
    """The report of a document that `write_scan` made; what a document lacks is as in an empty report."""
    values = _named(ScanReport, document)
    for name, of in (("types", TypeCount), ("fields", FieldUse), ("areas", TreeNode), ("iterations", TreeNode)):
        values[name] = _read_each(of, values.get(name, ()))
    values["over"] = {code: _read_over(over) for code, over in values.get("over", {}).items()}
    values["files"] = _read_files(values.get("files", {}))
    return ScanReport(**values)


def _read_over(document: Json) -> Over:
    return Over(**_named(Over, document, examples=tuple))


def _read_files(document: Json) -> FileCount:
    return FileCount(**_named(FileCount, document, biggest=_read_pairs))


def _read_pairs(pairs: Sequence[Sequence[int]]) -> tuple[tuple[int, int], ...]:
    return tuple((item, size) for item, size in pairs)


def _read_each(record: Callable[..., Record], documents: Sequence[Json]) -> tuple[Record, ...]:
    return tuple(record(**_named(record, document)) for document in documents)


def _named(record: Any, document: Json, **readers: Callable[[Any], Any]) -> dict[str, Any]:
    """The values of a document by the names of a record's fields."""
    found = {field.name: document[camel(field.name)] for field in fields(record) if camel(field.name) in document}
    return {name: readers[name](value) if name in readers else value for name, value in found.items()}


def _write_record(record: Any) -> Json:
    return {camel(field.name): _write_value(getattr(record, field.name)) for field in fields(record)}


def _write_value(value: Any) -> Any:
    if is_dataclass(value):
        return _write_record(value)
    if isinstance(value, Mapping):
        return {key: _write_value(one) for key, one in value.items()}
    return [_write_value(one) for one in value] if isinstance(value, tuple) else value


def camel(name: str) -> str:
    """A field's name as JSON spells it: `area_items` is `areaItems`."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
