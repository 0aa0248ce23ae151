"""What is more, longer or larger than Jira takes.

https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/ (Get issue limit report)
"""

from collections.abc import Iterator

from domain.check_facts import CheckFacts
from domain.counted_words import count_words
from domain.problem_codes import Problem, make_problem

EXAMPLES = 20
ITEM = ("work item has", "work items have")
# of one, of many, and the rest of the sentence
WORDS = {
    "title_too_long": ("title is", "titles are", "longer than 255 characters."),
    "text_too_long": (*ITEM, "a text that is longer than Jira takes once it is converted."),
    "label_too_long": (*ITEM, "a tag that is longer than 255 characters."),
}
PART_WORDS = {
    "many_comments": (*ITEM, "more than 5,000 comments."),
    "many_files": (*ITEM, "more than 2,000 files."),
    "many_links": (*ITEM, "more than 2,000 links."),
}


def check_limits(facts: CheckFacts) -> Iterator[Problem]:
    """As the scan counted them, for what is taken along."""
    parts = {
        "many_comments": facts.options.comments,
        "many_files": facts.options.attachments,
        "many_links": facts.options.links,
    }
    wanted = WORDS | {code: words for code, words in PART_WORDS.items() if parts[code]}
    for code, (one, many, rest) in wanted.items():
        over = facts.report.over.get(code)
        if over:
            detail = f"{count_words(over.count, one, many)} {rest}"
            yield make_problem(code, detail, count=over.count, examples=over.examples)
    if facts.options.attachments:
        yield from _check_files(facts)
    if facts.report.inline_images:
        number = facts.report.inline_images
        detail = f"{count_words(number, 'image stands', 'images stand')} in texts."
        yield make_problem("inline_images", detail, count=number)


def _check_files(facts: CheckFacts) -> Iterator[Problem]:
    """Files over what this site takes. The scan names the biggest only, so there may be more of them."""
    limit = facts.target.upload_limit
    large = [item for item, size in facts.report.files.biggest if size > limit]
    if not (large and facts.target.attachments_enabled):
        return
    least = "at least " if len(large) == len(facts.report.files.biggest) < facts.report.files.count else ""
    files = count_words(len(large), "file is", "files are")
    detail = f"{least}{files} larger than the {limit:,} bytes that this site takes."
    examples = tuple(dict.fromkeys(large))[:EXAMPLES]
    yield make_problem("file_too_large", detail[0].upper() + detail[1:], count=len(large), examples=examples)
