"""A mapping in the API's contract. What is right and wrong in one is known by `domain/mapping_documents` alone."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from app.api import ApiModel
from domain.mapping_records import AreaAction, FieldRule, IterationAction, PlanName


class RowView(BaseModel):
    """A row with how sure its suggestion was (0 to 1) and why; one that a person wrote has 1."""

    model_config = ConfigDict(
        alias_generator=to_camel, validate_by_name=True, validate_by_alias=True, serialize_by_alias=True, extra="allow",
        frozen=True,
    )  # fmt: skip

    source: str
    confidence: float = 1.0
    reason: str = ""


class TypeRowView(RowView):
    """`target`: id of an issue type; null leaves work items of this type out, which the report says.

    `withoutParent`: the issue type of those that have no parent, where `target` needs one.
    """

    target: str | None
    without_parent: str | None = None


class FieldRowView(RowView):
    """`target`: id of a Jira field; `types`: only for these, all when empty; `values`: of options, source to id."""

    target: str | None
    rule: FieldRule
    types: tuple[str, ...] = ()
    values: dict[str, str] = {}


class StateRowView(RowView):
    """`target`: id of a status; null leaves the issue in its first one."""

    type: str
    target: str | None


class ValueRowView(RowView):
    """A priority to the id of Jira's, or a person (Azure DevOps' id) to an account id."""

    target: str | None


class IterationRowView(RowView):
    action: IterationAction
    sprint: int | None = None
    name: str = ""
    start: str | None = None
    finish: str | None = None


class AreaRowView(RowView):
    action: AreaAction
    component: str | None = None
    name: str = ""


class LinkRowView(RowView):
    target: str | None
    swap: bool = False


class MappingView(BaseModel):
    """The whole mapping: what becomes of everything."""

    model_config = RowView.model_config

    plan: PlanName
    types: tuple[TypeRowView, ...] = ()
    fields: tuple[FieldRowView, ...] = ()
    states: tuple[StateRowView, ...] = ()
    priorities: tuple[ValueRowView, ...] = ()
    iterations: tuple[IterationRowView, ...] = ()
    areas: tuple[AreaRowView, ...] = ()
    people: tuple[ValueRowView, ...] = ()
    links: tuple[LinkRowView, ...] = ()
    tags_to_labels: bool = True
    extra_labels: tuple[str, ...] = ()
    waivers: tuple[str, ...] = ()


class MappingBody(BaseModel):
    """As a GET answers it. Every fault is told at once, each with its pointer: by the domain, not by this model."""

    model_config = ConfigDict(extra="allow", frozen=True)

    @classmethod
    def model_json_schema(cls, *asked: Any, **options: Any) -> dict[str, Any]:
        """That of a whole mapping."""
        return MappingView.model_json_schema(*asked, **options)


class SavedMapping(ApiModel):
    """`version`: of the mapping now; the one before when nothing changed."""

    version: int


class VersionView(ApiModel):
    version: int
    at: datetime


class VersionList(ApiModel):
    items: tuple[VersionView, ...]
    next: str | None = None


class DifferenceView(ApiModel):
    """What differs in a table of the mapping (`section`) for one `source`, or a single entry; both sides as in the
    document, null where there was or is none. How sure a row is does not count.
    """

    section: str
    source: str
    change: Literal["added", "removed", "changed"]
    before: dict[str, Any] | None
    after: dict[str, Any] | None


class DifferenceList(ApiModel):
    items: tuple[DifferenceView, ...]
    next: str | None = None
