"""Files sent while they are read: what does not come whole never arrives."""

import pytest
from pydantic import SecretStr

from clients.hosts import AllowedHosts
from clients.http import HttpClient
from clients.jira import ConnectSigner, JiraClient
from clients.uploads import FileUpload
from domain.errors import NotFound, RateLimited, TooLarge, Unavailable


@pytest.fixture
def jira(wire):
    http = HttpClient("Jira", AllowedHosts(frozenset(), (), frozenset({wire.host})))
    return JiraClient(ConnectSigner("crosswalk", wire.url, "client-1", SecretStr("s" * 40)), http)


def upload(jira, pieces, size=10, name="a.txt"):
    return jira.upload(
        "/issue/1/attachments", FileUpload(name, size, iter(pieces), source="Azure DevOps"), endpoint="file"
    )


def test_a_file_is_one_part_with_its_length_told_before(wire, jira):
    upload(jira, [b"12345", b"67890"], name='ö "x".png')
    (asked,) = wire.asked
    head, _, rest = asked["body"].partition(b"\r\n\r\n")
    assert b'name="file"; filename="\xc3\xb6 %22x%22.png"' in head
    assert b"Content-Type: image/png" in head
    assert rest.startswith(b"1234567890\r\n--")
    assert int(asked["CONTENT_LENGTH"]) == len(asked["body"])
    assert (asked["HTTP_X_ATLASSIAN_TOKEN"], "HTTP_TRANSFER_ENCODING" in asked) == ("no-check", False)


@pytest.mark.parametrize("pieces", [[b"short"], [b"much too long for that"], []])
def test_a_file_of_another_length_than_told_never_arrives(wire, jira, pieces):
    with pytest.raises(Unavailable, match="another length"):
        upload(jira, pieces)
    assert wire.asked == []


def test_what_reading_the_file_raises_is_what_is_raised(wire, jira):
    def broken():
        yield b"some"
        raise NotFound("Azure DevOps", 404, "gone")

    with pytest.raises(NotFound):
        upload(jira, broken())
    assert wire.asked == []


@pytest.mark.parametrize(("status", "error"), [(413, TooLarge), (429, RateLimited), (503, Unavailable)])
def test_a_refused_file_raises_by_its_status(wire, jira, status, error):
    wire.will_answer(status)
    with pytest.raises(error):
        upload(jira, [b"1234567890"])


def test_a_redirect_is_no_answer(wire, jira):
    wire.will_answer(302, Location="https://example.com")
    with pytest.raises(Unavailable, match="redirects"):
        upload(jira, [b"1234567890"])
