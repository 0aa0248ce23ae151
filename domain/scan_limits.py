"""Which limits of Jira a work item is over, as a scan counts them. Pure; the texts are only measured.

Limits: https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/ (Get issue limit report) and
https://support.atlassian.com/jira-cloud-administration/docs/configure-advanced-settings/
"""

import re
from collections import Counter
from collections.abc import Collection, Iterator

from domain.jira_limits import cut_text
from domain.rich_text import to_adf
from domain.rich_text_cut import TEXT_CHARACTERS, document_of, measure
from domain.rich_text_walk import Reading
from domain.work_items import ATTACHMENT, PARENT, TAGS, TITLE, TextFormat, WorkItem

LINE_CHARACTERS = 255  # summary and label
COMMENTS, FILES, LINKS = 5_000, 2_000, 2_000  # of one issue
# What becomes a node of a document has one of these signs in front; a node takes no more than so many characters
HTML_SIGNS, MARKDOWN_SIGNS = "<", "<\n*_`[|"
NODE_CHARACTERS = 130
# What is no text in HTML: tags, entities, blanks
NO_TEXT = re.compile(r"<[^>]*>|&#?\w+;|\s+")
HTML_IMAGE = re.compile(r"<img\b", re.IGNORECASE)
MARKDOWN_IMAGE = re.compile(r"!\[[^\]]*\]\(|<img\b", re.IGNORECASE)


def find_excesses(item: WorkItem, long_fields: Collection[str]) -> Iterator[str]:
    """The codes of `ScanReport.over` that are for the work item alone. `long_fields`: those that hold HTML."""
    if is_line_over(item.text(TITLE)):
        yield "title_too_long"
    if any(is_line_over(tag) for tag in tags_of(item)):
        yield "label_too_long"
    if any(is_text_over(text, kind) for text, kind in texts_of(item, long_fields)):
        yield "text_too_long"
    if item.comment_count > COMMENTS:
        yield "many_comments"
    kinds = Counter(relation.kind if relation.target is None else "link" for relation in item.relations)
    if kinds[ATTACHMENT] > FILES:
        yield "many_files"
    if kinds["link"] - len([one for one in item.relations if one.kind == PARENT]) > LINKS:
        yield "many_links"


def texts_of(item: WorkItem, long_fields: Collection[str]) -> Iterator[tuple[str, TextFormat]]:
    """The long texts of a work item, each with its format."""
    for name, value in item.fields.items():
        if isinstance(value, str) and value and (name in long_fields or name in item.formats):
            yield value, item.formats.get(name, "html")


def tags_of(item: WorkItem) -> list[str]:
    return [tag for part in item.text(TAGS).split(";") if (tag := part.strip())]


def is_line_over(text: str) -> bool:
    line = " ".join(text.split())
    return cut_text(line, LINE_CHARACTERS) != line


def is_text_over(text: str, format_: TextFormat) -> bool:
    """Whether a text is longer than Jira takes once it is a document. The documents of most texts need not be made:
    what is long enough by its letters alone is over, what stays below with the most that its signs can add is not.
    """
    if len(text) > TEXT_CHARACTERS and len(NO_TEXT.sub("", text)) > TEXT_CHARACTERS:
        return True
    signs = HTML_SIGNS if format_ == "html" else MARKDOWN_SIGNS
    if 2 * len(text) + NODE_CHARACTERS * (1 + sum(text.count(sign) for sign in signs)) <= TEXT_CHARACTERS:
        return False
    return measure(document_of(to_adf(text, format_, Reading()).blocks)) > TEXT_CHARACTERS


def count_images(text: str, format_: TextFormat) -> int:
    """Images that a text shows, wherever they are."""
    return len((HTML_IMAGE if format_ == "html" else MARKDOWN_IMAGE).findall(text))
