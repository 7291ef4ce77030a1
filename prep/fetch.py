"""Known datasets and how to get them: checked by sha256 before a file has its name.

GroupLens' certificate has been seen expired. Only then, and because the sha256 is pinned here, the same file is taken
over plain HTTP: a changed byte is found either way, and a public file needs no secrecy. The result says how it came.
"""

from __future__ import annotations

import hashlib
import http.client
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO, Final, Protocol
from urllib.parse import urlsplit

from prep.errors import ChecksumMismatch, DownloadFailed, UnknownDataset
from prep.sources import replaced_when_whole

TIMEOUT_S: Final = 600.0
_SILENCE_S: Final = 30.0  # a server that sends nothing for this long will not
_CHUNK_BYTES: Final = 1 << 16
_CERTIFICATE_HAS_EXPIRED: Final = 10  # X509_V_ERR_CERT_HAS_EXPIRED of OpenSSL's x509_vfy.h


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownDataset:
    """Where a dataset is and what its bytes are. plain_url: the same file without TLS."""

    url: str
    plain_url: str
    zip_bytes: int
    sha256: str


# A name stands here when prep reads its layout. MovieLens may not be redistributed, so it is fetched, never bundled.
KNOWN: Final[Mapping[str, KnownDataset]] = MappingProxyType(
    {
        "ml-100k": KnownDataset(
            url="https://files.grouplens.org/datasets/movielens/ml-100k.zip",
            plain_url="http://files.grouplens.org/datasets/movielens/ml-100k.zip",
            zip_bytes=4_924_029,
            sha256="50d2a982c66986937beb9ffb3aa76efe955bf3d5c6b761f4e3a7cd717c6a3229",
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Fetched:
    """A whole, checked file. how: ``https``, ``http`` or ``cache``, and that the sha256 was checked; for people."""

    path: Path
    how: str


class Opener(Protocol):
    """The part of ``urllib.request.OpenerDirector`` that is used."""

    def open(self, fullurl: str, data: None = None, timeout: float = ...) -> http.client.HTTPResponse:
        """Open a URL. Raises OSError (URLError, whose reason is the TLS error where that is why) or HTTPException."""


def known(name: str, table: Mapping[str, KnownDataset] = KNOWN) -> KnownDataset:
    """The entry of that name. Raises UnknownDataset."""
    if name not in table:
        raise UnknownDataset(f"dataset {name!r}, expected one of {', '.join(sorted(table))}")
    return table[name]


def cached_or_downloaded(
    name: str, cache: Path, *, opener: Opener | None = None, table: Mapping[str, KnownDataset] = KNOWN
) -> Fetched:
    """The zip of a known dataset in the folder ``cache``: the one there when its sha256 is right, else a new one.

    Raises UnknownDataset, DownloadFailed, ChecksumMismatch.
    """
    expected = known(name, table)
    path = cache / f"{name}.zip"
    if path.is_file() and _sha256(path) == expected.sha256:
        return Fetched(path, "cache, sha256 checked")
    return download(name, path, opener=opener, table=table)


def download(
    name: str,
    to: Path,
    *,
    opener: Opener | None = None,
    table: Mapping[str, KnownDataset] = KNOWN,
    timeout_s: float = TIMEOUT_S,
) -> Fetched:
    """Download a known dataset's zip to the file ``to``, which appears only when its sha256 is right.

    opener: urllib's default when left out. timeout_s: for the whole file.
    Raises UnknownDataset, DownloadFailed, ChecksumMismatch.
    """
    dataset = known(name, table)
    deadline = time.monotonic() + timeout_s
    to.parent.mkdir(parents=True, exist_ok=True)
    with _opened(opener or urllib.request.build_opener(), dataset, timeout_s) as response:
        with replaced_when_whole(to) as stream:
            _copy_checked(response, stream, dataset, deadline)
        return Fetched(to, f"{urlsplit(response.url).scheme}, sha256 checked")


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


def _copy_checked(response: http.client.HTTPResponse, stream: BinaryIO, dataset: KnownDataset, deadline: float) -> None:
    digest, received, url = hashlib.sha256(), 0, response.url
    while chunk := _read(response):
        received += len(chunk)
        if received > dataset.zip_bytes:
            raise ChecksumMismatch(f"{url}: more than {dataset.zip_bytes} bytes, expected exactly as many")
        if time.monotonic() > deadline:
            raise DownloadFailed(f"{url}: too slow, {received} bytes so far, expected {dataset.zip_bytes}")
        digest.update(chunk)
        stream.write(chunk)
    if received < dataset.zip_bytes:
        raise DownloadFailed(f"{url}: ended after {received} bytes, expected {dataset.zip_bytes}")
    if digest.hexdigest() != dataset.sha256:
        raise ChecksumMismatch(f"{url}: sha256 {digest.hexdigest()}, expected {dataset.sha256}")


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


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
