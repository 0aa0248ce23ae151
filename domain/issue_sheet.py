"""The sheet an issue is drafted on: fields, the parts of its description, labels and notes, as they come together."""

from collections.abc import Iterable
from typing import Any

from domain.draft_records import DraftContext, Note
from domain.field_rules import CUT, Drafted, cut_reason, left_out_notes
from domain.mapping_records import Mapping as WorkMapping
from domain.records import Json
from domain.rich_text import RichText, heading_block
from domain.rich_text_cut import fit_document
from domain.target_sites import TargetField, TargetProject, TargetType
from domain.work_items import WorkItem

DESCRIPTION_FIELD, LABELS_FIELD = "description", "labels"
NOT_ON_SCREEN = "not_on_screen"
# parts of an issue that no create screen needs to have
OWN_NAMES = {"issuetype": "Issue type", "parent": "Parent", "status": "Status"}


class Sheet:
    """One work item on its way. `coming`: fields that a run will set, and a preview cannot know yet."""

    def __init__(
        self, item: WorkItem, mapping: WorkMapping, target: TargetProject, type_: TargetType, context: DraftContext
    ) -> None:
        self.item, self.mapping, self.target, self.type, self.context = item, mapping, target, type_, context
        self.fields: dict[str, Any] = {"project": {"id": target.id}, "issuetype": {"id": type_.id}}
        self.coming: set[str] = set()
        self.labels: dict[str, None] = {}
        self.notes: list[Note] = []
        self.attachments: dict[str, None] = {}
        self.blocks: list[Json] = []
        self.opening: list[Json] = []  # of the description: what is told of the work item itself
        self._screen = {found.id: found for found in type_.fields}

    def field(self, field_id: str) -> TargetField | None:
        """A field that can be set when the issue is made."""
        return self._screen.get(field_id)

    def note(self, field: str, reason: str, code: str = "") -> None:
        self.notes.append(Note(field, reason, code, self.name_field(field)))

    def name_field(self, field: str) -> str:
        """What people call a field of either side, by its id."""
        found, source = self.field(field), self.context.source_fields.get(field)
        return found.name if found else source.label if source else OWN_NAMES.get(field, field)

    def note_missing(self, field: str, what: str) -> None:
        self.note(field, f"{what} is not on the create screen of {self.type.name}; add it there.", NOT_ON_SCREEN)

    def set_value(self, field: TargetField, source: str, drafted: Drafted) -> None:
        """Set a field and tell where its value is from, and all that is to be told of it."""
        if drafted.value is not None:
            self.fields[field.id] = drafted.value
            self.note(field.id, f"from {source}")
        for code, reason in drafted.notes:
            self.note(field.id, reason, code)
        self._note_attachments(drafted.attachments)

    def add_labels(self, labels: Iterable[str], reason: str) -> None:
        fresh = dict.fromkeys(label for label in labels if label)
        if fresh:
            self.labels |= fresh
            self.note(LABELS_FIELD, reason)

    def add_text(self, text: RichText, source: str, heading: str = "") -> None:
        """A part of the description, below a heading where there is one."""
        self.blocks += [heading_block(heading), *text.blocks] if heading else text.blocks
        self.note(DESCRIPTION_FIELD, f"from {source}" + (f", below the heading {heading}" if heading else ""))
        for code, reason in left_out_notes(text.left_out):
            self.note(DESCRIPTION_FIELD, reason, code)
        self._note_attachments(text.attachments)

    def set_description(self) -> None:
        """All parts as one document, cut to what the field holds."""
        whole = [*self.opening, *self.blocks]
        if not whole or self.field(DESCRIPTION_FIELD) is None:
            return
        document, lost = fit_document(whole)
        self.fields[DESCRIPTION_FIELD] = document
        if lost:
            self.note(DESCRIPTION_FIELD, cut_reason(lost), CUT)

    def _note_attachments(self, found: Iterable[str]) -> None:
        self.attachments |= dict.fromkeys(found)
