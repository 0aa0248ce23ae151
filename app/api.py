"""The JSON API's contract: input is validated and documented from one pydantic model per body."""

from collections.abc import Mapping
from typing import Any

from flask import Response
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel
from spectree import SpecTree

from domain.errors import BadInput, Fault


class ApiModel(BaseModel):
    """A body of the API: camelCase on the wire; an unknown field is a fault, not a silent loss."""

    model_config = ConfigDict(alias_generator=to_camel, validate_by_name=True, validate_by_alias=True, extra="forbid")


def refuse_faults(_request: object, _response: Response, error: ValidationError | None, _view: object) -> None:
    """Turn pydantic's findings into the API's own: every wrong value with its pointer."""
    if error is None:
        return
    faults = tuple(
        Fault("/" + "/".join(str(part) for part in found["loc"]), found["msg"].removeprefix("Value error, "))
        for found in error.errors()
    )
    raise BadInput("Some values cannot be accepted; each is listed with what is allowed.", faults)


# https://spectree.readthedocs.io/ : `@api.validate(json=Model)`, then `request.context.json` is the model
api = SpecTree(
    "flask", title="Crosswalk", version="1", path="api", filename="openapi.json", mode="strict",
    before=refuse_faults, validation_error_status=422, page_templates={}, annotations=False,
)  # fmt: skip


def as_body(model: BaseModel) -> Mapping[str, Any]:
    """A model as the JSON that goes out."""
    return model.model_dump(by_alias=True, mode="json")
