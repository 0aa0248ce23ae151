"""What verifying a run may find different in Jira: the words for it, and a sentence that says what repairing does."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from domain.counted_words import count_words

LONGEST = 120  # characters of all words of one row
MORE = "more"
ISSUE_MISSING, ISSUE_MOVED = "issue_missing", "issue_moved"
LINK_MISSING, LINK_REVERSED, LINK_DOUBLED = "link_missing", "link_reversed", "link_doubled"
COMMENT_MISSING, COMMENT_DOUBLED = "comment_missing", "comment_doubled"
FILE_MISSING, FILE_SIZE = "file_missing", "file_size"
ONCE_MORE = "Repairing the run puts it back."
# what has it, when it is one thing and when it is more; the sentence around that
SENTENCES: Mapping[str, tuple[str, str, str]] = {
    ISSUE_MISSING: (
        "issue, or something on it, is gone with it", "issues, or things on them, are gone with their issue",
        "{what}: deleted, archived, or hidden from the app. If it was deleted, repair the run: it makes it anew. Else "
        "show it to the app and verify again.",
    ),
    ISSUE_MOVED: (
        "issue was", "issues were", "{what} moved to another project, and stays there; repairing changes nothing in it."
    ),
    LINK_MISSING: ("link is", "links are", "{what} not there. " + ONCE_MORE),
    LINK_REVERSED: (
        "link goes", "links go",
        "{what} the other way round. Repairing the run adds what is right; delete the other in Jira.",
    ),
    LINK_DOUBLED: (
        "link is", "links are", "{what} there more than once. Delete what is too much in Jira and verify again."
    ),
    COMMENT_MISSING: ("work item", "work items", "The comments of {what} are not all there. " + ONCE_MORE),
    COMMENT_DOUBLED: (
        "work item", "work items", "Comments of {what} are there twice. Delete what is too much and verify again."
    ),
    FILE_MISSING: ("file is", "files are", "{what} not there. " + ONCE_MORE),
    FILE_SIZE: (
        "file has", "files have",
        "{what} another size in Jira than what was sent. Repairing the run attaches it again.",
    ),
    MORE: ("issue differs", "issues differ", "{what} in more fields than are listed here."),
}  # fmt: skip
FIELD = ("issue", "issues", "{field} of {what} is not what was sent. Repairing the run writes it again.")
SPRINT = (
    "issue is not in its sprint", "issues are not in their sprint",
    "{what} any more. Repairing the run mends that, unless the sprint is closed.",
)  # fmt: skip


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
        Finding(code, _tell(known.get(code, FIELD), names.get(code, code), count), count)
        for code, count in found.most_common()
    )


def _tell(words: tuple[str, str, str], field: str, count: int) -> str:
    one, many, sentence = words
    return sentence.format(what=count_words(count, one, many), field=field)
