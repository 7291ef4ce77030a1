"""A dataset gets into the bucket once, whole or not at all; downloads come from a real server on loopback."""

from __future__ import annotations

import functools
import hashlib
import re
import shutil
import threading
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

import lambdas.fetch
from prep.errors import BadArchive, DownloadFailed, NotEnoughSpace, UnknownDataset
from prep.fetch import cached_or_downloaded
from prep.known import KNOWN, KnownDataset, known
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
    table = {"tiny": entry}
    monkeypatch.setattr(lambdas.fetch, "KNOWN", table)
    monkeypatch.setattr(lambdas.fetch, "known", partial(known, table=table))
    monkeypatch.setattr(lambdas.fetch, "cached_or_downloaded", partial(cached_or_downloaded, table=table))


def test_a_known_dataset_is_downloaded_checked_and_unpacked(bucket: str, archive: Path, objects: Objects) -> None:
    answer = lambdas.fetch.handler({"dataset": "tiny"}, None)
    files = {f"datasets/tiny/{file.name}": file.read_bytes() for file in (archive.parent / "tiny").iterdir()}
    assert objects("datasets/") == files
    assert answer == {
        "dataset": "tiny",
        "source": f"s3://{bucket}/datasets/tiny/",
        "how": "http, sha256 checked",
        "bytes": sum(map(len, files.values())),
        "fingerprint": answer["fingerprint"],
    }


def test_a_fingerprint_is_that_of_names_and_contents(bucket: str, aws: Callable[[str], Any]) -> None:
    def fingerprint(dataset: str, **files: str) -> str:
        for name, content in files.items():
            aws("s3").put_object(Bucket=bucket, Key=f"datasets/{dataset}/{name}", Body=content.encode())
        found: str = lambdas.fetch.handler({"dataset": dataset}, None)["fingerprint"]
        return found

    first = fingerprint("a", x="1", y="2")
    assert re.fullmatch("[0-9a-f]{64}", first)
    assert fingerprint("b", y="2", x="1") == first
    others = [fingerprint("c", x="1", z="2"), fingerprint("d", x="2", y="1"), fingerprint("e", x="1")]
    assert len({first, *others}) == 4


def test_what_stands_in_the_bucket_is_not_downloaded_again(archive: Path, bucket: str, objects: Objects) -> None:
    lambdas.fetch.handler({"dataset": "tiny"}, None)
    before = objects("datasets/")
    archive.unlink()
    answer = lambdas.fetch.handler({"dataset": "tiny"}, None)
    assert (answer["how"], answer["bytes"]) == ("in the bucket", sum(map(len, before.values())))
    assert objects("datasets/") == before


def test_an_uploaded_dataset_needs_no_known_name_and_no_known_file(bucket: str, aws: Callable[[str], Any]) -> None:
    for name, content in (("mine/my ratings.csv", b"12345"), ("mine/more/x.csv", b"678"), ("mine2/x.csv", b"9")):
        aws("s3").put_object(Bucket=bucket, Key=f"datasets/{name}", Body=content)
    answer = lambdas.fetch.handler({"dataset": "mine"}, None)
    assert answer == {
        "dataset": "mine",
        "source": f"s3://{bucket}/datasets/mine/",
        "how": "in the bucket",
        "bytes": 8,
        "fingerprint": answer["fingerprint"],
    }


def test_an_unknown_dataset_says_where_it_was_looked_for(bucket: str) -> None:
    with pytest.raises(UnknownDataset) as refusal:
        lambdas.fetch.handler({"dataset": "mine"}, None)
    expected = (
        f"nothing in s3://{bucket}/datasets/mine/, and to download: dataset 'mine', expected one of ml-100k, ml-10m"
    )
    assert str(refusal.value).startswith(expected)


def test_from_a_vpc_nothing_is_downloaded(
    archive: Path, bucket: str, objects: Objects, aws: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NETWORK", "vpc")
    aws("s3").put_object(Bucket=bucket, Key="datasets/tiny/u.data", Body=b"1")
    for dataset, missing in (("tiny", "no u.item"), ("mine", "nothing")):
        with pytest.raises(lambdas.fetch.NoWayToDownload) as refusal:
            lambdas.fetch.handler({"dataset": dataset}, None)
        where = f"{missing} in s3://{bucket}/datasets/{dataset}/, expected all files of '{dataset}': "
        assert str(refusal.value) == f"{where}functions of this stage are in a VPC without a way to the internet"
    assert list(objects("datasets/")) == ["datasets/tiny/u.data"]
    for name in ("tiny/u.item", "mine/ratings.csv"):
        aws("s3").put_object(Bucket=bucket, Key=f"datasets/{name}", Body=b"2")
    assert [lambdas.fetch.handler({"dataset": name}, None)["bytes"] for name in ("tiny", "mine")] == [2, 1]


def test_a_known_dataset_without_its_last_file_is_downloaded_again(
    archive: Path, bucket: str, objects: Objects, aws: Callable[[str], Any]
) -> None:
    """What was interrupted left some files, never the marker."""
    lambdas.fetch.handler({"dataset": "tiny"}, None)
    whole = objects("datasets/")
    aws("s3").delete_object(Bucket=bucket, Key="datasets/tiny/u.item")
    assert lambdas.fetch.handler({"dataset": "tiny"}, None)["how"] == "http, sha256 checked"
    assert objects("datasets/") == whole


@pytest.mark.parametrize("name", sorted(KNOWN))
def test_of_each_known_dataset_the_last_file_tells_that_it_is_whole(
    name: str, bucket: str, aws: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def download(*_: object) -> str:
        raise DownloadFailed("asked for")

    monkeypatch.setattr(lambdas.fetch, "_download", download)
    aws("s3").put_object(Bucket=bucket, Key=f"datasets/{name}/ratings.any", Body=b"1")
    with pytest.raises(DownloadFailed):
        lambdas.fetch.handler({"dataset": name}, None)
    aws("s3").put_object(Bucket=bucket, Key=f"datasets/{name}/{KNOWN[name].marker}", Body=b"2")
    assert lambdas.fetch.handler({"dataset": name}, None)["bytes"] == 2


def test_a_disk_without_room_for_the_zip_is_said_before_it_is_full(
    archive: Path, objects: Objects, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The class's name is the error that the execution shows; no retry would help."""
    free = shutil.disk_usage("/")._replace(free=1)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: free)
    with pytest.raises(NotEnoughSpace, match=rf"1 bytes free, expected {archive.stat().st_size} for tiny\.zip"):
        lambdas.fetch.handler({"dataset": "tiny"}, None)
    assert objects("datasets/") == {}


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
