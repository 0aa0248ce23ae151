"""Small YAML files that people keep in repositories: decoded as plain data, or refused with the reason."""

import yaml

from domain.errors import BadInput, Fault

FILE_BYTES = 64 * 1024
DEPTH = 20


def decode_yaml(text: str, *, name: str, pointer: str, typed: bool = False) -> object:
    """The plain data in a YAML text: text, lists and mappings; with `typed` also numbers, yes and no, days and nothing.
    Raises BadInput at `pointer`, naming the file.

    Aliases are refused, because a few lines of them stand for gigabytes; so are deep nesting and long files.
    """
    if len(text.encode("utf-8", "replace")) > FILE_BYTES:
        raise _refusal(pointer, f"{name} is larger than {FILE_BYTES // 1024} KB.")
    try:
        _require_plain(text, name, pointer)
        # nothing in the file decides what is made of it
        return yaml.load(text, Loader=yaml.SafeLoader if typed else yaml.BaseLoader)  # noqa: S506  # plain data only
    except yaml.MarkedYAMLError as error:
        line = f" (line {error.problem_mark.line + 1})" if error.problem_mark else ""
        raise _refusal(pointer, f"{name} is no valid YAML{line}.") from None
    except (yaml.YAMLError, ValueError, TypeError):  # letters that YAML has not; keys that are no text
        raise _refusal(pointer, f"{name} is no valid YAML.") from None


def _require_plain(text: str, name: str, pointer: str) -> None:
    """Walk through the text without building anything from it."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.BaseLoader):
        if isinstance(event, yaml.AliasEvent):
            raise _refusal(pointer, f"{name} uses an alias (*name); write its parts out.")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEPTH:
            raise _refusal(pointer, f"{name} is nested more than {DEPTH} levels deep.")


def _refusal(pointer: str, detail: str) -> BadInput:
    return BadInput(detail, (Fault(pointer, detail),))
