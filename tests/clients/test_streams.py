"""Files that are read while they come: the memory they take, what ends them, what is never taken for a file."""

import socket
import threading
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from pydantic import SecretStr

from clients.ado import AdoClient
from clients.hosts import AllowedHosts, ado_hosts
from clients.http import CHUNK, HttpClient
from domain.errors import BadInput, Forbidden, NotFound, RateLimited, Unauthorized, Unavailable

FILE = ("project", "_apis", "wit", "attachments", "guid")


def client_of(host: str) -> HttpClient:
    return HttpClient("Azure DevOps", AllowedHosts(frozenset(), (), frozenset({host})), read_seconds=5)


@pytest.fixture
def http(wire):
    return client_of(wire.host)


@pytest.fixture
def refusals():
    return []


@pytest.fixture
def ado(wire, refusals):
    http = HttpClient("Azure DevOps", ado_hosts(frozenset({wire.host})))
    return AdoClient(f"{wire.url}/acme", SecretStr("Basic eA=="), http, on_refusal=lambda: refusals.append("told"))


class ShutGate:
    """Lets nobody pass, and remembers who asked."""

    def __init__(self):
        self.asked = []

    def enter(self, group):
        self.asked.append(group)
        raise RateLimited("Azure DevOps", None, "later", retry_after=9)

    def note(self, group, status, headers):
        raise AssertionError("nothing was sent")


def read_file(http, url, **options):
    with http.stream(url, headers={}, **options) as download:
        return b"".join(download.chunks)


@contextmanager
def server_that_says(answer: bytes) -> Iterator[str]:
    """Sends these bytes to whoever calls first, then hangs up; its host."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve_one() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65_536)
                connection.sendall(answer)

        thread = threading.Thread(target=serve_one, daemon=True)
        thread.start()
        yield f"127.0.0.1:{listener.getsockname()[1]}"
        thread.join(5)


def test_of_a_file_a_few_chunks_are_in_memory():
    pieces = 300  # 20 MB
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (pieces * CHUNK) + b"x" * (pieces * CHUNK)
    with server_that_says(answer) as host:
        http = client_of(host)
        tracemalloc.start()
        with http.stream(f"http://{host}/file", headers={}) as download:
            sizes = [len(chunk) for chunk in download.chunks]
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert sum(sizes) == pieces * CHUNK
    assert max(sizes) <= CHUNK
    assert peak < 20 * CHUNK


def test_who_stops_reading_a_file_can_call_on(wire, http):
    wire.will_answer(200, "x" * 50 * CHUNK)
    with http.stream(f"{wire.url}/file", headers={}) as download:
        assert next(download.chunks)
    assert http.call("GET", f"{wire.url}/x", headers={}).json() == {}


@pytest.mark.parametrize(
    ("status", "error"), [(404, NotFound), (403, Forbidden), (401, Unauthorized), (429, RateLimited)]
)
def test_a_refused_file_raises_before_anything_is_handed_out(wire, http, status, error):
    wire.will_answer(status, '{"message": "because"}')
    with pytest.raises(error, match="because") as caught:
        read_file(http, f"{wire.url}/file")
    assert caught.value.status == status


def test_a_file_that_ends_too_early_is_none():
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this"
    with server_that_says(answer) as host, pytest.raises(Unavailable, match="in the middle of a file"):
        read_file(client_of(host), f"http://{host}/file")


def test_nobody_there_is_told_as_of_any_call(wire):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{closed.getsockname()[1]}"
    with pytest.raises(Unavailable, match="could not be reached"):
        read_file(client_of(host), f"http://{host}/file")


def test_a_file_that_takes_too_long_is_given_up(wire, http):
    wire.will_answer(200, "x" * 3 * CHUNK)
    with pytest.raises(Unavailable, match="took too long"):
        read_file(http, f"{wire.url}/file", most_seconds=-1)


def test_files_are_asked_of_allowed_hosts_only(http):
    with pytest.raises(BadInput, match="list of hosts"):
        read_file(http, "https://example.com/file")


def test_nothing_is_sent_without_leave_of_the_gate(wire, http):
    gate = ShutGate()
    with pytest.raises(RateLimited):
        read_file(http, f"{wire.url}/file", gate=gate, group="core")
    assert (gate.asked, wire.asked) == (["core"], [])


def test_a_file_leaves_a_line_with_its_bytes_and_no_address(wire, http, written):
    wire.will_answer(200, "12345")
    read_file(http, f"{wire.url}/secret-name")
    lines = [line for line in written().splitlines() if "http.call" in line]
    assert len(lines) == 1
    assert '"bytes": 5' in lines[0]
    assert "secret-name" not in lines[0]


def test_azure_devops_is_asked_for_the_bytes_as_they_are(wire, ado):
    wire.will_answer(200, "12345", "application/octet-stream", Content_Disposition="attachment; filename=a.txt")
    with ado.stream(*FILE, download="true") as found:
        assert b"".join(found.chunks) == b"12345"
    asked = wire.asked[0]
    assert (asked["PATH_INFO"], asked["QUERY_STRING"]) == (
        "/acme/project/_apis/wit/attachments/guid", "api-version=7.1&download=true",
    )  # fmt: skip
    assert (asked["HTTP_ACCEPT_ENCODING"], asked["HTTP_AUTHORIZATION"]) == ("identity", "Basic eA==")


def test_a_file_of_html_is_a_file(wire, ado):
    wire.will_answer(200, "<p>", "text/html", Content_Disposition="attachment; filename=a.html")
    with ado.stream(*FILE) as found:
        assert b"".join(found.chunks) == b"<p>"


@pytest.mark.parametrize(("status", "kind"), [(200, "text/html; charset=utf-8"), (203, "text/html"), (302, "x/y")])
def test_a_sign_in_page_is_no_file(wire, ado, refusals, status, kind):
    wire.will_answer(status, "<html>Sign in</html>", kind)
    with pytest.raises(Unauthorized, match="sign-in page"), ado.stream(*FILE):
        raise AssertionError("it was handed out")
    assert refusals == ["told"]


def test_a_refusal_by_whom_a_file_is_given_to_is_not_one_of_azure_devops(wire, ado, refusals):
    wire.will_answer(200, "12345", "application/octet-stream")
    with pytest.raises(Unauthorized), ado.stream(*FILE):
        raise Unauthorized("Jira", 401, "not you")
    assert refusals == []
