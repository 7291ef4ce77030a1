"""When TLS is asked for, when plain HTTP will do, and how a dataset that changes under its name is checked."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from prep.errors import ChecksumMismatch, DownloadFailed
from prep.fetch import Fetched, cached_or_downloaded, download
from tests.prep.download_server import (
    CONTENT,
    DAY,
    DIRECT,
    NEWER,
    NOW,
    Authority,
    FileServer,
    make_authority,
    running,
    table,
)

NEWER_MD5 = hashlib.md5(NEWER, usedforsecurity=False).hexdigest()
BSD = f"MD5 (tiny.zip) = {NEWER_MD5}\n".encode()
GNU = f"{NEWER_MD5.upper()}  tiny.zip\n".encode()


@pytest.fixture(scope="module")
def authority() -> Authority:
    return make_authority()


@pytest.fixture
def plain() -> Iterator[FileServer]:
    with running(FileServer(files={"/newer.zip": NEWER, "/newer.zip.md5": BSD})) as server:
        yield server


@pytest.fixture
def secure(authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FileServer]:
    context = authority.server_context(tmp_path_factory.mktemp("certificate"), ends=NOW + DAY)
    with running(FileServer(context, {"/newer.zip": NEWER})) as server:
        yield server


@pytest.fixture
def expired(authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FileServer]:
    context = authority.server_context(tmp_path_factory.mktemp("certificate"), ends=NOW - DAY)
    with running(FileServer(context)) as server:
        yield server


def test_tls_comes_first(authority: Authority, tmp_path: Path, secure: FileServer, plain: FileServer) -> None:
    known = table(f"{secure.url}/good", f"{plain.url}/good")
    fetched = download("tiny", tmp_path / "new" / "tiny.zip", opener=authority.opener(), table=known)
    assert fetched == Fetched(tmp_path / "new" / "tiny.zip", "https, sha256 checked")
    assert fetched.path.read_bytes() == CONTENT
    assert plain.requests == []


@pytest.mark.parametrize("is_rolling", [False, True])
def test_an_expired_certificate_alone_allows_plain_http(
    authority: Authority, tmp_path: Path, expired: FileServer, plain: FileServer, is_rolling: bool
) -> None:
    known = table(f"{expired.url}/good", f"{plain.url}/good", is_rolling=is_rolling)
    fetched = download("tiny", tmp_path / "tiny.zip", opener=authority.opener(), table=known)
    assert expired.requests == []
    assert fetched.how == "http, sha256 checked"
    assert fetched.path.read_bytes() == CONTENT


def test_a_changed_file_over_plain_http_is_found(
    authority: Authority, tmp_path: Path, expired: FileServer, plain: FileServer
) -> None:
    known = table(f"{expired.url}/good", f"{plain.url}/changed")
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
    assert plain.requests == []


@pytest.mark.parametrize("published", [BSD, GNU])
def test_a_newer_latest_set_is_checked_by_the_md5_published_over_tls(
    authority: Authority, tmp_path: Path, secure: FileServer, published: bytes
) -> None:
    secure.files["/newer.zip.md5"] = published
    known = table(f"{secure.url}/newer.zip", is_rolling=True)
    fetched = cached_or_downloaded("tiny", tmp_path, opener=authority.opener(), table=known)
    assert fetched.how == "https, md5 checked: newer than the pinned snapshot"
    assert fetched.path.read_bytes() == NEWER
    again = cached_or_downloaded("tiny", tmp_path, opener=authority.opener(), table=known)
    assert again.how == "cache, md5 checked: newer than the pinned snapshot"
    assert secure.requests == ["/newer.zip", "/newer.zip.md5"]
    fetched.path.write_bytes(NEWER[:-1])
    assert cached_or_downloaded("tiny", tmp_path, opener=authority.opener(), table=known).how.startswith("https")


def test_the_pinned_snapshot_of_a_latest_set_needs_no_md5(
    authority: Authority, tmp_path: Path, secure: FileServer
) -> None:
    known = table(f"{secure.url}/good", is_rolling=True)
    assert (
        download("tiny", tmp_path / "tiny.zip", opener=authority.opener(), table=known).how == "https, sha256 checked"
    )
    assert secure.requests == ["/good"]


def test_a_fixed_set_is_never_taken_by_md5(authority: Authority, tmp_path: Path, secure: FileServer) -> None:
    secure.files["/newer.zip.md5"] = BSD
    with pytest.raises(ChecksumMismatch):
        download("tiny", tmp_path / "tiny.zip", opener=authority.opener(), table=table(f"{secure.url}/newer.zip"))
    assert secure.requests == ["/newer.zip"]


@pytest.mark.parametrize("way", ["plain address", "expired certificate", "redirect away from TLS"])
def test_a_newer_latest_set_is_never_taken_over_plain_http(
    authority: Authority, tmp_path: Path, secure: FileServer, expired: FileServer, plain: FileServer, way: str
) -> None:
    newer = f"{plain.url}/newer.zip"
    secure.moved["/newer.zip"] = newer
    servers = {"plain address": plain, "expired certificate": expired, "redirect away from TLS": secure}
    known = table(f"{servers[way].url}/newer.zip", newer, is_rolling=True)
    with pytest.raises(ChecksumMismatch, match=r"sha256 .* \(a newer one is taken over TLS only\)$"):
        download("tiny", tmp_path / "tiny.zip", opener=authority.opener(), table=known)
    assert plain.requests == ["/newer.zip"]
    assert list(tmp_path.iterdir()) == []


def test_the_md5_is_not_taken_over_plain_http_either(
    authority: Authority, tmp_path: Path, secure: FileServer, plain: FileServer
) -> None:
    secure.moved["/newer.zip.md5"] = f"{plain.url}/newer.zip.md5"
    known = table(f"{secure.url}/newer.zip", is_rolling=True)

    with pytest.raises(
        DownloadFailed, match=r"^http://localhost:\d+/newer.zip.md5: 1 md5 sums, expected one, over TLS$"
    ):
        download("tiny", tmp_path / "tiny.zip", opener=authority.opener(), table=known)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("published", "error", "message"),
    [
        (None, DownloadFailed, r"\.md5: 404 Not Found, expected 200"),
        (b"<html>moved</html>", DownloadFailed, r"\.md5: 0 md5 sums, expected one, over TLS"),
        (BSD + GNU, DownloadFailed, r"\.md5: 2 md5 sums, expected one, over TLS"),
        (b"0" * 32, ChecksumMismatch, rf"newer\.zip: md5 {NEWER_MD5}, expected 0{{32}} as in https://.*\.md5"),
        (b"0" * 64, DownloadFailed, r"\.md5: 0 md5 sums, expected one, over TLS"),
    ],
)
def test_a_newer_latest_set_without_the_right_md5_is_refused(
    authority: Authority,
    tmp_path: Path,
    secure: FileServer,
    published: bytes | None,
    error: type[Exception],
    message: str,
) -> None:
    if published is not None:
        secure.files["/newer.zip.md5"] = published
    with pytest.raises(error, match=message):
        download(
            "tiny",
            tmp_path / "tiny.zip",
            opener=authority.opener(),
            table=table(f"{secure.url}/newer.zip", is_rolling=True),
        )
    assert list(tmp_path.iterdir()) == []


def test_a_latest_set_that_is_cut_short_is_worth_a_retry(
    authority: Authority, tmp_path: Path, secure: FileServer
) -> None:
    known = table(f"{secure.url}/cut", is_rolling=True)
    with pytest.raises(DownloadFailed, match=r"/cut: ended after 1000 bytes, expected 256000"):
        download("tiny", tmp_path / "tiny.zip", opener=authority.opener(), table=known)
