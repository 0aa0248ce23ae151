"""The digest of a path: rows of earlier runs have it, so it stays."""

import pytest

from domain.path_digests import DIGEST_CHARACTERS, digest_path


@pytest.mark.parametrize(
    ("path", "digest"),
    [
        ("Webshop\\Sprint 1", "cb7351e5787d9f6d69762f0b64dacf881af9abfc"),
        ("lone \ud83d surrogate", "023f25230bb14c1b279d33657401e6bb3f5be50b"),
    ],
)
def test_a_digest_stays(path, digest):
    assert digest_path(path) == digest
    assert len(digest) == DIGEST_CHARACTERS
