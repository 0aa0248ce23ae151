"""Patterns as people write them in settings: `*` for any characters, `?` for one; case does not count."""

import re
from collections.abc import Iterable
from functools import lru_cache


def matches(glob: str, text: str) -> bool:
    """True when the whole `text` fits `glob`. `*` also stands for nothing, and for `/`. Takes linear time."""
    return _compiled(glob).fullmatch(text.casefold()) is not None


def first_match(globs: Iterable[str], *texts: str) -> str | None:
    """The first of `globs` that fits one of `texts`, None when none does."""
    return next((glob for glob in globs if any(matches(glob, text) for text in texts)), None)


def matches_path(glob: str, path: str) -> bool:
    """True when `path` fits `glob` or lies in a folder that does; `**/` also stands for no folder at all.

    Both count from the root of the repository, with or without a leading slash.
    """
    folder, inside = glob.strip("/"), path.strip("/")
    return any(matches(form, inside) or matches(f"{form}/*", inside) for form in {folder, folder.replace("**/", "")})


@lru_cache(maxsize=2048)
def _compiled(glob: str) -> re.Pattern[str]:
    """Each part between two stars is taken where it comes first and never again, so nothing is tried twice."""
    first, *rest = [_literal(part) for part in re.split(r"\*+", glob.casefold())]
    if not rest:
        return re.compile(first, re.DOTALL)
    *middle, last = rest
    return re.compile(first + "".join(f"(?>.*?{part})" for part in middle) + f".*{last}", re.DOTALL)


def _literal(part: str) -> str:
    return ".".join(re.escape(piece) for piece in part.split("?"))
