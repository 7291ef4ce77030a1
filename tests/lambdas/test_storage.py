"""The bucket through the functions' eyes, on the local AWS."""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from lambdas.common.storage import ForeignObject, LostObject, Store, StoreSource
from prep.errors import MissingFile


@pytest.fixture
def store(bucket: str) -> Store:
    return Store(bucket)


def test_what_is_written_is_read_and_has_its_type(store: Store, aws: Callable[[str], Any]) -> None:
    uri = store.write("runs/a/report.html", b"<p>", content_type="text/html")
    assert uri == f"s3://{store.bucket}/runs/a/report.html"
    assert store.read(store.key(uri)) == b"<p>"
    assert aws("s3").head_object(Bucket=store.bucket, Key="runs/a/report.html")["ContentType"] == "text/html"


@pytest.mark.parametrize("uri", ["s3://other/key", "s3://{bucket}-2/key", "https://{bucket}/key", "{bucket}/key"])
def test_an_object_of_another_bucket_is_refused(store: Store, uri: str) -> None:
    with pytest.raises(ForeignObject, match="expected an object below s3://functions-"):
        store.key(uri.format(bucket=store.bucket))


def test_what_is_not_there_is_lost_to_who_wants_to_know(store: Store) -> None:
    with pytest.raises(LostObject, match="NoSuchKey: runs/gone"), store.noting_losses():
        store.read("runs/gone")
    with pytest.raises(LostObject, match="NoSuchKey"), store.noting_losses(), store.open("runs/gone"):
        pass
    with pytest.raises(ClientError, match="NoSuchKey"):
        store.read("runs/gone")


@pytest.mark.parametrize(
    ("code", "error"), [("AccessDenied", LostObject), ("403", LostObject), ("SlowDown", ClientError)]
)
def test_who_may_not_list_a_bucket_is_denied_what_is_not_there(store: Store, code: str, error: type[Exception]) -> None:
    """What passes is not taken for a loss."""
    with pytest.raises(error, match=code), store.noting_losses():
        raise ClientError({"Error": {"Code": code}}, "GetObject")


def test_names_below_a_prefix_are_those_of_every_page(store: Store) -> None:
    for number in range(1, 4):
        store.write(f"datasets/x/{number}", b"")
    store.write("datasets/x/sub/4", b"")
    store.write("datasets/xy/5", b"")
    store.write("datasets/x/", b"")
    store._s3.meta.events.register(
        "before-parameter-build.s3.ListObjectsV2", lambda params, **_: params.update(MaxKeys=2)
    )
    assert store.names("datasets/x/") == {"1", "2", "3", "sub/4"}
    assert store.names("datasets/none/") == set()


def test_a_large_stream_arrives_whole(store: Store) -> None:
    content = bytes(range(256)) * (9 << 12)
    store.upload("large", io.BytesIO(content))
    assert store.read("large") == content


def test_a_source_has_its_files_and_says_where_it_is(store: Store) -> None:
    store.write("datasets/tiny/ua.base", b"1\t2\t3\t4\n5\t6\t7\t8\n")
    source = StoreSource(store, "datasets/tiny/", "tiny")
    assert (str(source), source.name) == (f"s3://{store.bucket}/datasets/tiny/", "tiny")
    assert source.names() == {"ua.base"}
    with source.open("ua.base") as stream:
        assert stream.readline() == b"1\t2\t3\t4\n"
        assert stream.read() == b"5\t6\t7\t8\n"
    assert source.size("ua.base") == 16


def test_a_file_that_a_source_lacks_is_named(store: Store) -> None:
    store.write("datasets/tiny/ua.base", b"1")
    source = StoreSource(store, "datasets/tiny/", "tiny")
    for look in (source.size, lambda name: source.open(name).__enter__()):
        with pytest.raises(MissingFile, match=rf"s3://{store.bucket}/datasets/tiny/.*ua\.test"):
            look("ua.test")


def test_a_source_is_what_was_there_when_it_was_looked_at(store: Store) -> None:
    store.write("datasets/tiny/a", b"1")
    source = StoreSource(store, "datasets/tiny/", "tiny")
    assert source.names() == {"a"}
    store.write("datasets/tiny/b", b"2")
    assert source.names() == {"a"}


def test_a_store_and_its_source_go_to_other_processes_without_their_client(store: Store) -> None:
    store.write("datasets/tiny/a", b"1")
    copied = pickle.loads(pickle.dumps(StoreSource(store, "datasets/tiny/", "tiny")))  # noqa: S301
    with copied.open("a") as stream:
        assert stream.read() == b"1"
