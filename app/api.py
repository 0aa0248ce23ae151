"""The JSON API's contract: bodies and answers are pydantic models, from which /api/openapi.json is made."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from functools import update_wrapper
from typing import Any, Literal, ParamSpec, TypeVar, cast

from flask import Request, Response, current_app, request
from flask.json.provider import DefaultJSONProvider
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel
from spectree import Response as Answers
from spectree import SpecTree

from domain.errors import BadInput, Fault

P = ParamSpec("P")
R = TypeVar("R")  # what a view returns: its answer model, or that and a status
Body = TypeVar("Body", bound=BaseModel)

JSON_TYPE = "application/json"
PROBLEM_TYPE = "application/problem+json"
OTHER_MEDIA = "other_media"  # the attribute of a view that tells in which forms it answers beside JSON
PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")  # in a path of Flask
DOCUMENT_PATH = "/api/openapi.json"
KEY_MARK = "[key]"  # what pydantic puts behind the name of a field whose name is the fault
SECURITY = {"type": "apiKey", "in": "header", "name": "Authorization", "description": "JWT <context token>"}


class BoundedJson(DefaultJSONProvider):
    """JSON of requests: what is nested too deeply is no JSON, instead of a fault of ours."""

    def loads(self, s: str | bytes, **options: Any) -> Any:
        try:
            return super().loads(s, **options)
        except RecursionError:
            raise ValueError("nested too deeply") from None


class ApiModel(BaseModel):
    """A body or an answer: camelCase on the wire; an unknown field is a fault, not a silent loss."""

    model_config = ConfigDict(
        alias_generator=to_camel, validate_by_name=True, validate_by_alias=True, serialize_by_alias=True,
        extra="forbid", frozen=True,
    )  # fmt: skip


class FaultView(ApiModel):
    """One wrong value: where (JSON pointer) and what is allowed."""

    pointer: str
    detail: str


class ProblemView(ApiModel):
    """Every refusal of the API (RFC 9457). `code` names what a program can act upon, `url` where a person goes on."""

    type: str
    title: str
    status: int
    detail: str
    code: str | None = None
    url: str | None = None
    errors: tuple[FaultView, ...] = ()


class ConcernView(ApiModel):
    """Something that does not work, or will not for long: `code` stays, `detail` is for people."""

    code: str
    severity: Literal["error", "warning"]
    detail: str


def refuse_faults(received: Request, _response: Response, error: Exception | None, *_rest: object) -> None:
    """Turn pydantic's findings into the API's own: every wrong value with its pointer. Raises BadInput."""
    if received.method in {"POST", "PUT"} and received.get_data():
        _require_object(received)
    if isinstance(error, ValidationError):
        raise _refusal(error)


# https://spectree.readthedocs.io/ . It leaves out every route below `path`, so that names the document alone.
api = SpecTree(
    "flask", title="Crosswalk", version="1", path=DOCUMENT_PATH.strip("/"), mode="strict", annotations=False,
    before=refuse_faults, validation_error_status=422, validation_error_model=ProblemView,
    naming_strategy=lambda model: model.__name__, nested_naming_strategy=lambda _parent, child: child,
)  # fmt: skip


def api_view(
    *, answer: type[BaseModel] | None, status: int = 200, body: type[BaseModel] | None = None,
    query: type[BaseModel] | None = None,
) -> Callable[[Callable[P, R]], Callable[P, Response]]:  # fmt: skip
    """Validate and document a view that answers with the model `answer`, None for an empty answer; `read_body` and
    `read_query` give its input.
    """
    answers = Answers(**{f"HTTP_{status}": answer})
    return cast("Callable[[Callable[P, R]], Callable[P, Response]]", api.validate(json=body, query=query, resp=answers))


def also_as(
    view: Callable[P, Response], others: Mapping[str, Callable[P, Response]], *, usual: str = JSON_TYPE
) -> Callable[P, Response]:
    """A documented view that answers in another form to whoever prefers one of `others` (by media type); `usual` to
    whoever takes anything.
    """
    forms = {JSON_TYPE: view, **others}
    offered = sorted(forms, key=lambda media: media != usual)

    def choose(*args: P.args, **kwargs: P.kwargs) -> Response:
        return forms[request.accept_mimetypes.best_match(offered, default=usual)](*args, **kwargs)

    return in_forms(update_wrapper(choose, view), tuple(others))


def in_forms(view: Callable[P, Response], media: Sequence[str]) -> Callable[P, Response]:
    """The same view, documented as one that answers, or for PUT takes, these media types beside JSON."""
    setattr(view, OTHER_MEDIA, tuple(media))
    return view


def read_body(model: type[Body]) -> Body:
    """The validated body of the request. Raises BadInput when it is not JSON."""
    found = request.context.json  # type: ignore[attr-defined]  # set by spectree
    if not isinstance(found, model):
        raise BadInput("Send the body as JSON (Content-Type: application/json).")
    return found


def read_query(model: type[Body]) -> Body:
    """The validated parameters of the address."""
    return cast("Body", request.context.query)  # type: ignore[attr-defined]  # set by spectree


def check_document(model: type[Body], document: object) -> Body:
    """A document that came by another way than a request, checked as if it had. Raises BadInput."""
    try:
        return model.model_validate(document)
    except ValidationError as error:
        raise _refusal(error) from None


def _refusal(error: ValidationError) -> BadInput:
    faults = tuple(Fault(_pointer(found["loc"]), _words(found["msg"])) for found in error.errors())
    return BadInput("Some values cannot be accepted; each is listed with what is allowed.", faults)


def api_document() -> Mapping[str, Any]:
    """The OpenAPI document of the running application."""
    document: dict[str, Any] = deepcopy(api.spec)
    problem = {"schema": {"$ref": f"#/components/schemas/{ProblemView.__name__}"}}
    for operation in _operations(document):
        operation["responses"].pop("422", None)
        operation["responses"]["default"] = {"description": "Refused", "content": {PROBLEM_TYPE: problem}}
    for path, method, media in _other_media():
        operation = document["paths"][path][method]
        told = operation["responses"]["200"] if method == "get" else operation["requestBody"]
        content = told["content"]
        content |= {name: {"schema": {"type": "string"}} for name in media}
    document["components"]["securitySchemes"] = {"contextToken": SECURITY}
    document["security"] = [{"contextToken": []}]
    return document


def _operations(document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for methods in document["paths"].values():
        yield from methods.values()


def _other_media() -> Iterator[tuple[str, str, Sequence[str]]]:
    """What is read (get) or written (put) in several forms: path, method, and the media types beside JSON."""
    for rule in current_app.url_map.iter_rules():
        media = getattr(current_app.view_functions[rule.endpoint], OTHER_MEDIA, ())
        if media:
            method = "get" if "GET" in (rule.methods or ()) else "put"
            yield PARAMETER.sub(r"{\1}", rule.rule), method, media


def _require_object(received: Request) -> None:
    if not received.is_json or not isinstance(received.get_json(silent=True), dict):
        raise BadInput("Send the body as one JSON object (Content-Type: application/json).", (Fault("", "an object"),))


def _pointer(place: tuple[int | str, ...]) -> str:
    named = (str(part) for part in place if part != KEY_MARK)
    return "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in named)


def _words(message: str) -> str:
    return message.removeprefix("Value error, ")
