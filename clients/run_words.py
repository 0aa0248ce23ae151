"""What a person told a run or release when it was started: tags and values of variables and parameters.

Only looked through for issue keys. Secret values are not in the answers of Azure DevOps.
"""

import json
from collections.abc import Iterator, Mapping
from itertools import islice

from domain.json_fields import optional_text
from domain.records import Json

WORDS_READ = 200  # of one run or release, tags included
WORD_CHARACTERS = 2000
DEPTH_READ = 8  # of template parameters, which may be whole objects


def words_of_build(answer: Json) -> tuple[str, ...]:
    """Tags, then values given when the run was queued.

    `parameters` is JSON in a text, for classic and YAML runs; `templateParameters` is an object.
    https://learn.microsoft.com/rest/api/azure/devops/build/builds/get
    """
    given = _decode(optional_text(answer, "parameters"))
    return _bounded((answer.get("tags"), given, answer.get("templateParameters")))


def words_of_release(answer: Json) -> tuple[str, ...]:
    """Tags, then values of the release's own variables.

    https://learn.microsoft.com/rest/api/azure/devops/release/releases/get-release
    """
    variables = answer.get("variables")
    shown = variables.values() if isinstance(variables, Mapping) else ()
    values = [entry.get("value") for entry in shown if isinstance(entry, Mapping) and not entry.get("isSecret")]
    return _bounded((answer.get("tags"), values))


def _bounded(found: object) -> tuple[str, ...]:
    return tuple(word[:WORD_CHARACTERS] for word in islice(_texts(found, DEPTH_READ), WORDS_READ))


def _texts(found: object, depth: int) -> Iterator[str]:
    """The texts in a decoded value, names of fields left out."""
    if isinstance(found, str) and found:
        yield found
    if depth and isinstance(found, Mapping | list | tuple):
        for part in found.values() if isinstance(found, Mapping) else found:
            yield from _texts(part, depth - 1)


def _decode(written: str | None) -> object:
    """The value of a JSON text; the text itself when it is none."""
    try:
        return json.loads(written) if written else None
    except (ValueError, RecursionError):
        return written
