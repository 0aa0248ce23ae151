"""Whether an issue that was just made still has to be taken to its status."""

import pytest

from domain.draft_records import IssueDraft
from domain.target_sites import TargetType
from migration.routes import must_walk, route_draft

FIRST, DOING, DONE, AWAY = "1", "2", "3", "4"
KNOWN = TargetType("7", "Bug", 0, paths={FIRST: (), DOING: ("21",), DONE: ("21", "31")})
UNKNOWN = TargetType("7", "Bug", 0, is_explored=False)


def draft_of(status):
    return IssueDraft("7", fields={}, transitions=(), status=status, properties=(), notes=(), attachments=(), hash="")


@pytest.mark.parametrize(
    ("status", "before", "after", "walks"),
    [
        (None, KNOWN, KNOWN, False),
        (FIRST, KNOWN, KNOWN, False),
        (DOING, KNOWN, KNOWN, False),
        (DONE, KNOWN, KNOWN, True),  # the create call takes one step
        (DOING, UNKNOWN, UNKNOWN, True),
        (DOING, UNKNOWN, KNOWN, True),  # learnt while it was being made, without a transition
        (FIRST, UNKNOWN, KNOWN, False),
        (AWAY, UNKNOWN, KNOWN, True),  # no way leads there: its property has to say so
    ],
)
def test_an_issue_walks_unless_it_was_made_in_its_status(status, before, after, walks):
    assert must_walk(route_draft(draft_of(status), before), after) is walks
