"""Runs a stand-in over real sockets in a thread of this process.

One thread per connection, keep-alive, quiet. A whole answer is collected before it is sent; only events (SSE) stream.
"""

import io
import socket
import socketserver
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable
from contextlib import closing, suppress
from dataclasses import dataclass
from types import TracebackType
from typing import IO, Any, Self, cast

import flask
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler
from werkzeug.wsgi import ClosingIterator

JOIN_SECONDS = 5.0
LONG_BODY, PIECE = 1_000_000, 65_536  # bytes


class QuietHandler(WSGIRequestHandler):
    """HTTP/1.1 with keep-alive. Werkzeug's own answers close every connection and wait 10 ms for unread input."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def run_wsgi(self) -> None:
        if self.headers.get("Expect", "").lower().strip() == "100-continue":
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        self.environ = environ = self.make_environ()
        with closing(self._read_body(environ)) as body:
            if self._was_cut(environ, body):  # nobody is there any more to be answered
                self.close_connection = True
                return
            environ["wsgi.input"] = body
            environ["wsgi.input_terminated"] = True
            self._answer(environ)

    def _answer(self, environ: dict[str, Any]) -> None:
        started: list[tuple[str, list[tuple[str, str]]]] = []

        def start_response(status: str, headers: list[tuple[str, str]], exc_info: object = None) -> Callable[..., Any]:
            started[:] = [(status, headers)]
            return lambda data: None

        with closing(ClosingIterator(self.server.app(environ, start_response))) as answer:
            try:
                if _is_stream(started):
                    self._send_stream(*started[0], answer)
                else:
                    body = b"".join(answer)
                    self._send_answer(*started[0], body)
            except (ConnectionError, TimeoutError):
                self.close_connection = True

    def _read_body(self, environ: dict[str, Any]) -> IO[bytes]:
        """All of it before the application begins; a long body waits on disk."""
        chunked = environ.get("wsgi.input_terminated")
        left = sys.maxsize if chunked else int(self.headers.get("Content-Length") or 0)
        source: Any = environ["wsgi.input"] if chunked else self.rfile
        if left <= LONG_BODY:
            return io.BytesIO(source.read(left))
        body = tempfile.SpooledTemporaryFile(LONG_BODY)  # noqa: SIM115 - the caller closes it
        while left and (piece := source.read(min(left, PIECE))):
            left -= body.write(piece)
        body.seek(0)
        return cast("IO[bytes]", body)

    def _was_cut(self, environ: dict[str, Any], body: IO[bytes]) -> bool:
        """Whether the caller hung up before the end of what it had announced."""
        length = body.seek(0, io.SEEK_END)
        body.seek(0)
        return not environ.get("wsgi.input_terminated") and length < int(self.headers.get("Content-Length") or 0)

    def _send_answer(self, status: str, headers: Iterable[tuple[str, str]], body: bytes) -> None:
        code, _, phrase = status.partition(" ")
        self.send_response(int(code), phrase)
        for name, value in headers:
            if name.lower() != "content-length":
                self.send_header(name, value)
        bodiless = self.command == "HEAD" or int(code) in {204, 304}
        if int(code) not in {204, 304}:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(b"" if bodiless else body)

    def _send_stream(self, status: str, headers: Iterable[tuple[str, str]], pieces: Iterable[bytes]) -> None:
        """Piece by piece, as they come. https://www.rfc-editor.org/rfc/rfc9112#section-7.1"""
        code, _, phrase = status.partition(" ")
        self.send_response(int(code), phrase)
        for name, value in (*headers, ("Transfer-Encoding", "chunked")):
            self.send_header(name, value)
        self.end_headers()
        for piece in pieces:
            self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
        self.wfile.write(b"0\r\n\r\n")

    def log(self, type: str, message: str, *args: Any) -> None:
        """Say nothing: the call log of the stand-in is the place to look."""


def _is_stream(started: list[tuple[str, list[tuple[str, str]]]]) -> bool:
    """Whether an application that has begun to answer sends events."""
    headers = {name.lower(): value for _status, own in started for name, value in own}
    return headers.get("content-type", "").startswith("text/event-stream")


class TrackedServer(socketserver.ThreadingMixIn, BaseWSGIServer):
    """Knows its open connections, so that stopping also ends idle keep-alive connections."""

    multithread = True
    daemon_threads = True

    def __init__(self, host: str, port: int, app: flask.Flask) -> None:
        self.open_connections: dict[socket.socket, threading.Thread] = {}
        super().__init__(host, port, app, QuietHandler)

    def process_request(self, request: Any, client_address: Any) -> None:
        thread = threading.Thread(target=self.process_request_thread, args=(request, client_address), daemon=True)
        self.open_connections[request] = thread
        thread.start()

    def shutdown_request(self, request: Any) -> None:
        super().shutdown_request(request)
        self.open_connections.pop(request, None)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that broke between two requests is no news."""

    def end_connections(self) -> None:
        for connection, thread in list(self.open_connections.items()):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue
            finally:
                thread.join(JOIN_SECONDS)


@dataclass(frozen=True, slots=True)
class Server:
    """A running stand-in: `url` without a trailing slash; `stop` ends it and every open connection."""

    url: str
    port: int
    _server: TrackedServer
    _thread: threading.Thread

    def stop(self) -> None:
        with suppress(OSError):  # wakes the waiting thread at once; only Linux knows that of a listening socket
            self._server.socket.shutdown(socket.SHUT_RDWR)
        self._server.shutdown()
        self._thread.join(JOIN_SECONDS)
        self._server.server_close()
        self._server.end_connections()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def serve(app: flask.Flask, host: str = "127.0.0.1", port: int = 0) -> Server:
    """Serve the app until `stop`; port 0 takes a free one. A taken port ends the process with a sentence (werkzeug)."""
    server = TrackedServer(host, port, app)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    return Server(f"http://{host}:{server.port}", server.port, server, thread)
