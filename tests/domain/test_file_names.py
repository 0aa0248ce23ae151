"""Names of files on their way into a header and onto an issue."""

import pytest

from domain.file_names import NAME_CHARACTERS, attach_name


@pytest.mark.parametrize(
    ("name", "attached"),
    [
        ("report.pdf", "report.pdf"),
        ("Größe „neu“ 見積.pdf", "Größe „neu“ 見積.pdf"),
        ('a "quoted" name.txt', "a _quoted_ name.txt"),
        ("folder/in\\name.txt", "folder_in_name.txt"),
        ("two\r\nlines.txt", "two__lines.txt"),
        ("half \ud83d of a pair.txt", "half ? of a pair.txt"),
        (" around ", "around"),
        ("", "file"),
        ("x" * 300 + ".docx", "x" * 250 + ".docx"),
        ("x" * 300, "x" * NAME_CHARACTERS),
        ("." + "x" * 300, "." + "x" * (NAME_CHARACTERS - 1)),
        ("a." + "x" * 300, "a." + "x" * (NAME_CHARACTERS - 2)),
    ],
)
def test_a_name_is_kept_as_far_as_it_can_be(name, attached):
    assert attach_name(name) == attached
