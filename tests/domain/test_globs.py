"""Patterns people write in settings."""

import time

import pytest

from domain.globs import first_match, matches, matches_path


@pytest.mark.parametrize(
    ("glob", "text", "fits"),
    [
        ("shop", "shop", True), ("shop", "shop-web", False), ("shop", "my shop", False), ("SHOP", "shop", True),
        ("shop*", "shop-web", True), ("shop*", "shop", True), ("*shop", "my shop", True), ("*shop*", "a shop b", True),
        ("s*p*b", "shop-web", True), ("s*p*x", "shop-web", False), ("*", "", True), ("**", "a/b", True),
        ("qa?", "qa1", True), ("qa?", "qa", False), ("qa?", "qa12", False), ("?", "/", True), ("a*a", "a", False),
        ("dependabot/*", "dependabot/npm/x-1", True), ("*[bot]", "renovate[bot]", True), ("[ab]", "a", False),
        ("a.b", "axb", False), ("straße*", "STRASSE 7", True), ("a*b*c", "a\nb\nc", True), ("", "", True),
        ("", "a", False),
    ],
)  # fmt: skip
def test_a_star_is_anything_and_a_question_mark_one_letter(glob: str, text: str, fits: bool) -> None:
    assert matches(glob, text) is fits


@pytest.mark.parametrize(
    ("glob", "path", "fits"),
    [
        ("services/shop", "/services/shop/a.py", True), ("services/shop", "/services/shop", True),
        ("/services/shop/", "services/shop/sub/a.py", True), ("services/shop", "/services/shopping/a.py", False),
        ("services/*/api", "/services/shop/api/a.py", True), ("*.py", "/deep/down/a.py", True),
        ("src/**/prices.py", "/src/prices.py", True), ("src/**/prices.py", "/src/a/b/prices.py", True),
        ("**/prices.py", "/prices.py", True), ("src/**", "/src/a", True), ("src/**", "/lib/a", False),
        ("shop", "/services/shop/a.py", False), ("", "/a.py", False),
    ],
)  # fmt: skip
def test_a_path_fits_a_pattern_or_lies_in_a_folder_that_does(glob: str, path: str, fits: bool) -> None:
    assert matches_path(glob, path) is fits


def test_the_first_pattern_that_fits_any_text_is_told() -> None:
    assert first_match(("x*", "*web", "shop*"), "shop-web", "Webshop/shop-web") == "*web"
    assert first_match((), "shop") is None
    assert first_match(("*",)) is None


def test_a_pattern_full_of_stars_takes_no_time() -> None:
    start = time.perf_counter()
    assert not matches("*a" * 100, "a" * 99 + "b" * 5000)
    assert not matches("*a*b" * 50, "ab" * 49 + "c" * 5000)
    assert time.perf_counter() - start < 1
