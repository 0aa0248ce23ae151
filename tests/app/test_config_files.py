"""YAML as people keep it: in, out, and refused."""

import pytest

from app.config_files import decode_yaml, encode_yaml
from domain.errors import BadInput
from domain.mapping_documents import read_mapping, write_mapping
from domain.mapping_records import IterationRow, Mapping, ValueRow

MAPPING = Mapping(
    "levels",
    priorities=(ValueRow("1", "2", 0.9, "Größe: „hoch“ #1"),),
    iterations=(IterationRow("Shop\\Q1", "new", None, "Q1", "2026-01-05", "2026-01-18"),),
    people=tuple(ValueRow(f"guid-{number}", f"account-{number}") for number in range(2_000)),
    extra_labels=("yes", "1e3", "null", "2026-01-05"),
)


def decode(text: str, **more: int) -> object:
    return decode_yaml(text, name="The mapping", pointer="", typed=True, **more)


def test_a_mapping_is_the_same_after_it_was_yaml():
    text = encode_yaml(write_mapping(MAPPING))
    assert text.startswith("plan: levels\n")
    assert "„hoch“" in text
    assert read_mapping(decode(text, most_bytes=1_000_000)) == MAPPING


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("plan: &a levels\nmore: *a", "uses an alias"),
        ("[" * 30 + "]" * 30, "nested more than 20 levels"),
        ("plan: levels\n  more: 1\n", "is no valid YAML (line 2)"),
        ("plan: !!python/object/apply:os.getcwd []", "is no valid YAML"),
        ("plan: \x00", "is no valid YAML"),
        ("x" * 70_000, "is larger than 64 KB"),
    ],
)
def test_what_is_no_plain_data_is_refused(text, words):
    with pytest.raises(BadInput) as caught:
        decode(text)
    assert words in str(caught.value)
