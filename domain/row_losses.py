"""What a thing loses on its way to Jira, as its row tells it: codes, which are counted, and sentences for people. Pure.

What the mapping leaves out on purpose is no loss of a row: the report tells it once (`domain/left_fields.py`).
"""

from collections.abc import Iterable, Sequence

from domain.draft_records import Note
from domain.field_values import cut_line
from domain.issue_parts import MENDABLE
from domain.issue_texts import DROPPED, TAKEN
from domain.kept_words import WORDS_KEPT

CHOSEN = frozenset({DROPPED, TAKEN})
MOST_NAMED = 4  # fields before one sentence
NAME_CHARACTERS = 40
REST = "And {count} more: the codes tell which."


def list_losses(notes: Iterable[Note]) -> tuple[Note, ...]:
    """The notes that tell a loss; those first that a repair can mend."""
    losses = (note for note in notes if note.code and note.code not in CHOSEN)
    return tuple(sorted(losses, key=lambda note: note.code not in MENDABLE))


def tell_losses(notes: Iterable[Note]) -> tuple[str | None, str | None]:
    """The codes and the sentences of what is lost, for a row; None and None when nothing is."""
    losses = list_losses(notes)
    if not losses:
        return None, None
    return join_losses(note.code for note in losses), _fit_sentences(_name_fields(losses))


def join_losses(codes: Iterable[str]) -> str:
    """Each code once, with commas: those first that a repair can mend, by which rows are planned again
    (`store.outbox.is_mendable`); else by the alphabet, so that what lost the same is counted together.
    """
    return ",".join(sorted(set(codes), key=lambda code: (code not in MENDABLE, code)))


def _name_fields(losses: Iterable[Note]) -> list[str]:
    """`Assignee, Reviewer: The person has no account in the mapping.`: a sentence for each reason."""
    fields: dict[str, dict[str, None]] = {}
    for note in losses:
        fields.setdefault(note.reason, {})[cut_line(note.name or note.field, NAME_CHARACTERS)] = None
    return [f"{_list_names(list(names))}: {reason}" for reason, names in fields.items()]


def _list_names(names: Sequence[str]) -> str:
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more


def _fit_sentences(sentences: Sequence[str]) -> str:
    """As many whole ones as a row keeps."""
    told = " ".join(sentences)
    count = len(sentences)
    while len(told) > WORDS_KEPT and count > 1:
        count -= 1
        told = " ".join([*sentences[:count], REST.format(count=len(sentences) - count)])
    return told
