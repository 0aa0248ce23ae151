from datetime import UTC, datetime

import pytest

from domain import json_fields
from domain.errors import BadEvent
from domain.json_fields import decode_body, parse_moment

BODY = {
    "resource": {"id": 7, "name": "shelf", "on": True, "list": [{"a": 1}], "day": "2026-03-02T09:15:00.1234567Z"},
    "nothing": None,
    "words": ["a"],
    "smallest": "0001-01-01T00:00:00",
    "early": "0001-01-01T00:00:00+05:00",
    "broken": "half \ud83d of a pair",
}


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2026-03-02T09:15:00.1234567Z", datetime(2026, 3, 2, 9, 15, 0, 123456, UTC)),
        ("2026-03-02T09:15:00Z", datetime(2026, 3, 2, 9, 15, tzinfo=UTC)),
        ("2026-03-02T09:15:00.5", datetime(2026, 3, 2, 9, 15, 0, 500000, UTC)),
        ("2026-03-02T11:15:00+02:00", datetime(2026, 3, 2, 9, 15, tzinfo=UTC)),
        ("2026-03-02T09:15:00.4370396+00:00", datetime(2026, 3, 2, 9, 15, 0, 437039, UTC)),
        ("0001-01-01T00:00:00", datetime(1, 1, 1, tzinfo=UTC)),
    ],
)
def test_dates_of_dotnet_are_read_in_utc(written, read):
    assert parse_moment(written) == read
    assert parse_moment(written).tzinfo is UTC


def test_present_fields_are_read_by_their_kind():
    assert json_fields.text(BODY, "resource", "name") == "shelf"
    assert json_fields.number(BODY, "resource", "id") == 7
    assert json_fields.flag(BODY, "resource", "on") is True
    assert json_fields.records(BODY, "resource", "list") == ({"a": 1},)
    assert json_fields.record(BODY, "resource")["name"] == "shelf"
    assert json_fields.moment(BODY, "resource", "day") == datetime(2026, 3, 2, 9, 15, 0, 123456, UTC)


def test_fields_that_may_be_absent_are_empty():
    for path in (("nothing",), ("none",), ("resource", "none"), ("words", "deeper")):
        assert json_fields.optional_text(BODY, *path) is None
        assert json_fields.optional_number(BODY, *path) is None
        assert json_fields.optional_record(BODY, *path) is None
        assert json_fields.optional_moment(BODY, *path) is None
        assert json_fields.flag(BODY, *path) is False
        assert json_fields.records(BODY, *path) == ()


def test_optional_fields_are_read_when_they_are_there():
    assert json_fields.optional_text(BODY, "resource", "name") == "shelf"
    assert json_fields.optional_number(BODY, "resource", "id") == 7
    assert json_fields.optional_record(BODY, "resource") == BODY["resource"]
    assert json_fields.optional_moment(BODY, "resource", "day") is not None


def test_the_smallest_date_of_dotnet_means_not_set():
    assert json_fields.optional_moment(BODY, "smallest") is None


@pytest.mark.parametrize(
    ("reader", "path", "reason"),
    [
        ("text", ("resource", "none"), "resource.none is missing"),
        ("text", ("nothing",), "nothing is missing"),
        ("text", ("resource", "id"), "resource.id is not text"),
        ("optional_text", ("resource", "id"), "resource.id is not text"),
        ("number", ("resource", "name"), "resource.name is not a whole number"),
        ("number", ("resource", "on"), "resource.on is not a whole number"),
        ("optional_number", ("resource", "name"), "resource.name is not a whole number"),
        ("flag", ("resource", "id"), "resource.id is not true or false"),
        ("moment", ("resource", "name"), "resource.name is not a date"),
        ("moment", ("early",), "early is not a date"),
        ("moment", ("resource", "none"), "resource.none is missing"),
        ("record", ("words",), "words is not an object"),
        ("record", ("none",), "none is missing"),
        ("optional_record", ("words",), "words is not an object"),
        ("records", ("words",), "words is not a list of objects"),
        ("records", ("resource",), "resource is not a list of objects"),
    ],
)
def test_a_wrong_field_is_named_and_its_value_is_not(reader, path, reason):
    with pytest.raises(BadEvent) as refused:
        getattr(json_fields, reader)(BODY, *path)
    assert str(refused.value) == reason


def test_what_a_part_lacks_is_told_with_the_whole_path():
    def name_of(shape):
        return json_fields.text(shape, "person", "name")

    people = {"by": {"person": {"name": "Ines"}}, "all": [{"person": {"name": "Taro"}}, {"person": {}}]}
    assert json_fields.parse_record(name_of, people, "by") == "Ines"
    assert json_fields.parse_records(name_of, people, "none") == ()
    with pytest.raises(BadEvent, match=r"^all\[1\]\.person\.name is missing$"):
        json_fields.parse_records(name_of, people, "all")
    with pytest.raises(BadEvent, match=r"^by\.person\.id is missing$"):
        json_fields.parse_record(lambda shape: json_fields.number(shape, "person", "id"), people, "by")


def test_half_of_a_surrogate_pair_becomes_a_question_mark():
    assert json_fields.text(BODY, "broken") == "half ? of a pair"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "the body is not JSON"),
        (b"{", "the body is not JSON"),
        (b"[1]", "the body is not a JSON object"),
        (b"null", "the body is not a JSON object"),
        (b'{"a": "\xff"}', "the body is not UTF-8"),
        ("{}".encode("utf-16"), "the body is not UTF-8"),
        (b'{"a": ' + b"1" * 5000 + b"}", "the body is not JSON"),
        (b"[" * 200_000, "the body is not JSON"),
    ],
)
def test_a_body_that_is_no_json_object_is_refused(body, reason):
    with pytest.raises(BadEvent) as refused:
        decode_body(body)
    assert str(refused.value) == reason


def test_a_byte_order_mark_does_no_harm():
    assert decode_body(b'\xef\xbb\xbf{"a": 1}') == {"a": 1}
