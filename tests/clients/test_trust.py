"""Who is believed to be the other side: the holder of a certificate that is trusted, and nobody else."""

import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from clients.hosts import AllowedHosts
from clients.http import HttpClient, trusting_context
from domain.errors import Unavailable


@dataclass(frozen=True)
class Secured:
    """A server behind TLS, and the file of its certificate, which signed itself."""

    port: int
    certificate: Path

    def client(self) -> HttpClient:
        hosts = frozenset({f"127.0.0.1:{self.port}", f"localhost:{self.port}"})
        return HttpClient("Jira", AllowedHosts(frozenset(), (), hosts), read_seconds=2)

    def ask(self, client: HttpClient, host: str = "127.0.0.1") -> int:
        return client.call("GET", f"https://{host}:{self.port}/x", headers={}).status


class Hello(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_told: object) -> None:
        """Nothing: a test says what went wrong."""


def write_certificate(path: Path) -> None:
    """Its key and itself, for 127.0.0.1 alone."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "here")])
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
    dated = made.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    named = dated.add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
    form = serialization.PrivateFormat.PKCS8
    secret = key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
    path.write_bytes(secret + named.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))


@pytest.fixture(scope="module")
def secured(tmp_path_factory) -> Iterator[Secured]:
    certificate = tmp_path_factory.mktemp("trust") / "here.pem"
    write_certificate(certificate)
    server = HTTPServer(("127.0.0.1", 0), Hello)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield Secured(server.server_port, certificate)
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def trusted(secured, monkeypatch) -> Iterator[None]:
    """As if the certificate were one of those that everybody trusts."""
    monkeypatch.setattr("clients.http.certifi.where", lambda: str(secured.certificate))
    trusting_context.cache_clear()
    yield
    trusting_context.cache_clear()


def test_a_certificate_that_nobody_vouches_for_is_refused(secured):
    with pytest.raises(Unavailable, match="could not be reached"):
        secured.ask(secured.client())


@pytest.mark.usefixtures("trusted")
def test_a_trusted_one_is_believed_for_the_name_it_was_made_for_alone(secured):
    client = secured.client()
    assert secured.ask(client) == 200
    with pytest.raises(Unavailable, match="could not be reached"):
        secured.ask(client, "localhost")
