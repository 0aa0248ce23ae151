"""The digest that names an iteration or area in a row of a run: paths are names that people gave, and may be longer
than the column.
"""

import hashlib

DIGEST_CHARACTERS = 40


def digest_path(path: str) -> str:
    """The beginning of the SHA-256 of a path, in hex."""
    return hashlib.sha256(path.encode(errors="replace")).hexdigest()[:DIGEST_CHARACTERS]
