"""Objects as streams: read a range at a time, written in parts, and never half there."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any, BinaryIO

import numpy as np
import pytest
from botocore.exceptions import ClientError

from lambdas.common import objects
from lambdas.common.objects import ObjectReader
from lambdas.common.storage import Store, StoreSink
from prep.sinks import Stage, Transaction

CONTENT = bytes(np.random.default_rng(0).integers(0, 256, 100_000, np.uint8))
LEAST_PART = 5 << 20
"""S3's, of any part but the last."""


@pytest.fixture
def store(bucket: str) -> Store:
    return Store(bucket)


@pytest.fixture
def sink(store: Store) -> StoreSink:
    return StoreSink(store, "runs/a/")


@pytest.fixture
def pending(store: Store) -> Callable[[], int]:
    """How many uploads have begun and are neither completed nor aborted."""
    return lambda: len(store._s3.list_multipart_uploads(Bucket=store.bucket).get("Uploads", []))


def _reader(store: Store, key: str) -> ObjectReader:
    return ObjectReader(store._s3, store.bucket, key)


def test_a_reader_is_a_file_of_the_same_bytes(store: Store) -> None:
    store.write("x", CONTENT)
    file, rng = io.BytesIO(CONTENT), np.random.default_rng(1)
    with io.BufferedReader(_reader(store, "x"), 1000) as stream:
        for _ in range(60):
            whence = int(rng.integers(3))
            offset = int(rng.integers(0, len(CONTENT))) if whence == io.SEEK_SET else int(rng.integers(-900, 900))
            if whence == io.SEEK_CUR:
                offset = max(offset, -file.tell())
            assert stream.seek(offset, whence) == file.seek(offset, whence)
            size = int(rng.integers(0, 3000))
            assert stream.read(size) == file.read(size)
            assert stream.tell() == file.tell()
        stream.seek(0)
        assert stream.read() == CONTENT


def test_each_range_is_one_request_of_its_size(store: Store) -> None:
    store.write("x", CONTENT)
    asked: list[str] = []
    store._s3.meta.events.register(
        "before-parameter-build.s3.GetObject", lambda params, **_: asked.append(params["Range"])
    )
    reader = _reader(store, "x")
    assert (reader.readable(), reader.seekable(), reader.writable()) == (True, True, False)
    assert reader.read(10) == CONTENT[:10]
    reader.seek(-5, io.SEEK_END)
    assert reader.read(10) == CONTENT[-5:]
    assert reader.read(10) == b""
    reader.seek(len(CONTENT) + 100)
    assert reader.read(10) == b""
    assert asked == ["bytes=0-0", "bytes=0-9", f"bytes={len(CONTENT) - 5}-{len(CONTENT) - 1}"]


def test_an_empty_object_is_an_empty_file(store: Store) -> None:
    store.write("x", b"")
    with store.open("x") as stream:
        assert (stream.read(), stream.seek(0, io.SEEK_END)) == (b"", 0)


def test_an_object_that_is_not_there_is_an_error_at_once(store: Store) -> None:
    with pytest.raises(ClientError, match="NoSuchKey"), store.open("x"):
        pass


def test_an_object_that_is_replaced_is_never_a_mixture(store: Store) -> None:
    store.write("x", b"a" * 100)
    reader = _reader(store, "x")
    assert reader.read(10) == b"a" * 10
    store.write("x", b"b" * 100)
    with pytest.raises(ClientError, match="PreconditionFailed"):
        reader.read(10)


def test_nothing_has_its_name_before_everything_is_whole(store: Store, sink: StoreSink) -> None:
    with Transaction(sink) as out:
        for key in ("prepared/x", "prepared/y"):
            out.write(key, key.encode())
            assert store.names("runs/") == set()
    assert {name: store.read(f"runs/{name}") for name in store.names("runs/")} == {
        "a/prepared/x": b"prepared/x",
        "a/prepared/y": b"prepared/y",
    }


def test_what_stood_there_stays_until_then(store: Store, sink: StoreSink) -> None:
    store.write("runs/a/x", b"old")
    with Transaction(sink) as out:
        out.write("x", b"new")
        assert store.read("runs/a/x") == b"old"
    assert store.read("runs/a/x") == b"new"


class Interrupted(BaseException):
    """As an interrupt is no Exception."""


@pytest.mark.parametrize("error", [OSError, Interrupted])
@pytest.mark.parametrize("inside", [True, False])
def test_an_error_leaves_neither_objects_nor_parts(
    store: Store, sink: StoreSink, pending: Callable[[], int], error: type[BaseException], inside: bool
) -> None:
    def half_way() -> None:
        with Transaction(sink) as out:
            out.write("whole", b"1")
            with out.open("half") as stage:
                stage.write(bytes(LEAST_PART + 1))
                if inside:
                    raise error
            raise error

    with pytest.raises(error):
        half_way()
    assert store.names("runs/") == set()
    assert pending() == 0


def test_staged_results_can_be_discarded(store: Store, sink: StoreSink, pending: Callable[[], int]) -> None:
    with sink.stage("x") as stage:
        stage.write(b"1")
        staged = stage.finish()
    assert pending() == 1
    sink.discard([staged])
    assert pending() == 0
    assert store.names("runs/") == set()


def test_another_process_may_commit_what_this_one_staged(store: Store, sink: StoreSink) -> None:
    with sink.stage("x") as stage:
        stage.write(b"12")
        staged = stage.finish()
    assert (staged.key, staged.bytes) == ("x", 2)
    StoreSink(Store(store.bucket), "runs/a/").commit([staged])
    assert store.read("runs/a/x") == b"12"


def test_a_commit_that_fails_half_way_aborts_the_rest(
    store: Store, sink: StoreSink, pending: Callable[[], int]
) -> None:
    staged = []
    for key in ("a", "b", "c"):
        with sink.stage(key) as stage:
            stage.write(key.encode())
            staged.append(stage.finish())
    sink.discard(staged[1:2])
    with pytest.raises(ClientError):  # NoSuchUpload in AWS, a 500 in moto
        sink.commit(staged)
    assert store.names("runs/") == {"a/a"}
    assert pending() == 0


@pytest.mark.parametrize("size", [0, 1, LEAST_PART - 1, LEAST_PART, LEAST_PART + 1, 2 * LEAST_PART + 7])
def test_an_object_of_any_size_has_as_few_parts_as_it_needs(
    store: Store, sink: StoreSink, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(objects, "PART_BYTES", LEAST_PART)
    content = np.random.default_rng(size).integers(0, 256, size, np.uint8)
    with Transaction(sink) as out, out.open("x") as stage:
        _write_in_pieces(stage, content)
    assert store.read("runs/a/x") == content.tobytes()
    assert out.bytes_of("x") == size
    assert _parts(out) == max(1, -(-size // LEAST_PART))


def _write_in_pieces(stage: Stage, content: np.ndarray[tuple[int], np.dtype[np.uint8]]) -> None:
    """As the encoder hands its buffer over, as views of an array, and once as bytes."""
    for piece in np.array_split(content, 3):
        assert stage.write(piece.data) == piece.size
    assert stage.write(b"") == 0


def _parts(out: Transaction) -> int:
    (staged,) = out._staged
    return len(json.loads(staged.handle)["parts"])


def test_a_stage_takes_what_a_stream_would(sink: StoreSink, store: Store) -> None:
    with Transaction(sink) as out, out.open("x") as stage:
        stream: BinaryIO = io.BytesIO(CONTENT)
        while piece := stream.read(777):
            stage.write(piece)
    assert store.read("runs/a/x") == CONTENT


def test_a_failed_upload_of_a_part_is_an_error_and_leaves_nothing(
    store: Store, sink: StoreSink, pending: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**_: Any) -> None:
        raise ClientError({"Error": {"Code": "SlowDown"}}, "UploadPart")

    monkeypatch.setattr(store._s3, "upload_part", refuse)
    with pytest.raises(ClientError, match="SlowDown"), Transaction(sink) as out:
        out.write("x", b"1")
    assert store.names("runs/") == set()
    assert pending() == 0
