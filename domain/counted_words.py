"""A number and what it counts, as a sentence says it: "1 title is", "3,000 titles are"."""


def count_words(count: int, one: str, many: str) -> str:
    """`count` with `one` behind it when it is 1, else with `many`."""
    return f"{count:,} {one if count == 1 else many}"
