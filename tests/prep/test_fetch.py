"""Downloads from real servers on loopback: what is refused, and what the cache is good for."""

from __future__ import annotations

import errno
import shutil
import tracemalloc
from collections import namedtuple
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import pytest

from prep import fetch
from prep.errors import ChecksumMismatch, DownloadFailed, NotEnoughSpace, UnknownDataset
from prep.fetch import cached_or_downloaded, download
from prep.known import KNOWN
from tests.prep.download_server import CONTENT, DIRECT, FileServer, running, table

MARKERS = {"ml-100k": "u.item", "ml-1m": "movies.dat", "ml-10m": "movies.dat"}


@pytest.fixture
def plain() -> Iterator[FileServer]:
    with running(FileServer()) as server:
        yield server


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


def test_a_disk_that_is_too_small_is_said_before_anything_is_written(
    tmp_path: Path, plain: FileServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(free=len(CONTENT) - 1))
    with pytest.raises(NotEnoughSpace, match=r": 255999 bytes free, expected 256000 for tiny\.zip$"):
        download("tiny", tmp_path / "tiny.zip", opener=DIRECT, table=table(f"{plain.url}/good"))
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_fills_up_meanwhile_is_named_and_left_clean(
    tmp_path: Path, plain: FileServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(response: object, stream: BinaryIO, *_: object) -> tuple[str, str]:
        stream.write(b"some")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(fetch, "_copy", full)
    with pytest.raises(NotEnoughSpace, match=r": No space left on device, expected room for the whole zip$"):
        download("tiny", tmp_path / "tiny.zip", opener=DIRECT, table=table(f"{plain.url}/good"))
    assert list(tmp_path.iterdir()) == []


def test_other_faults_of_the_disk_keep_their_own_names(
    tmp_path: Path, plain: FileServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> tuple[str, str]:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(fetch, "_copy", broken)
    with pytest.raises(OSError, match="Input/output error"):
        download("tiny", tmp_path / "tiny.zip", opener=DIRECT, table=table(f"{plain.url}/good"))


def test_a_size_that_nobody_states_has_a_bound(
    tmp_path: Path, plain: FileServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = table(f"{plain.url}/unsaid", is_rolling=True)
    assert download("tiny", tmp_path / "tiny.zip", opener=DIRECT, table=known).path.read_bytes() == CONTENT
    monkeypatch.setattr(fetch, "MOST_BYTES", 1000)
    with pytest.raises(ChecksumMismatch, match=r"/unsaid: more than 1000 bytes, expected at most as many$"):
        download("other", tmp_path / "other.zip", opener=DIRECT, table={"other": known["tiny"]})
    assert [file.name for file in tmp_path.iterdir()] == ["tiny.zip"]


def test_a_large_zip_is_never_in_memory_as_a_whole(tmp_path: Path, plain: FileServer) -> None:
    plain.files["/large"] = content = bytes(64 << 20)
    known = table(f"{plain.url}/large", content=content)
    tracemalloc.start()
    try:
        cached_or_downloaded("tiny", tmp_path, opener=DIRECT, table=known)
        cached_or_downloaded("tiny", tmp_path, opener=DIRECT, table=known)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 2 << 20


def test_the_cache_is_used_only_while_its_bytes_are_right(tmp_path: Path, plain: FileServer) -> None:
    known = table(f"{plain.url}/good")
    assert cached_or_downloaded("tiny", tmp_path, opener=DIRECT, table=known).how == "http, sha256 checked"
    assert cached_or_downloaded("tiny", tmp_path, opener=DIRECT, table=known).how == "cache, sha256 checked"
    assert plain.requests == ["/good"]
    (tmp_path / "tiny.zip").write_bytes(CONTENT[:-1])
    assert cached_or_downloaded("tiny", tmp_path, opener=DIRECT, table=known).path.read_bytes() == CONTENT
    assert plain.requests == ["/good", "/good"]


def test_an_unknown_name_lists_those_known(tmp_path: Path) -> None:
    names = "ml-100k, ml-10m, ml-1m, ml-20m, ml-25m, ml-32m, ml-latest, ml-latest-small"
    with pytest.raises(UnknownDataset, match=rf"^dataset 'ml-9k', expected one of {names}$"):
        cached_or_downloaded("ml-9k", tmp_path)


def test_every_known_dataset_is_pinned_and_has_its_place() -> None:
    for name, dataset in KNOWN.items():
        assert dataset.url == f"https://files.grouplens.org/datasets/movielens/{name}.zip"
        assert dataset.plain_url == dataset.url.replace("https", "http")
        assert dataset.md5_url == f"{dataset.url}.md5"
        assert len(dataset.sha256) == 64
        assert int(dataset.sha256, 16) > 0
        assert dataset.marker == MARKERS.get(name, "movies.csv")
        assert dataset.is_rolling == ("latest" in name)
        assert dataset.zip_bytes is not None or dataset.is_rolling
    assert len({dataset.sha256 for dataset in KNOWN.values()}) == len(KNOWN)
