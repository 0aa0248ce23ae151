"""Templates of addresses: as rules that match them, and filled with values."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

PARAMETER = re.compile(r"\{(\w+)\}")
NUMBERS = frozenset({
    "pullRequestId", "pushId", "buildId", "definitionId", "pipelineId", "runId", "environmentId", "releaseId",
    "workItemId", "revisionNumber", "updateNumber", "commentId", "planId", "suiteId",
})  # fmt: skip
PATHS = frozenset({"path", "query"})
STARTS = {  # what may stand before `_apis`
    "required": ("/<project>",),
    "optional": ("/<project>", ""),
    "none": ("",),
    "team": ("/<project>/<team>", "/<project>"),
    "any": ("/<project>/<team>", "/<project>", ""),
}
ZERO_GUID = "00000000-0000-0000-0000-000000000000"


def make_rule(template: str) -> str:
    """What follows `_apis/` as a rule of Flask, in lower case."""
    return PARAMETER.sub(converter, lower_words(template))


def lower_words(template: str) -> str:
    """Lower case outside of the braces."""
    return re.sub(r"(^|\})([^{]*)", lambda found: found.group(1) + found.group(2).lower(), template)


def converter(found: re.Match[str]) -> str:
    name = found.group(1)
    return f"<int:{name}>" if name in NUMBERS else f"<path:{name}>" if name in PATHS else f"<{name}>"


def snake(given: Mapping[str, Any]) -> dict[str, Any]:
    return {re.sub(r"(?<=[a-z])([A-Z])", r"_\1", name).lower(): value for name, value in given.items()}


def filled(template: str, values: Mapping[str, Any]) -> str:
    """The template with its values; one that the caller left out gets an empty GUID."""
    return PARAMETER.sub(lambda found: quote(str(values.get(found.group(1), ZERO_GUID)), safe=""), template)
