"""What somebody pasted is known by its form."""

import pytest

from domain.pasted import Pasted, read_pasted

SHA = "0123456789abcdef0123456789abcdef01234567"
SITE = "https://dev.azure.com/acme"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (SHA, Pasted("commit", SHA)),
        (f"  {SHA.upper()}\n", Pasted("commit", SHA)),
        ("0123abc", Pasted("commit", "0123abc")),
        ("0" * 40, Pasted("commit", "0" * 40)),
        ("1234567", Pasted("number", "1234567")),
        ("0123ab", Pasted("text")),
        ("!12", Pasted("pull_request", "12")),
        ("PR 12", Pasted("pull_request", "12")),
        ("pull request #12", Pasted("pull_request", "12")),
        ("build 77", Pasted("build", "77")),
        ("Run #77", Pasted("build", "77")),
        ("#5", Pasted("number", "5")),
        ("refs/heads/feature/SHOP-1", Pasted("branch", "feature/SHOP-1")),
        ("SHOP-1 repair the basket", Pasted("text")),
        ("", Pasted("text")),
        (f"{SITE}/Web%20shop/_git/basket/commit/{SHA}", Pasted("commit", SHA, "Web shop", "basket")),
        (f"{SITE}/Web%20shop/_git/basket/commit/{SHA}?refName=x", Pasted("commit", SHA, "Web shop", "basket")),
        (f"{SITE}/Web/_git/basket/pullrequest/12", Pasted("pull_request", "12", "Web", "basket")),
        (f"{SITE}/Web/_git/basket?version=GBfeature%2FSHOP-1", Pasted("branch", "feature/SHOP-1", "Web", "basket")),
        (f"{SITE}/Web/_git/basket?version=GC{SHA}", Pasted("commit", SHA, "Web", "basket")),
        (f"{SITE}/Web/_build/results?buildId=77&view=results", Pasted("build", "77", "Web")),
        (f"{SITE}/Web/_git/basket", Pasted("text", "", "Web", "basket")),
        (f"{SITE}/Web/_git/basket/pullrequest/abc", Pasted("text", "", "Web", "basket")),
        (f"{SITE}/Web/_build/results?buildId=x", Pasted("text")),
        (f"{SITE}/Web/_git/basket/commit/abc", Pasted("text", "", "Web", "basket")),
        (f"{SITE}/Web/_git/basket?version=GCxyz", Pasted("text", "", "Web", "basket")),
    ],
)  # fmt: skip
def test_what_was_pasted(text, found):
    assert read_pasted(text) == found
