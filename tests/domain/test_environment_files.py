"""The environment mapping of a decoded `.jira/config.yml`."""

from typing import Any

import pytest

from domain.environment_files import FILE_GLOBS, import_mapping


def read(mapping: Any) -> Any:
    return import_mapping({"deployments": {"environmentMapping": mapping, "services": {"ids": ["x"]}}})


def test_globs_are_taken_by_type_in_the_order_of_the_file() -> None:
    found = read({"production": ["live*", " prod "], "development": "dev*"})
    assert list(found.mapping.items()) == [("production", ("live*", "prod")), ("development", ("dev*",))]
    assert found.ignored == ()


def test_types_that_do_not_exist_are_told() -> None:
    found = read({"preview": ["pr-*"], "unmapped": ["x"], "staging": ["stg"], 7: ["y"]})
    assert list(found.mapping) == ["staging"]
    assert [words.partition(" is no type")[0] for words in found.ignored] == ["“preview”", "“unmapped”", "“7”"]


def test_ten_patterns_of_a_type_are_taken() -> None:
    found = read({"testing": [f"qa{number}" for number in range(12)]})
    assert len(found.mapping["testing"]) == FILE_GLOBS
    assert found.ignored == tuple(f"“qa{n}” of testing is over the limit of 10 patterns" for n in (10, 11))


@pytest.mark.parametrize(
    ("glob", "words"),
    [
        (7, "is not text"), (None, "is not text"), ("  ", "is not text"), (["x"], "is not text"),
        ("{a,b}", "wider pattern"), ("qa[12]", "wider pattern"), ("!prod", "wider pattern"), ("x" * 201, "longer than"),
    ],
)  # fmt: skip
def test_a_pattern_that_is_not_understood_is_told_and_its_neighbours_stay(glob: object, words: str) -> None:
    found = read({"testing": ["qa", glob, "uat"]})
    assert found.mapping == {"testing": ("qa", "uat")}
    (reason,) = found.ignored
    assert words in reason
    assert len(reason) < 100


@pytest.mark.parametrize(
    "decoded", [None, "x", [], {}, {"deployments": []}, {"deployments": {"environmentMapping": 1}}]
)
def test_a_file_that_says_nothing_of_environments_says_so(decoded: object) -> None:
    found = import_mapping(decoded)
    assert (found.mapping, found.ignored) == ({}, ("the file has no deployments.environmentMapping",))


def test_a_file_full_of_faults_does_not_fill_the_page() -> None:
    assert len(read({f"type {number}": [] for number in range(500)}).ignored) == 50
