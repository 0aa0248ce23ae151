"""How the issue of a draft gets into its status: with the create call, by walking there after it, or not. Pure."""

from dataclasses import replace

from domain.draft_records import FIELDS_PROPERTY, IssueDraft, Note
from domain.issue_comparisons import STATUS, comparable_fields, hash_of
from domain.issue_drafts import NO_PATH
from domain.target_sites import TargetType

NO_WAY = "No transitions lead to the status of its state; the issue stays where it is."


def route_draft(draft: IssueDraft, type_: TargetType) -> IssueDraft:
    """The draft by what is known of the workflow now, which may be more than when it was made."""
    if draft.status is None:
        return draft
    path = type_.paths.get(draft.status)
    if path is not None:
        return replace(draft, transitions=path)
    return without_status(draft) if type_.is_explored else replace(draft, transitions=())


def is_unknown(draft: IssueDraft, type_: TargetType) -> bool:
    """Whether an issue has to look for the way first."""
    return draft.status is not None and draft.status not in type_.paths and not type_.is_explored


def must_walk(draft: IssueDraft, type_: TargetType) -> bool:
    """Whether the create call alone has not brought the issue there, by the transitions that it was sent with: others
    may have learnt the way while it was on its way.
    """
    if draft.status is None:
        return False
    path = type_.paths.get(draft.status)
    return path is None or len(path) > 1 or path != draft.transitions


def without_status(draft: IssueDraft) -> IssueDraft:
    """The draft of an issue that does not get there, which is a loss to be told."""
    wanted = comparable_fields(draft.fields, None)
    kept = tuple(one for one in draft.properties if one["key"] != FIELDS_PROPERTY)
    return replace(
        draft, transitions=(), status=None, properties=(*kept, {"key": FIELDS_PROPERTY, "value": wanted}),
        notes=(*draft.notes, Note(STATUS, NO_WAY, NO_PATH, STATUS.capitalize())), hash=hash_of(wanted),
    )  # fmt: skip
