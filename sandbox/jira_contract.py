"""The official documents of Jira's REST APIs, brought up to date where they are known to be old.

Without the documents every check passes, and the stand-in's own rules are all there is.
"""

import logging
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from sandbox.contract import Contract, find_specs

SOFTWARE = "jira-software.openapi.2024-03.json"
PLATFORM = "jira-platform-v3.openapi.2025-12.json"
BY_PROPERTIES = (
    "/rest/devinfo/0.10/bulkByProperties",
    "/rest/devinfo/0.10/existsByProperties",
    "/rest/builds/0.1/bulkByProperties",
    "/rest/deployments/0.1/bulkByProperties",
)


class JiraContract:
    """The documents of one site; no reasons mean valid or unknown for want of a document."""

    def __init__(self, software: Contract | None, platform: Contract | None) -> None:
        self._software = software
        self._platform = platform

    def check_request(
        self, method: str, path: str, query: Mapping[str, list[str]], headers: Mapping[str, str], body: bytes
    ) -> list[str]:
        document = self._document(path)
        return document.check_request(method, path, query, headers, body) if document else []

    def check_response(self, method: str, path: str, status: int, body: bytes) -> list[str]:
        document = self._document(path)
        return document.check_response(method, path, status, body) if document else []

    def _document(self, path: str) -> Contract | None:
        return self._platform if path.startswith("/rest/api/") else self._software


@cache
def load_contract(folder: Path | None) -> JiraContract:
    """The documents of this folder, read once per process; a missing one is told once."""
    if folder is None or not (folder / SOFTWARE).is_file() or not (folder / PLATFORM).is_file():
        logging.getLogger(__name__).warning("The Jira stand-in runs on its own checks: no official documents found.")
        return JiraContract(None, None)
    software = Contract.load(folder / SOFTWARE, free_query=BY_PROPERTIES, patch=bring_up_to_date)
    return JiraContract(software, Contract.load(folder / PLATFORM, patch=mend_platform))


def jira_contract() -> JiraContract:
    return load_contract(find_specs())


def mend_platform(root: Any) -> None:
    """Where the document of the platform says other than Jira does, in place."""
    accept_jira_times(root)
    content = root["paths"]["/rest/api/3/issue/{issueIdOrKey}/remotelink"]["get"]["responses"]["200"]["content"]
    one = content["application/json"]["schema"]  # the description says it: all links, unless a globalId is given
    content["application/json"]["schema"] = {"anyOf": [one, {"type": "array", "items": one}]}


def accept_jira_times(node: Any) -> None:
    """Jira writes times as `2024-03-04T09:30:00.000+0000`, also where its document says `date-time` (RFC 3339)."""
    parts = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    for part in parts:
        accept_jira_times(part)
    if isinstance(node, dict) and node.get("format") == "date-time":
        del node["format"]


def bring_up_to_date(node: Any) -> None:
    """Apply what changed after March 2024 to the parsed document, in place.

    Query parameters that the document calls objects are words and lists of words. `associations` may stand for
    `issueKeys`; an association may be of type commit, which the document's `oneOf` beside `anyOf` forgets.
    """
    parts = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    for part in parts:
        bring_up_to_date(part)
    if not isinstance(node, dict):
        return
    if node.get("in") == "query" and isinstance(node.get("schema"), dict):
        say_words(node["schema"])
    required = node.get("required")
    if isinstance(required, list) and "issueKeys" in required:
        node["required"] = [name for name in required if name != "issueKeys"]
        node["anyOf"] = [{"required": ["issueKeys"]}, {"required": ["associations"]}]
    if isinstance(node.get("oneOf"), list) and isinstance(node.get("anyOf"), list):
        del node["oneOf"]


def say_words(schema: dict[str, Any]) -> None:
    if schema.get("type") == "object":
        schema.clear()
        schema["type"] = "string"
    if isinstance(schema.get("items"), dict):
        say_words(schema["items"])
