"""The name under which a file is attached: what Azure DevOps calls it, as far as a header and Jira take it."""

import re

NAME_CHARACTERS = 255
ENDING_CHARACTERS = 20
NAMELESS = "file"
_UNSAFE = re.compile(r'[\x00-\x1f\x7f"/\\]')  # they end a header's value, or name a folder


def attach_name(name: str) -> str:
    """At most NAME_CHARACTERS; the ending is kept, because it tells what the file is."""
    clean = _UNSAFE.sub("_", name.encode(errors="replace").decode()).strip() or NAMELESS
    if len(clean) <= NAME_CHARACTERS:
        return clean
    stem, dot, ending = clean.rpartition(".")
    if not stem or len(ending) > ENDING_CHARACTERS:
        return clean[:NAME_CHARACTERS]
    return stem[: NAME_CHARACTERS - len(ending) - 1] + dot + ending
