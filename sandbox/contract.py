"""Checks requests and answers against an official document: OpenAPI 3.0 or Swagger 2.0, JSON or YAML.

Only the operations that are used are compiled. Stand-ins run without documents too, on their own checks.
"""

import os
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any, Self

from sandbox.contract_call import Operation
from sandbox.contract_schema import Documents

METHODS = frozenset({"get", "post", "put", "patch", "delete", "head", "options"})


def find_specs() -> Path | None:
    """The folder of official documents: SPECS_DIR, else `../shared/specs` beside the project; None when absent."""
    root = Path(__file__).resolve().parent.parent
    folder = (root / (os.environ.get("SPECS_DIR") or "../shared/specs")).resolve()
    return folder if folder.is_dir() else None


class Contract:
    """The operations of one document. Reasons are sentences; an empty list means valid."""

    def __init__(self, operations: Collection[Operation], *, base_path: str, free_query: Collection[str]) -> None:
        self._base_path = base_path
        self._free_query = frozenset(free_query)
        self._operations: dict[tuple[str, int], list[Operation]] = {}
        for operation in operations:
            self._operations.setdefault((operation.method, operation.template.count("/")), []).append(operation)

    @classmethod
    def load(
        cls,
        path: Path,
        *,
        base_path: str = "",
        free_query: Collection[str] = (),
        patch: Callable[[Any], None] | None = None,
    ) -> Self:
        """Read a document.

        `base_path` is what stands before the document's own paths. `free_query` names path templates whose query may
        hold any name. `patch` changes the parsed document where it is known to be out of date.
        """
        documents = Documents()
        home = path.resolve()
        root = documents.read(home)
        if patch:
            patch(root)
        paths = root["paths"] | root.get("x-ms-paths", {})
        operations = [
            Operation(documents, home, template=template, item=item, method=method)
            for template, item in paths.items()
            for method in item
            if method in METHODS
        ]
        return cls(operations, base_path=(base_path + root.get("basePath", "")).rstrip("/"), free_query=free_query)

    def operations(self) -> list[Operation]:
        return [operation for several in self._operations.values() for operation in several]

    def knows(self, method: str, path: str) -> bool:
        return bool(self._find(method, path))

    def check_request(
        self, method: str, path: str, query: Mapping[str, list[str]], headers: Mapping[str, str], body: bytes
    ) -> list[str]:
        """Reasons against a request. `path` is the address without query, plain or percent-encoded."""
        found = self._find(method, path)
        chosen = [(operation, values) for operation, values in found if operation.needs <= set(query)]
        if not chosen:
            wanted = sorted({name for operation, _ in found for name in operation.needs})
            return (
                [f"one of the query parameters {', '.join(wanted)} is required"] if found else [unknown(method, path)]
            )
        most = max(len(operation.needs) for operation, _ in chosen)
        return fewest(
            list(operation.request_faults(values, query, headers, body, free=operation.template in self._free_query))
            for operation, values in chosen
            if len(operation.needs) == most
        )

    def check_response(self, method: str, path: str, status: int, body: bytes) -> list[str]:
        """Reasons against an answer. Errors (400 and above) that the document does not describe are allowed."""
        found = self._find(method, path)
        if not found:
            return [unknown(method, path)]
        return fewest(list(operation.answer_faults(status, body)) for operation, _ in found)

    def _find(self, method: str, path: str) -> list[tuple[Operation, list[str]]]:
        """The operations whose path fits best, with the values of their path parameters."""
        if not path.startswith(self._base_path):
            return []
        rest = path[len(self._base_path) :]
        found = []
        for operation in self._operations.get((method.upper(), rest.count("/")), ()):
            values = operation.match(rest)
            if values is not None:
                found.append((operation, values))
        best = max((operation.literals for operation, _ in found), default=0)
        return [(operation, values) for operation, values in found if operation.literals == best]


def unknown(method: str, path: str) -> str:
    return f"{method} {path} is not in the document"


def fewest(choices: Any) -> list[str]:
    """The shortest list: of several operations on one path the one that fits best counts."""
    return min(choices, key=len)
