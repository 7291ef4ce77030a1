"""Servers on loopback that a download is tested against, one of them with a certificate that has expired."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import hashlib
import ssl
import threading
import urllib.request
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from prep.known import KnownDataset

CONTENT = bytes(range(256)) * 1000
NEWER = CONTENT[::-1] + b"newer"
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))
NOW = datetime.datetime.now(datetime.UTC)
DAY = datetime.timedelta(days=1)
NEVER_ASKED = "http://localhost:1/never-asked"


class FileServer(ThreadingHTTPServer):
    """Serves CONTENT, whole or spoiled in the way that the path says, and `files`.

    moved: paths that are redirected, and where to. requests: the paths asked for.
    """

    daemon_threads = True

    def __init__(self, context: ssl.SSLContext | None = None, files: Mapping[str, bytes] | None = None) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.requests: list[str] = []
        self.files = {
            "/good": CONTENT,
            "/long": CONTENT + b"x",
            "/changed": CONTENT[:-1] + b"x",
            "/short": CONTENT[:-1],
            "/unsaid": CONTENT,
            "/cut": CONTENT[:1000],
            "/stalled": CONTENT[:1000],
            "/dripping": CONTENT[:1000],
            **(files or {}),
        }
        self.moved: dict[str, str] = {}
        self.is_over = threading.Event()
        self.scheme = "http"
        if context is not None:
            self.socket = context.wrap_socket(self.socket, server_side=True)
            self.scheme = "https"

    @property
    def url(self) -> str:
        return f"{self.scheme}://localhost:{self.server_port}"

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is what some of these tests are about."""


class Handler(BaseHTTPRequestHandler):
    server: FileServer

    def do_GET(self) -> None:
        self.server.requests.append(self.path)
        if self.path in self.server.moved:
            self.send_response(302)
            self.send_header("Location", self.server.moved[self.path])
            self.end_headers()
            return
        if self.path not in self.server.files:
            self.send_error(404)
            return
        body = self.server.files[self.path]
        self.send_response(200)
        if self.path != "/unsaid":
            claimed = len(CONTENT) if self.path in ("/cut", "/stalled", "/dripping") else len(body)
            self.send_header("Content-Length", str(claimed))
        self.end_headers()
        self.wfile.write(body)
        if self.path == "/stalled":
            self.server.is_over.wait(timeout=30)
        while self.path == "/dripping" and not self.server.is_over.wait(timeout=0.02):
            self.wfile.write(b"x")

    def log_message(self, *_: object) -> None:
        """Quiet."""


@contextlib.contextmanager
def running(server: FileServer) -> Iterator[FileServer]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.is_over.set()
        server.shutdown()
        thread.join()
        server.server_close()


@dataclasses.dataclass(frozen=True)
class Authority:
    """A certificate authority of our own, which the clients of these tests trust and nobody else does."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    def server_context(self, folder: Path, *, ends: datetime.datetime, name: str = "localhost") -> ssl.SSLContext:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        signed = (
            certificate_builder(subject, key, ends)
            .issuer_name(self.certificate.subject)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
            .sign(self.key, hashes.SHA256())
        )
        (folder / "server.pem").write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            + signed.public_bytes(serialization.Encoding.PEM)
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / "server.pem")
        return context

    def opener(self) -> urllib.request.OpenerDirector:
        trusted = self.certificate.public_bytes(serialization.Encoding.PEM).decode()
        context = ssl.create_default_context(cadata=trusted)
        return urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)
        )


def certificate_builder(
    subject: x509.Name, key: ec.EllipticCurvePrivateKey, ends: datetime.datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - 30 * DAY)
        .not_valid_after(ends)
    )


def make_authority() -> Authority:
    """A new one, valid until tomorrow."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test authority")])
    builder = certificate_builder(name, key, NOW + DAY).issuer_name(name)
    return Authority(
        key, builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), True).sign(key, hashes.SHA256())
    )


def table(
    url: str, plain_url: str = NEVER_ASKED, *, is_rolling: bool = False, content: bytes = CONTENT
) -> dict[str, KnownDataset]:
    """One dataset, `tiny`, whose pinned bytes are `content`."""
    return {
        "tiny": KnownDataset(
            url=url,
            plain_url=plain_url,
            zip_bytes=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
            is_rolling=is_rolling,
        )
    }
