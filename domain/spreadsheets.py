"""Cells of a table that a spreadsheet opens: none of them may be taken for a formula. Pure.

https://owasp.org/www-community/attacks/CSV_Injection
"""

FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n")


def safe_cell(text: str) -> str:
    """The text, with an apostrophe before what a spreadsheet would run."""
    return f"'{text}" if text.startswith(FORMULAS) else text
