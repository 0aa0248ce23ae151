"""One way to call another system: a pool, a time-out, an allow-list, status to error class, one log line.

The client tries once, with one quick retry by urllib3 for idempotent calls whose connection broke or that met
502, 503 or 504. Waiting and trying again later is the caller's, because only the caller holds the work.
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from ssl import CERT_REQUIRED, SSLContext
from typing import Any
from urllib.parse import urlencode, urlsplit

import certifi
import orjson
import structlog
from urllib3 import BaseHTTPResponse, PoolManager, Retry, Timeout
from urllib3.exceptions import ConnectTimeoutError, HTTPError, MaxRetryError, NewConnectionError
from urllib3.util.ssl_ import create_urllib3_context

from clients.clocks import ClockWatch
from clients.gates import OPEN, Gate
from clients.hosts import AllowedHosts
from clients.uploads import FileUpload
from domain.errors import (
    Ambiguous,
    CallError,
    Conflict,
    Forbidden,
    IssueBusy,
    NotFound,
    RateLimited,
    Rejected,
    TooLarge,
    Unauthorized,
    Unavailable,
)
from domain.rate_answers import retry_seconds

log = structlog.get_logger("crosswalk.http")

CONNECT_SECONDS = 5.0
READ_SECONDS = 30.0
STREAM_SECONDS = 900.0  # for a whole file; Azure DevOps takes 60 MB at most
SLOW_MILLISECONDS = 1000  # calls that take longer are told of one by one
CHUNK = 65_536  # bytes of a stream that are in memory at a time
POOL_SIZE = 100  # threads of one process that may call at once; more connections than these are not kept
DETAIL_CHARACTERS = 300
# https://developer.atlassian.com/cloud/jira/platform/rate-limiting/
ONE_ISSUE = "jira-per-issue-on-write"
ALWAYS_SENT = {"User-Agent": "Crosswalk", "Accept": "*/*", "Accept-Encoding": "gzip, deflate"}
IDEMPOTENT = frozenset({"GET", "HEAD", "PUT", "DELETE", "OPTIONS"})
PERMANENT: dict[int, type[CallError]] = {
    401: Unauthorized, 403: Forbidden, 404: NotFound, 410: NotFound, 409: Conflict, 413: TooLarge,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: status, headers (case-insensitive) and the body as bytes."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The decoded body, None when it is empty. Raises ValueError when it is not JSON."""
        return orjson.loads(self.body) if self.body.strip() else None


@dataclass(frozen=True, slots=True)
class Download:
    """An answer whose body is read while it comes: `chunks` yields it once, at most CHUNK bytes at a time."""

    status: int
    headers: Mapping[str, str]
    chunks: Iterator[bytes]


class HttpClient:
    """A connection pool to one system. Safe to share between threads."""

    def __init__(self, system: str, hosts: AllowedHosts, *, read_seconds: float = READ_SECONDS) -> None:
        self.system = system
        self.hosts = hosts
        self.clocks = ClockWatch()
        self._retry = Retry(
            total=1, connect=1, read=1, status=1, status_forcelist=(502, 503, 504), allowed_methods=IDEMPOTENT,
            backoff_factor=0.2, backoff_jitter=0.2, raise_on_status=False, respect_retry_after_header=False,
        )  # fmt: skip
        # Not by requests: a session would keep cookies of one tenant for the next, heed proxies and certificates of the
        # surroundings and follow redirects, and each call through it takes twice as long
        self._pools = PoolManager(
            num_pools=POOL_SIZE, maxsize=POOL_SIZE, timeout=Timeout(connect=CONNECT_SECONDS, read=read_seconds),
            ssl_context=trusting_context(),
        )  # fmt: skip

    def call(
        self, method: str, url: str, *, headers: Mapping[str, str], params: Mapping[str, Any] | None = None,
        json: object = None, form: Mapping[str, str] | None = None, gate: Gate = OPEN, group: str = "",
        keep_refusals: bool = False,
    ) -> Answer:  # fmt: skip
        """Send one request; answer 2xx or 3xx as an Answer (redirects are never followed). With `keep_refusals` also
        4xx but 408 and 429, for those who need what a refusal says beside its status.

        `url` must be on the allow-list. Raises the CallError of the status, Unavailable or Ambiguous without one, and
        RateLimited without a status when `gate` gives no leave to call its `group` soon: nothing was sent then.
        """
        self.hosts.require(url)
        gate.enter(group)
        body, content_type = _encode_body(json, form)
        began = time.monotonic()
        response = self._send(method, url, began, params=params, data=body, headers={**headers, **content_type})
        self._log(method, response.status, began)
        gate.note(group, response.status, response.headers)
        answer = Answer(response.status, response.headers, response.data)
        kept = keep_refusals and answer.status < 500 and answer.status not in {408, 429}
        if answer.status >= 400 and not kept:
            raise error_of(self.system, answer)
        return answer

    @contextmanager
    def stream(
        self, url: str, *, headers: Mapping[str, str], params: Mapping[str, Any] | None = None, gate: Gate = OPEN,
        group: str = "", most_seconds: float = STREAM_SECONDS,
    ) -> Iterator[Download]:  # fmt: skip
        """GET a file of any size; the connection is given back when the body of `with` ends, however it does.

        Raises as `call` does before anything is handed out. `chunks` raises Unavailable when the connection breaks,
        ends too early or the whole takes longer than `most_seconds`: what came till then is not the file.
        """
        self.hosts.require(url)
        gate.enter(group)
        began, read = time.monotonic(), [0]
        # as it is stored: a compressed body would have another length than the one that is told
        sent = {**headers, "Accept-Encoding": "identity"}
        response = self._send("GET", url, began, params=params, headers=sent, stream=True)
        try:
            gate.note(group, response.status, response.headers)
            chunks = self._read_chunks(response, began + most_seconds, read)
            if response.status >= 400:
                raise error_of(self.system, Answer(response.status, response.headers, next(chunks, b"")))
            yield Download(response.status, response.headers, chunks)
        finally:
            response.close()
            response.release_conn()
            self._log("GET", response.status, began, bytes=read[0])

    def upload(
        self, url: str, upload: FileUpload, *, headers: Mapping[str, str], gate: Gate = OPEN, group: str = ""
    ) -> Answer:
        """POST a file while it is read. Raises as `call` does, and whatever reading the file raises."""
        self.hosts.require(url)
        gate.enter(group)
        began = time.monotonic()
        sent = {**headers, "Content-Type": upload.content_type, "Content-Length": str(len(upload))}
        response = self._send("POST", url, began, data=upload, headers=sent)
        self._log("POST", response.status, began, bytes=upload.sent)
        gate.note(group, response.status, response.headers)
        answer = Answer(response.status, response.headers, response.data)
        if answer.status >= 400:
            raise error_of(self.system, answer)
        return answer

    def _send(
        self, method: str, url: str, began: float, *, headers: Mapping[str, str],
        params: Mapping[str, Any] | None = None, data: Any = None, stream: bool = False,
    ) -> BaseHTTPResponse:  # fmt: skip
        parts = urlsplit(url)
        query = "&".join(filter(None, (parts.query, urlencode(params or {}, doseq=True))))
        target = f"{parts.path or '/'}?{query}" if query else parts.path or "/"
        try:
            pool = self._pools.connection_from_host(parts.hostname, parts.port, parts.scheme)
            return pool.urlopen(
                method, target, body=data, headers={**ALWAYS_SENT, **headers}, retries=self._retry, redirect=False,
                preload_content=not stream,  # read here, so that a break is this call's
            )  # fmt: skip
        except HTTPError as error:
            raise self._broken(method, url, error, began) from None

    def _read_chunks(self, response: BaseHTTPResponse, until: float, read: list[int]) -> Iterator[bytes]:
        try:
            for chunk in response.stream(CHUNK):
                read[0] += len(chunk)
                if time.monotonic() > until:
                    raise Unavailable(self.system, None, "a file took too long to come; it is asked for again later")
                yield chunk
        except HTTPError as error:
            name = type(error).__name__
            raise Unavailable(self.system, None, f"the connection broke in the middle of a file ({name})") from None

    def _broken(self, method: str, url: str, error: HTTPError, began: float) -> CallError:
        cause = error.reason if isinstance(error, MaxRetryError) else error
        name = type(cause).__name__
        self._log(method, None, began, error=name)
        if method in IDEMPOTENT or isinstance(cause, ConnectTimeoutError | NewConnectionError):  # it was never sent
            return Unavailable(self.system, None, f"{urlsplit(url).hostname} could not be reached ({name})")
        detail = f"{urlsplit(url).hostname} gave no answer ({name}); the call may have worked"
        return Ambiguous(self.system, None, detail)

    def _log(self, method: str, status: int | None, began: float, **fields: str | int) -> None:
        """Calls that went well and fast are many, and told at DEBUG only: to write them cost a twelfth of a worker."""
        milliseconds = round((time.monotonic() - began) * 1000)
        told = {"system": self.system, "method": method, "status": status, "ms": milliseconds, **fields}
        if fields or status is None or status >= 400 or milliseconds >= SLOW_MILLISECONDS:
            log.info("http.call", **told)
        else:
            log.debug("http.call", **told)


@cache
def trusting_context() -> SSLContext:
    """What all connections of the process trust: the certificates of `certifi`. Made for each connection it would take
    30 milliseconds and most of a megabyte.
    """
    context = create_urllib3_context(cert_reqs=CERT_REQUIRED)
    context.load_verify_locations(certifi.where())
    return context


def _encode_body(json: object, form: Mapping[str, str] | None) -> tuple[bytes | str | None, Mapping[str, str]]:
    """A body, and the header that tells what it is."""
    if json is not None:
        return orjson.dumps(json), {"Content-Type": "application/json"}
    return (urlencode(form), {"Content-Type": "application/x-www-form-urlencoded"}) if form is not None else (None, {})


def error_of(system: str, answer: Answer) -> CallError:
    """The error class of a refused answer. The detail is the other side's sentence, cut short."""
    detail = sentence_of(answer)
    asked = retry_seconds(answer.headers, time.time())
    if answer.status == 429:
        busy = answer.headers.get("RateLimit-Reason", "").strip().lower() == ONE_ISSUE
        return (IssueBusy if busy else RateLimited)(system, 429, detail, retry_after=asked)
    if answer.status >= 500 or answer.status == 408:
        return Unavailable(system, answer.status, detail, retry_after=asked)
    return PERMANENT.get(answer.status, Rejected)(system, answer.status, detail)


def sentence_of(answer: Answer) -> str:
    """The words of an error body: ADO `message`, Jira `errorMessages`/`errors`, OAuth `error_description`."""
    try:
        body = answer.json()
    except ValueError:
        return "no readable reason"
    if isinstance(body, dict):
        for name in ("message", "errorMessages", "errors", "error_description", "detail", "error", "title"):
            if body.get(name):
                return str(body[name])[:DETAIL_CHARACTERS]
    if isinstance(body, list) and body:
        return str(body[0])[:DETAIL_CHARACTERS]
    return "no reason given"
