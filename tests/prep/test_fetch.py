"""Downloads from real servers on loopback, one of them with a certificate that has expired."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import hashlib
import ssl
import threading
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from prep.errors import ChecksumMismatch, DownloadFailed, UnknownDataset
from prep.fetch import KNOWN, Fetched, KnownDataset, cached_or_downloaded, download

CONTENT = bytes(range(256)) * 1000
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))
NOW = datetime.datetime.now(datetime.UTC)
DAY = datetime.timedelta(days=1)


class FileServer(ThreadingHTTPServer):
    """Serves CONTENT, whole or spoiled in the way that the path says, and counts requests."""

    daemon_threads = True

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.requests = 0
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
        self.server.requests += 1
        if self.path == "/missing":
            self.send_error(404)
            return
        body = {
            "/good": CONTENT,
            "/long": CONTENT + b"x",
            "/changed": CONTENT[:-1] + b"x",
            "/short": CONTENT[:-1],
            "/cut": CONTENT[:1000],
            "/stalled": CONTENT[:1000],
            "/dripping": CONTENT[:1000],
        }[self.path]
        self.send_response(200)
        self.send_header(
            "Content-Length", str(len(CONTENT) if self.path in ("/cut", "/stalled", "/dripping") else len(body))
        )
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


@pytest.fixture
def plain() -> Iterator[FileServer]:
    with running(FileServer()) as server:
        yield server


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


@pytest.fixture(scope="module")
def authority() -> Authority:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test authority")])
    builder = certificate_builder(name, key, NOW + DAY).issuer_name(name)
    return Authority(
        key, builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), True).sign(key, hashes.SHA256())
    )


def table(url: str, plain_url: str = "http://localhost:1/never-asked") -> dict[str, KnownDataset]:
    return {
        "tiny": KnownDataset(
            url=url,
            plain_url=plain_url,
            zip_bytes=len(CONTENT),
            sha256=hashlib.sha256(CONTENT).hexdigest(),
        )
    }


def test_tls_comes_first(authority: Authority, tmp_path: Path, plain: FileServer) -> None:
    with running(FileServer(authority.server_context(tmp_path, ends=NOW + DAY))) as server:
        known = table(f"{server.url}/good", f"{plain.url}/good")
        fetched = download("tiny", tmp_path / "new" / "tiny.zip", opener=authority.opener(), table=known)
    assert fetched == Fetched(tmp_path / "new" / "tiny.zip", "https, sha256 checked")
    assert fetched.path.read_bytes() == CONTENT
    assert plain.requests == 0


def test_an_expired_certificate_alone_allows_plain_http(
    authority: Authority, tmp_path: Path, plain: FileServer
) -> None:
    with running(FileServer(authority.server_context(tmp_path, ends=NOW - DAY))) as server:
        known = table(f"{server.url}/good", f"{plain.url}/good")
        fetched = download("tiny", tmp_path / "tiny.zip", opener=authority.opener(), table=known)
        assert server.requests == 0
    assert fetched.how == "http, sha256 checked"
    assert fetched.path.read_bytes() == CONTENT


def test_a_changed_file_over_plain_http_is_found(authority: Authority, tmp_path: Path, plain: FileServer) -> None:
    with running(FileServer(authority.server_context(tmp_path, ends=NOW - DAY))) as server:
        known = table(f"{server.url}/good", f"{plain.url}/changed")
        with pytest.raises(ChecksumMismatch, match=r"/changed: sha256 .*, expected "):
            download("tiny", tmp_path / "tiny.zip", opener=authority.opener(), table=known)
    assert not (tmp_path / "tiny.zip").exists()


@pytest.mark.parametrize("fault", ["another name", "nobody's authority"])
def test_any_other_fault_of_the_certificate_does_not(
    authority: Authority, tmp_path: Path, plain: FileServer, fault: str
) -> None:
    name = "elsewhere" if fault == "another name" else "localhost"
    ends = NOW + DAY if fault == "another name" else NOW - DAY  # expired too, but that is not all
    opener = authority.opener() if fault == "another name" else DIRECT
    with running(FileServer(authority.server_context(tmp_path, ends=ends, name=name))) as server:
        known = table(f"{server.url}/good", f"{plain.url}/good")
        with pytest.raises(DownloadFailed, match=r"^https://localhost:\d+/good: .*CERTIFICATE_VERIFY_FAILED"):
            download("tiny", tmp_path / "tiny.zip", opener=opener, table=known)
    assert plain.requests == 0


@pytest.mark.parametrize(
    ("path", "error", "message"),
    [
        ("changed", ChecksumMismatch, "sha256 .*, expected "),
        ("long", ChecksumMismatch, "more than 256000 bytes, expected exactly as many"),
        ("short", DownloadFailed, "ended after 255999 bytes, expected 256000"),
        ("cut", DownloadFailed, "ended after 1000 bytes, expected 256000"),
        ("missing", DownloadFailed, "404 Not Found, expected 200"),
    ],
)
def test_what_is_not_the_pinned_file_leaves_the_old_one_alone(
    tmp_path: Path, plain: FileServer, path: str, error: type[Exception], message: str
) -> None:
    target = tmp_path / "tiny.zip"
    target.write_bytes(b"before")
    with pytest.raises(error, match=rf"^http://localhost:\d+/{path}: {message}"):
        download("tiny", target, opener=DIRECT, table=table(f"{plain.url}/{path}"))
    assert {entry.name: entry.read_bytes() for entry in tmp_path.iterdir()} == {"tiny.zip": b"before"}


def test_a_server_that_falls_silent_is_given_up(tmp_path: Path, plain: FileServer) -> None:
    with pytest.raises(DownloadFailed, match=r"/stalled: .*timed out"):
        download("tiny", tmp_path / "tiny.zip", opener=DIRECT, table=table(f"{plain.url}/stalled"), timeout_s=0.2)
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_drips_is_given_up_too(tmp_path: Path, plain: FileServer) -> None:
    with pytest.raises(DownloadFailed, match=r"/dripping: too slow, 10\d\d bytes so far, expected 256000"):
        download("tiny", tmp_path / "tiny.zip", opener=DIRECT, table=table(f"{plain.url}/dripping"), timeout_s=1.0)
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DownloadFailed) as raised:
        download("tiny", tmp_path / "tiny.zip", opener=DIRECT, table=table("https://localhost:1/tiny.zip"))
    assert str(raised.value).startswith("https://localhost:1/tiny.zip: ")
    assert "\n" not in str(raised.value)


def test_the_cache_is_used_only_while_its_bytes_are_right(tmp_path: Path, plain: FileServer) -> None:
    known = table(f"{plain.url}/good")
    assert cached_or_downloaded("tiny", tmp_path, opener=DIRECT, table=known).how == "http, sha256 checked"
    assert cached_or_downloaded("tiny", tmp_path, opener=DIRECT, table=known).how == "cache, sha256 checked"
    assert plain.requests == 1
    (tmp_path / "tiny.zip").write_bytes(CONTENT[:-1])
    assert cached_or_downloaded("tiny", tmp_path, opener=DIRECT, table=known).path.read_bytes() == CONTENT
    assert plain.requests == 2


def test_an_unknown_name_lists_those_known(tmp_path: Path) -> None:
    with pytest.raises(UnknownDataset, match=r"^dataset 'ml-9k', expected one of ml-100k$"):
        cached_or_downloaded("ml-9k", tmp_path)


def test_every_known_dataset_is_pinned() -> None:
    for name, dataset in KNOWN.items():
        assert dataset.url == f"https://files.grouplens.org/datasets/movielens/{name}.zip"
        assert dataset.plain_url == dataset.url.replace("https", "http")
        assert len(dataset.sha256) == 64
