"""What is more, longer or larger than Jira takes.

https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/ (Get issue limit report)
"""

from collections.abc import Iterator

from domain.check_facts import CheckFacts
from domain.problem_codes import Problem, make_problem

EXAMPLES = 20
WORDS = {
    "title_too_long": "{count:,} titles are longer than 255 characters.",
    "text_too_long": "{count:,} work items have a text that is longer than Jira takes once it is converted.",
    "label_too_long": "{count:,} work items have a tag that is longer than 255 characters.",
}
PART_WORDS = {
    "many_comments": "{count:,} work items have more than 5,000 comments.",
    "many_files": "{count:,} work items have more than 2,000 files.",
    "many_links": "{count:,} work items have more than 2,000 links.",
}


def check_limits(facts: CheckFacts) -> Iterator[Problem]:
    """As the scan counted them, for what is taken along."""
    parts = {
        "many_comments": facts.options.comments,
        "many_files": facts.options.attachments,
        "many_links": facts.options.links,
    }
    for code, words in (WORDS | {code: words for code, words in PART_WORDS.items() if parts[code]}).items():
        over = facts.report.over.get(code)
        if over:
            yield make_problem(code, words.format(count=over.count), count=over.count, examples=over.examples)
    if facts.options.attachments:
        yield from _check_files(facts)
    if facts.report.inline_images:
        number = facts.report.inline_images
        yield make_problem("inline_images", f"{number:,} images stand in texts.", count=number)


def _check_files(facts: CheckFacts) -> Iterator[Problem]:
    """Files over what this site takes. The scan names the biggest only, so there may be more of them."""
    limit = facts.target.upload_limit
    large = [item for item, size in facts.report.files.biggest if size > limit]
    if not (large and facts.target.attachments_enabled):
        return
    least = "at least " if len(large) == len(facts.report.files.biggest) < facts.report.files.count else ""
    detail = f"{least}{len(large):,} files are larger than the {limit:,} bytes that this site takes."
    examples = tuple(dict.fromkeys(large))[:EXAMPLES]
    yield make_problem("file_too_large", detail[0].upper() + detail[1:], count=len(large), examples=examples)
