"""What Jira takes of one development entity, and how a value is made to fit.

Numbers are those of the `maxLength` and `maxItems` words and of the prose in
https://developer.atlassian.com/cloud/jira/software/rest/api-group-development-information/ (2024 text).
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

ENTITY_KEYS = 500  # `issueKeys` of a commit, branch or pull request
ENTITY_ID_CHARACTERS = 1024  # `id`; letters, digits and ~.-_ only
REPOSITORY_NAME_CHARACTERS = 255
BRANCH_NAME_CHARACTERS = 512  # `name` of a branch
PULL_REQUEST_BRANCH_CHARACTERS = 255  # `sourceBranch` and `destinationBranch`
TITLE_CHARACTERS = 1024
MESSAGE_CHARACTERS = 1024
PERSON_NAME_CHARACTERS = 255
AUTHOR_MAIL_CHARACTERS = 255
REVIEWER_MAIL_CHARACTERS = 254
COMMIT_FILES = 10  # `files` of a commit; five are shown
FILE_PATH_CHARACTERS = 1024

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def cut_text(text: str, limit: int) -> str:
    """The beginning of `text` that has at most `limit` characters as Jira counts them.

    Jira runs on Java, which counts an emoji as two; cutting by that count is right by either count.
    """
    return text.encode("utf-16-le")[: limit * 2].decode("utf-16-le", "ignore")


def cap_keys(keys: Sequence[str]) -> tuple[tuple[str, ...], int]:
    """The keys that fit, in the order they were found, and how many did not."""
    return tuple(keys[:ENTITY_KEYS]), max(0, len(keys) - ENTITY_KEYS)


def sequence_of(happened: datetime) -> int:
    """The sequence number of an event: its time in milliseconds since 1970 (design rule 3)."""
    return (happened - _EPOCH) // timedelta(milliseconds=1)


def iso_time(moment: datetime) -> str:
    """A time as Jira reads it: ISO 8601 in UTC, to the second."""
    return moment.astimezone(UTC).isoformat(timespec="seconds")
