"""A dataset gets into the bucket once, whole or not at all; downloads come from a real server on loopback."""

from __future__ import annotations

import functools
import hashlib
import threading
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

import lambdas.fetch
from prep.errors import BadArchive, DownloadFailed, UnknownDataset
from prep.fetch import KnownDataset, cached_or_downloaded
from prep.sample import generate

Objects = Callable[[str], dict[str, bytes]]


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """A test's output is not the place."""


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder, and the address it is served under."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path))) as server:
        thread = threading.Thread(target=functools.partial(server.serve_forever, poll_interval=0.05))
        thread.start()
        yield tmp_path, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def archive(served: tuple[Path, str], monkeypatch: pytest.MonkeyPatch) -> Path:
    """The sample as a zip which the function knows by the name `tiny`."""
    folder, address = served
    generate(folder / "tiny", users=25, items=40, ratings=500)
    path = folder / "tiny.zip"
    # The description file is put last: the function must not go by the order of the archive.
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted((folder / "tiny").iterdir(), key=lambda file: (file.name != "u.item", file.name)):
            archive.write(file, f"tiny/{file.name}")
    _make_known(monkeypatch, path, f"{address}/tiny.zip")
    return path


def _make_known(monkeypatch: pytest.MonkeyPatch, path: Path, url: str) -> None:
    content = path.read_bytes()
    entry = KnownDataset(url=url, plain_url=url, zip_bytes=len(content), sha256=hashlib.sha256(content).hexdigest())
    monkeypatch.setattr(lambdas.fetch, "cached_or_downloaded", partial(cached_or_downloaded, table={"tiny": entry}))


def test_a_known_dataset_is_downloaded_checked_and_unpacked(bucket: str, archive: Path, objects: Objects) -> None:
    answer = lambdas.fetch.handler({"dataset": "tiny"}, None)
    assert answer == {"dataset": "tiny", "source": f"s3://{bucket}/datasets/tiny/", "how": "http, sha256 checked"}
    unpacked = archive.parent / "tiny"
    assert objects("datasets/") == {f"datasets/tiny/{file.name}": file.read_bytes() for file in unpacked.iterdir()}


def test_what_stands_in_the_bucket_is_not_downloaded_again(archive: Path, bucket: str, objects: Objects) -> None:
    lambdas.fetch.handler({"dataset": "tiny"}, None)
    before = objects("datasets/")
    archive.unlink()
    assert lambdas.fetch.handler({"dataset": "tiny"}, None)["how"] == "in the bucket"
    assert objects("datasets/") == before


def test_an_uploaded_dataset_needs_no_known_name(bucket: str, aws: Callable[[str], Any]) -> None:
    aws("s3").put_object(Bucket=bucket, Key="datasets/mine/u.item", Body=b"")
    answer = lambdas.fetch.handler({"dataset": "mine"}, None)
    assert answer == {"dataset": "mine", "source": f"s3://{bucket}/datasets/mine/", "how": "in the bucket"}


def test_an_unknown_dataset_says_where_it_was_looked_for(bucket: str) -> None:
    with pytest.raises(UnknownDataset) as refusal:
        lambdas.fetch.handler({"dataset": "mine"}, None)
    expected = f"no u.item in s3://{bucket}/datasets/mine/, and to download: dataset 'mine', expected one of ml-100k"
    assert str(refusal.value) == expected


def test_a_server_without_the_file_is_worth_a_retry(archive: Path, objects: Objects) -> None:
    content = archive.read_bytes()
    archive.unlink()
    with pytest.raises(DownloadFailed, match="404"):
        lambdas.fetch.handler({"dataset": "tiny"}, None)
    assert objects("datasets/") == {}
    archive.write_bytes(content)
    assert lambdas.fetch.handler({"dataset": "tiny"}, None)["how"] == "http, sha256 checked"


def test_a_dataset_that_broke_off_is_not_taken_for_whole(
    archive: Path, served: tuple[Path, str], objects: Objects, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = archive.read_bytes()
    start = content.index((archive.parent / "tiny" / "ua.test").read_bytes())
    archive.write_bytes(content[:start] + b"9" + content[start + 1 :])
    _make_known(monkeypatch, archive, f"{served[1]}/tiny.zip")
    with pytest.raises(BadArchive, match=r"ua\.test"):
        lambdas.fetch.handler({"dataset": "tiny"}, None)
    left = objects("datasets/")
    assert "datasets/tiny/ua.base" in left
    assert "datasets/tiny/u.item" not in left
