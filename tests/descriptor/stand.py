"""What Crosswalk calls during the handshake, on loopback: Atlassian's key server, a Jira site and its admins."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import jwt

from tests.descriptor.tokens import InstallKey, Site, hash_of

CHECK = "/rest/api/3/permissions/check"


class AtlassianStand:
    """`keys_asked` holds the path of each key request; `checks` counts how often Jira was asked for a permission."""

    def __init__(self, key: InstallKey) -> None:
        self.keys_asked: list[str] = []
        self.checks = 0
        self.admins: set[str] = set()
        self.site: Site | None = None  # whose tokens the permission check takes
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _answers(self, key))
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self._server.server_port}"

    def is_trusted(self, authorization: str) -> bool:
        """As Jira checks an app's call: the site's secret, the app's key, the hash of this request."""
        if self.site is None:
            return False
        token = authorization.removeprefix("JWT ")
        try:
            claims = jwt.decode(token, self.site.secret, algorithms=["HS256"], audience=self.site.client_key)
        except jwt.PyJWTError:
            return False
        return bool(claims["iss"] == "crosswalk-azure-devops" and claims["qsh"] == hash_of("POST", CHECK))

    def stop(self) -> None:
        """Refuse connections from now on. May be called twice."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def _answers(stand: AtlassianStand, key: InstallKey) -> type[BaseHTTPRequestHandler]:
    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            stand.keys_asked.append(self.path)
            known = self.path == f"/{key.id}"
            self._answer(200 if known else 404, key.pem if known else b"unknown key")

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if self.path != CHECK or not stand.is_trusted(self.headers["Authorization"]):
                self._answer(401, b"{}")
                return
            stand.checks += 1
            granted = [name for name in body["globalPermissions"] if body["accountId"] in stand.admins]
            self._answer(200, json.dumps({"globalPermissions": granted, "projectPermissions": []}).encode())

        def log_message(self, *_: object) -> None:
            """Quiet."""

        def _answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return Answers
