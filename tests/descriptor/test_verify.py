import json
from hashlib import sha256
from urllib.parse import urlsplit

import jwt
import pytest

from descriptor.verify import query_hash
from tests.descriptor.tokens import hash_of

# They want `&` as it is in a path; Atlassian's libraries of today write `%26`
STALE = {"BasePath RFC3986 Subdelimiters", "BasePath RFC3986 Subdelimiters (uri)"}


@pytest.fixture(scope="module")
def vectors(specs):
    return json.loads((specs / "connect-jwt-qsh-vectors.json").read_text("utf-8"))["tests"]


def targets(vectors):
    """Name, path with query, and expected hash of each vector."""
    for vector in vectors:
        parts = urlsplit(vector["signedUrl"])
        yield vector["name"], f"{parts.path}?{parts.query}", sha256(vector["canonicalUrl"].encode()).hexdigest()


@pytest.mark.specs
def test_query_hash_agrees_with_every_official_vector_but_the_stale_two(vectors):
    differing = {name for name, target, expected in targets(vectors) if query_hash("GET", target) != expected}
    assert differing == STALE
    assert len(vectors) > 30


@pytest.mark.specs
def test_official_tokens_carry_the_hash_of_their_address(vectors):
    """The table itself is sound: its tokens hold the hashes it is compared with."""
    for vector in vectors:
        token = vector["signedUrl"].partition("jwt=")[2].partition("&")[0]
        claims = jwt.decode(token, options={"verify_signature": False})
        assert claims["qsh"] == sha256(vector["canonicalUrl"].encode()).hexdigest()


@pytest.mark.parametrize(
    ("method", "target", "path", "query"),
    [
        ("get", "/pages/admin", "/pages/admin", ""),
        ("GET", "/pages/admin/", "/pages/admin", ""),
        ("GET", "/pages/admin?", "/pages/admin", ""),
        ("GET", "", "/", ""),
        ("GET", "/", "/", ""),
        ("POST", "/first:part/rest", "/first:part/rest", ""),
        ("GET", "/a:b?c=d", "/a:b", "c=d"),
        ("GET", "//host/path", "/host/path", ""),
        ("GET", "/a&b", "/a%26b", ""),
        ("GET", "/a;b=1/c;d=2", "/a;b=1/c;d=2", ""),
        ("GET", "/a?b=1&jwt=x.y.z&c=2", "/a", "b=1&c=2"),
        ("GET", "/a?jwt=1&jwt=2", "/a", ""),
        ("GET", "/a?b=x+y&b=%7E&c", "/a", "b=x%20y,~&c="),
        ("GET", "/a?b=*&a=%2f", "/a", "a=%2F&b=%2A"),
    ],
)
def test_query_hash_of_one_request(method, target, path, query):
    assert query_hash(method, target) == hash_of(method.upper(), path, query)
