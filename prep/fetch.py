"""Fetches known datasets: checked by sha256 before a file has its name.

GroupLens' certificate has been seen expired. Only then, and because the sha256 is pinned, the same file is taken over
plain HTTP: a changed byte is found either way, and a public file needs no secrecy. The result says how it came.

GroupLens replaces the two "latest" sets from time to time, so for them the pinned sha256 is that of one snapshot.
Another file is taken over TLS only, and only when its md5 is the one GroupLens publishes beside it. That is weaker:
nothing but the connection vouches for it, and two runs may see two files. The result says so too.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import http.client
import re
import shutil
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, Protocol
from urllib.parse import urlsplit

from prep.errors import ChecksumMismatch, DownloadFailed, NotEnoughSpace
from prep.known import KNOWN, KnownDataset, known
from prep.sinks import replaced_when_whole

__all__ = ["KNOWN", "Fetched", "KnownDataset", "cached_or_downloaded", "download", "known"]

TIMEOUT_S: Final = 600.0
MOST_BYTES: Final = 1 << 30
"""What a zip whose size is not pinned may have; the ml-latest of 2023 has a third of it."""
_SILENCE_S: Final = 30.0  # a server that sends nothing for this long will not
_CHUNK_BYTES: Final = 1 << 16
_CERTIFICATE_HAS_EXPIRED: Final = 10  # X509_V_ERR_CERT_HAS_EXPIRED of OpenSSL's x509_vfy.h
_FULL: Final = {errno.ENOSPC, errno.EDQUOT}
# GroupLens writes some as BSD's md5 does, "MD5 (ml-20m.zip) = cd24…", others as md5sum does, "d472…  ml-32m.zip".
_MD5: Final = re.compile(rb"(?<![0-9a-fA-F])[0-9a-fA-F]{32}(?![0-9a-fA-F])")
_MOST_MD5_FILE_BYTES: Final = 1024


@dataclass(frozen=True, slots=True)
class Fetched:
    """A whole, checked file. how: ``https``, ``http`` or ``cache``, and what was checked; for people."""

    path: Path
    how: str


class Opener(Protocol):
    """The part of ``urllib.request.OpenerDirector`` that is used."""

    def open(self, fullurl: str, data: None = None, timeout: float = ...) -> http.client.HTTPResponse:
        """Open a URL. Raises OSError (URLError, whose reason is the TLS error where that is why) or HTTPException."""


def cached_or_downloaded(
    name: str, cache: Path, *, opener: Opener | None = None, table: Mapping[str, KnownDataset] = KNOWN
) -> Fetched:
    """The zip of a known dataset in the folder ``cache``: the one there when its bytes are right, else a new one.

    A newer "latest" set than the pinned one stays as it was downloaded, checked by the md5 kept beside it, until
    somebody deletes it. Raises UnknownDataset, DownloadFailed, ChecksumMismatch, NotEnoughSpace.
    """
    expected = known(name, table)
    path = cache / f"{name}.zip"
    if path.is_file():
        if _digest(path, "sha256") == expected.sha256:
            return Fetched(path, "cache, sha256 checked")
        kept = _md5_file(path)
        if expected.is_rolling and kept.is_file() and _digest(path, "md5").encode() == kept.read_bytes().strip():
            return Fetched(path, "cache, md5 checked: newer than the pinned snapshot")
    return download(name, path, opener=opener, table=table)


def download(
    name: str,
    to: Path,
    *,
    opener: Opener | None = None,
    table: Mapping[str, KnownDataset] = KNOWN,
    timeout_s: float = TIMEOUT_S,
) -> Fetched:
    """Download a known dataset's zip to the file ``to``, which appears only when its checksum is right.

    The bytes go to disk as they come, never all into memory. opener: urllib's default when left out. timeout_s: for the
    whole file. Raises UnknownDataset, DownloadFailed, ChecksumMismatch, NotEnoughSpace.
    """
    dataset = known(name, table)
    deadline = time.monotonic() + timeout_s
    to.parent.mkdir(parents=True, exist_ok=True)
    opener = opener or urllib.request.build_opener()
    with _opened(opener, dataset, timeout_s) as response:
        expected_bytes = _expected_bytes(response, dataset)
        _require_space(to.parent, expected_bytes, name)
        with _naming_a_full_disk(to.parent), replaced_when_whole(to) as stream:
            sha256, md5 = _copy(response, stream, expected_bytes, deadline)
            checked = "sha256 checked"
            if sha256 != dataset.sha256:
                _check_newer(response.url, sha256, md5, dataset, opener=opener, silence_s=min(timeout_s, _SILENCE_S))
                _md5_file(to).write_text(f"{md5}\n")
                checked = "md5 checked: newer than the pinned snapshot"
        return Fetched(to, f"{urlsplit(response.url).scheme}, {checked}")


def _opened(opener: Opener, dataset: KnownDataset, timeout_s: float) -> http.client.HTTPResponse:
    silence_s = min(timeout_s, _SILENCE_S)
    try:
        return opener.open(dataset.url, timeout=silence_s)
    except (OSError, http.client.HTTPException) as error:
        if not _is_expired_certificate(error):
            raise _failed(dataset.url, error) from error
    try:
        return opener.open(dataset.plain_url, timeout=silence_s)
    except (OSError, http.client.HTTPException) as error:
        raise _failed(dataset.plain_url, error) from error


def _expected_bytes(response: http.client.HTTPResponse, dataset: KnownDataset) -> int | None:
    """The pinned size; of a set that changes, what the server announces, if anything."""
    return response.length if dataset.is_rolling or dataset.zip_bytes is None else dataset.zip_bytes


def _require_space(folder: Path, needed_bytes: int | None, name: str) -> None:
    free_bytes = shutil.disk_usage(folder).free
    if needed_bytes is not None and free_bytes < needed_bytes:
        raise NotEnoughSpace(f"{folder}: {free_bytes} bytes free, expected {needed_bytes} for {name}.zip")


@contextlib.contextmanager
def _naming_a_full_disk(folder: Path) -> Iterator[None]:
    """What was free before may not be so any more. Raises NotEnoughSpace."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise NotEnoughSpace(f"{folder}: {error.strerror}, expected room for the whole zip") from error
        raise


def _copy(
    response: http.client.HTTPResponse, stream: BinaryIO, expected_bytes: int | None, deadline: float
) -> tuple[str, str]:
    """Returns sha256 and md5, in hexadecimal."""
    sha256, md5 = hashlib.sha256(), hashlib.md5(usedforsecurity=False)
    received, url = 0, response.url
    most, bound = (MOST_BYTES, "at most") if expected_bytes is None else (expected_bytes, "exactly")
    while chunk := _read(response):
        received += len(chunk)
        if received > most:
            raise ChecksumMismatch(f"{url}: more than {most} bytes, expected {bound} as many")
        if time.monotonic() > deadline:
            raise DownloadFailed(f"{url}: too slow, {received} bytes so far, expected {expected_bytes}")
        for digest in (sha256, md5):
            digest.update(chunk)
        stream.write(chunk)
    if expected_bytes is not None and received < expected_bytes:
        raise DownloadFailed(f"{url}: ended after {received} bytes, expected {expected_bytes}")
    return sha256.hexdigest(), md5.hexdigest()


def _check_newer(url: str, sha256: str, md5: str, dataset: KnownDataset, *, opener: Opener, silence_s: float) -> None:
    """Of a file that is not the pinned one: is it what GroupLens publishes now? Raises ChecksumMismatch."""
    mismatch = f"{url}: sha256 {sha256}, expected {dataset.sha256}"
    if not dataset.is_rolling:
        raise ChecksumMismatch(mismatch)
    if not _is_tls(url):
        raise ChecksumMismatch(f"{mismatch} (a newer one is taken over TLS only)")
    published = _published_md5(dataset.md5_url, opener, silence_s)
    if md5 != published:
        raise ChecksumMismatch(f"{url}: md5 {md5}, expected {published} as in {dataset.md5_url}")


def _published_md5(url: str, opener: Opener, silence_s: float) -> str:
    try:
        with opener.open(url, timeout=silence_s) as response:
            content, came_from = response.read(_MOST_MD5_FILE_BYTES), response.url
    except (OSError, http.client.HTTPException) as error:
        raise _failed(url, error) from error
    found = _MD5.findall(content)
    if not _is_tls(came_from) or len(found) != 1:
        raise DownloadFailed(f"{came_from}: {len(found)} md5 sums, expected one, over TLS")
    return str(found[0].decode().lower())


def _read(response: http.client.HTTPResponse) -> bytes:
    try:
        return response.read1(_CHUNK_BYTES)
    except (OSError, http.client.HTTPException) as error:
        raise _failed(response.url, error) from error


def _failed(url: str, error: Exception) -> DownloadFailed:
    if isinstance(error, urllib.error.HTTPError):
        error.close()
        return DownloadFailed(f"{url}: {error.code} {error.reason}, expected 200")
    reason = error.reason if isinstance(error, urllib.error.URLError) else error
    return DownloadFailed(f"{url}: {(str(reason) or repr(reason)).splitlines()[0]}")


def _is_expired_certificate(error: Exception) -> bool:
    reason = getattr(error, "reason", None)
    return isinstance(reason, ssl.SSLCertVerificationError) and reason.verify_code == _CERTIFICATE_HAS_EXPIRED


def _is_tls(url: str) -> bool:
    return urlsplit(url).scheme == "https"


def _md5_file(path: Path) -> Path:
    return path.with_name(f"{path.name}.md5")


def _digest(path: Path, method: str) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, lambda: hashlib.new(method, usedforsecurity=False)).hexdigest()
