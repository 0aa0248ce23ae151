"""What verifying a run may find different in Jira: the words for it, and a sentence that says what repairing does."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

LONGEST = 120  # characters of all words of one row
MORE = "more"
ISSUE_MISSING, ISSUE_MOVED = "issue_missing", "issue_moved"
LINK_MISSING, LINK_REVERSED, LINK_DOUBLED = "link_missing", "link_reversed", "link_doubled"
COMMENT_MISSING, COMMENT_DOUBLED = "comment_missing", "comment_doubled"
FILE_MISSING, FILE_SIZE = "file_missing", "file_size"
ONCE_MORE = "Repairing the run puts it back."
SENTENCES: Mapping[str, str] = {
    ISSUE_MISSING: "{count:,} issues, or things on them, are gone with their issue: deleted, archived, or hidden from "
    "the app. If it was deleted, repair the run: it makes it anew. Else show it to the app and verify again.",
    ISSUE_MOVED: "{count:,} issues were moved to another project. They stay there; repairing changes nothing in them.",
    LINK_MISSING: "{count:,} links are not there. " + ONCE_MORE,
    LINK_REVERSED: "{count:,} links go the other way round. Repairing the run adds the right ones; delete the others.",
    LINK_DOUBLED: "{count:,} links are there more than once. Delete what is too much in Jira and verify again.",
    COMMENT_MISSING: "The comments of {count:,} work items are not all there. " + ONCE_MORE,
    COMMENT_DOUBLED: "Comments of {count:,} work items are there twice. Delete what is too much and verify again.",
    FILE_MISSING: "{count:,} files are not there. " + ONCE_MORE,
    FILE_SIZE: "{count:,} files have another size in Jira than what was sent. Repairing the run attaches them again.",
    MORE: "{count:,} issues differ in more fields than are listed here.",
}
FIELD = "{field} of {count:,} issues is not what was sent. Repairing the run writes it again."
SPRINT = "{count:,} issues are not in their sprint any more. Repairing the run puts them back, unless it is closed."


@dataclass(frozen=True, slots=True)
class Finding:
    """`code` stays the same; `detail` is a sentence; `count` rows have it."""

    code: str
    detail: str
    count: int


def join_codes(codes: Iterable[str]) -> str:
    """The words of one row, each once; '' for none. As many as fit, then MORE."""
    joined = ""
    for code in dict.fromkeys(codes):
        longer = f"{joined},{code}" if joined else code
        if len(longer) > LONGEST - len(MORE) - 1:
            return f"{joined},{MORE}" if joined else MORE
        joined = longer
    return joined


def split_codes(joined: str) -> list[str]:
    return joined.split(",") if joined else []


def tell_findings(
    counts: Mapping[str, int], names: Mapping[str, str], sprints: Collection[str] = ()
) -> tuple[Finding, ...]:
    """One for each word, the most frequent first. `counts` by what `join_codes` made; `names` of fields by their id;
    `sprints`: the ids of sprint fields.
    """
    found: Counter[str] = Counter()
    for joined, count in counts.items():
        found.update(dict.fromkeys(split_codes(joined), count))
    known = {**dict.fromkeys(sprints, SPRINT), **SENTENCES}
    return tuple(
        Finding(code, known.get(code, FIELD).format(field=names.get(code, code), count=count), count)
        for code, count in found.most_common()
    )
