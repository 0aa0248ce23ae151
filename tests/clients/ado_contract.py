"""Whether a call is one that the official descriptions of Azure DevOps know; skips where they are absent."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

FILES = (
    "ado/7.1/build/build.json",
    "ado/7.1/git/git.json",
    "ado/7.1/release/release.json",
    "ado/7.1/test/test.json",
    "ado/7.2/environments/environments.json",
)
OPTIONAL_END = "/timeline/{timelineId}"  # the page of the operation shows the last part as optional
GENERAL = {"api-version", "continuationToken"}


def check_call(specs: Path, method: str, path: str, query: str) -> None:
    """Fail unless an operation with this method, path and version exists that takes these parameters."""
    operations = [found for name in FILES for found in find_operations(str(specs / name), method, path)]
    assert operations, f"no operation for {method} {path}"
    given = dict(parse_qsl(query, keep_blank_values=True))
    allowed = [{*names, *GENERAL} for names, version in operations if version == given["api-version"]]
    assert any(set(given) <= names for names in allowed), f"{sorted(given)} are not parameters of {path}"


def find_operations(file: str, method: str, path: str) -> list[tuple[set[str], str]]:
    found = []
    description = read_description(file)
    for template, calls in (description["paths"] | description.get("x-ms-paths", {})).items():
        if is_match(template, path) and method.lower() in calls:
            call = calls[method.lower()]
            names = {part["name"] for part in call["parameters"] if part.get("in") == "query"}
            found.append((names, call["x-ms-docs-override-version"]))
    return found


def is_match(template: str, path: str) -> bool:
    plain = template.partition("?")[0]
    forms = {plain, plain.removesuffix("/{timelineId}") if plain.endswith(OPTIONAL_END) else plain}
    # a project may be left out where the id below it is unique
    forms |= {form.replace("/{project}", "") for form in forms}
    return any(re.fullmatch(re.sub(r"\\\{[^/]+\\\}", "[^/]+", re.escape(form)), path, re.IGNORECASE) for form in forms)


@cache
def read_description(file: str) -> Any:
    return json.loads(Path(file).read_bytes())
