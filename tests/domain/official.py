"""The official specifications and the sample bodies, where this machine has them."""

import json
import os
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft4Validator

ROOT = Path(__file__).parents[2]
SPECS = Path(os.environ.get("SPECS_DIR") or ROOT.parent / "shared" / "specs")
REFERENCE = SPECS.parent / "reference"
BULK_PATHS = {
    "devinfo": "/rest/devinfo/0.10/bulk",
    "builds": "/rest/builds/0.1/bulk",
    "deployments": "/rest/deployments/0.1/bulk",
}
BASES = {api: path.removesuffix("/bulk") for api, path in BULK_PATHS.items()}


def read_reference(name: str) -> Any:
    """A JSON file of the reference folder; skips the test when it is not there."""
    return json.loads(spec_present(REFERENCE / name).read_text(encoding="utf-8"))


def reference_bodies() -> Path:
    return spec_present(REFERENCE / "ado_events")


def check_request(method: str, api: str, path: str, body: Any) -> None:
    """Fail when the specification of Jira Software knows no such call or refuses its body."""
    if body is not None:
        assert (method, path) == ("POST", "/bulk")
        Draft4Validator(bulk_schema(api)).validate(body)
        return
    deletes = [template for template, calls in _software()["paths"].items() if "delete" in calls]
    assert any(_matches(template, BASES[api] + path) for template in deletes)


def bulk_schema(api: str) -> Any:
    """The schema of the body of a bulk call."""
    operation = _software()["paths"][BULK_PATHS[api]]["post"]
    return operation["requestBody"]["content"]["application/json"]["schema"]


def check_devinfo_of_old(body: Any) -> None:
    """Fail when the older text of the development information API refuses a body."""
    specification = yaml.safe_load(spec_present(SPECS / "jira-dev-info-0.10.swagger2.yaml").read_text(encoding="utf-8"))
    schema = {"$ref": "#/definitions/DevInformation", "definitions": specification["definitions"]}
    Draft4Validator(schema).validate(body)


def _matches(template: str, path: str) -> bool:
    pattern = "/".join("[^/]+" if part.startswith("{") else re.escape(part) for part in template.split("/"))
    return re.fullmatch(pattern, path) is not None


@cache
def _software() -> Any:
    return json.loads(spec_present(SPECS / "jira-software.openapi.2024-03.json").read_text(encoding="utf-8"))


def spec_present(path: Path) -> Path:
    if not path.exists():
        pytest.skip(f"{path.name} is not on this machine; set SPECS_DIR to the folder of the official specifications")
    return path
