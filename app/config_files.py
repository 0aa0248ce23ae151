"""YAML files that people keep: decoded as plain data, or refused with the reason; and written for them."""

from typing import Any

import yaml

from domain.errors import BadInput, Fault

FILE_BYTES = 64 * 1024
DEPTH = 20
LINE_CHARACTERS = 120
# libyaml where PyYAML was built with it: ten times as fast, which a mapping with thousands of rows needs
SAFE_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
SAFE_DUMPER: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


def encode_yaml(document: object) -> str:
    """Plain data as a YAML text, in the order given."""
    return str(yaml.dump(document, Dumper=SAFE_DUMPER, sort_keys=False, allow_unicode=True, width=LINE_CHARACTERS))


def decode_yaml(text: str, *, name: str, pointer: str, typed: bool = False, most_bytes: int = FILE_BYTES) -> object:
    """The plain data in a YAML text: text, lists and mappings; with `typed` also numbers, yes and no, days and nothing.
    Raises BadInput at `pointer`, naming the file.

    Aliases are refused, because a few lines of them stand for gigabytes; so are deep nesting and long files.
    """
    if len(text.encode("utf-8", "replace")) > most_bytes:
        raise _refusal(pointer, f"{name} is larger than {most_bytes // 1024} KB.")
    loader = SAFE_LOADER if typed else yaml.BaseLoader
    try:
        _require_plain(text, name, pointer, loader)
        # nothing in the file decides what is made of it
        return yaml.load(text, Loader=loader)  # noqa: S506  # plain data only
    except yaml.MarkedYAMLError as error:
        line = f" (line {error.problem_mark.line + 1})" if error.problem_mark else ""
        raise _refusal(pointer, f"{name} is no valid YAML{line}.") from None
    except (yaml.YAMLError, ValueError, TypeError):  # letters that YAML has not; keys that are no text
        raise _refusal(pointer, f"{name} is no valid YAML.") from None


def _require_plain(text: str, name: str, pointer: str, loader: Any) -> None:
    """Walk through the text without building anything from it."""
    depth = 0
    for event in yaml.parse(text, Loader=loader):
        if isinstance(event, yaml.AliasEvent):
            raise _refusal(pointer, f"{name} uses an alias (*name); write its parts out.")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEPTH:
            raise _refusal(pointer, f"{name} is nested more than {DEPTH} levels deep.")


def _refusal(pointer: str, detail: str) -> BadInput:
    return BadInput(detail, (Fault(pointer, detail),))
