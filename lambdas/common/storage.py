"""The bucket: bytes by key, and the faces `prep` reads from and writes to."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from typing import Any, BinaryIO, cast

import boto3

_SPOOL_BYTES = 64 << 20


class ForeignObject(ValueError):
    """A URI that is not of this application's bucket."""


class Store:
    """One bucket."""

    def __init__(self, bucket: str) -> None:
        self.bucket = bucket
        self._s3: Any = boto3.client("s3")

    def uri(self, key: str) -> str:
        """The object's `s3://` URI."""
        return f"s3://{self.bucket}/{key}"

    def key(self, uri: str) -> str:
        """The key of an object of this bucket. Raises ForeignObject."""
        prefix = self.uri("")
        if not uri.startswith(prefix):
            raise ForeignObject(f"{uri}, expected an object below {prefix}")
        return uri.removeprefix(prefix)

    def names(self, prefix: str) -> frozenset[str]:
        """What follows `prefix` in the keys of the objects below it."""
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix)
        keys = (entry["Key"].removeprefix(prefix) for page in pages for entry in page.get("Contents", []))
        return frozenset(key for key in keys if key)

    def read(self, key: str) -> bytes:
        """The whole object."""
        content: bytes = self._s3.get_object(Bucket=self.bucket, Key=key)["Body"].read()
        return content

    def write(self, key: str, content: bytes, *, content_type: str = "application/octet-stream") -> str:
        """Put a whole object; returns its URI."""
        self._s3.put_object(Bucket=self.bucket, Key=key, Body=content, ContentType=content_type)
        return self.uri(key)

    def upload(self, key: str, stream: BinaryIO) -> None:
        """Put an object from a stream, in parts when it is large; it appears when it is whole."""
        self._s3.upload_fileobj(stream, self.bucket, key)


class StoreSource:
    """The objects below a prefix as a `prep` source."""

    def __init__(self, store: Store, prefix: str, name: str) -> None:
        self._store, self._prefix, self._name = store, prefix, name

    def __str__(self) -> str:
        return self._store.uri(self._prefix)

    @property
    def name(self) -> str:
        """The dataset's name."""
        return self._name

    def names(self) -> frozenset[str]:
        """Every file below the prefix."""
        return self._store.names(self._prefix)

    @contextlib.contextmanager
    def open(self, name: str) -> Iterator[BinaryIO]:
        """A readable stream of one file."""
        with _spooled() as stream:
            stream.write(self._store.read(self._prefix + name))
            stream.seek(0)
            yield stream


class StoreSink:
    """Objects below a prefix as a `prep` sink: one appears only when its block ends without an error."""

    def __init__(self, store: Store, prefix: str) -> None:
        self._store, self._prefix = store, prefix

    @contextlib.contextmanager
    def open(self, key: str) -> Iterator[BinaryIO]:
        """A writable stream for the object of that key below the prefix."""
        with _spooled() as stream:
            yield stream
            stream.seek(0)
            self._store.upload(self._prefix + key, stream)


@contextlib.contextmanager
def _spooled() -> Iterator[BinaryIO]:
    with tempfile.SpooledTemporaryFile(max_size=_SPOOL_BYTES) as stream:
        yield cast("BinaryIO", stream)
