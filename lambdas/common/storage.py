"""The bucket: bytes by key, and the faces `prep` reads from and writes to."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any, BinaryIO, cast

import boto3

from lambdas.common.objects import RANGE_BYTES, ObjectReader, Upload, abort, complete
from prep.sinks import Staged
from prep.sources import require

# A missing object is "access denied" to whoever may not list the bucket; an archived one is there, but not to be read.
_LOST = frozenset({"NoSuchKey", "404", "AccessDenied", "403", "InvalidObjectState"})


class ForeignObject(ValueError):
    """A URI that is not of this application's bucket."""


class LostObject(LookupError):
    """An object is gone, or was never there, or is not to be read."""


class Store:
    """One bucket."""

    def __init__(self, bucket: str) -> None:
        self.bucket = bucket
        self._s3: Any = boto3.client("s3")

    def __reduce__(self) -> tuple[type[Store], tuple[str]]:
        """To another process goes the name: a client is that process' own."""
        return Store, (self.bucket,)

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
        return frozenset(self.sizes(prefix))

    def sizes(self, prefix: str) -> dict[str, int]:
        """Bytes of the objects below `prefix`, by what follows it in their keys."""
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix)
        objects = (entry for page in pages for entry in page.get("Contents", []) if entry["Key"] != prefix)
        return {entry["Key"].removeprefix(prefix): entry["Size"] for entry in objects}

    def times(self, prefix: str) -> dict[str, datetime]:
        """When the objects below `prefix` were last written, by what follows it in their keys."""
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix)
        objects = (entry for page in pages for entry in page.get("Contents", []))
        return {entry["Key"].removeprefix(prefix): entry["LastModified"] for entry in objects}

    def fingerprint(self, prefix: str) -> str:
        """SHA-256 over names and entity tags below `prefix`: another content has another, and one in other parts too.

        An entity tag is a digest of the object, or of the parts it was uploaded in (S3 API, "Object").
        """
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix)
        objects = (entry for page in pages for entry in page.get("Contents", []) if entry["Key"] != prefix)
        tags = sorted((entry["Key"].removeprefix(prefix), entry["ETag"].strip('"')) for entry in objects)
        return hashlib.sha256(json.dumps(tags).encode()).hexdigest()

    def delete(self, key: str) -> None:
        """Remove an object, if it is there."""
        self._s3.delete_object(Bucket=self.bucket, Key=key)

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

    @contextlib.contextmanager
    def open(self, key: str) -> Iterator[BinaryIO]:
        """The object as a seekable stream that is read a range at a time."""
        with io.BufferedReader(ObjectReader(self._s3, self.bucket, key), RANGE_BYTES) as stream:
            yield cast("BinaryIO", stream)

    @contextlib.contextmanager
    def noting_losses(self) -> Iterator[None]:
        """In this block, an object that is gone or may not be read raises LostObject."""
        try:
            yield
        except self._s3.exceptions.ClientError as error:
            refusal = error.response["Error"]
            if refusal["Code"] not in _LOST:
                raise
            raise LostObject(f"{refusal['Code']}: {refusal.get('Key', error.operation_name)}") from error

    def upload_in_parts(self, key: str) -> Upload:
        """An upload that is nothing until `complete`."""
        return Upload(self._s3, self.bucket, key)

    @contextlib.contextmanager
    def uploading(self, key: str) -> Iterator[Upload]:
        """An upload that has its key when the block ends well, and is thrown away when it does not."""
        upload = self.upload_in_parts(key)
        try:
            yield upload
            upload.finish()
            self.complete(key, upload.id, upload.parts)
        except BaseException:  # an interrupt must not leave parts that are paid for either
            self.abort(key, upload.id)
            raise

    def complete(self, key: str, upload_id: str, parts: list[str]) -> None:
        """Give an upload its key."""
        complete(self._s3, self.bucket, key, upload_id, parts)

    def abort(self, key: str, upload_id: str) -> None:
        """Throw an upload away."""
        abort(self._s3, self.bucket, key, upload_id)


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
        return frozenset(self._sizes)

    def size(self, name: str) -> int:
        """Bytes of one file. Raises MissingFile."""
        require(self, {name})
        return self._sizes[name]

    @contextlib.contextmanager
    def open(self, name: str) -> Iterator[BinaryIO]:
        """A seekable stream of one file, read a range at a time. Raises MissingFile."""
        require(self, {name})
        with self._store.open(self._prefix + name) as stream:
            yield stream

    @cached_property
    def _sizes(self) -> dict[str, int]:
        """Taken once: what is uploaded later is not of this dataset."""
        return self._store.sizes(self._prefix)


class StoreSink:
    """Objects below a prefix as a `prep` sink: uploads in parts, each completed when all are whole."""

    def __init__(self, store: Store, prefix: str) -> None:
        self._store, self._prefix = store, prefix

    @contextlib.contextmanager
    def stage(self, key: str) -> Iterator[_UploadStage]:
        """An upload to the key below the prefix."""
        upload = self._store.upload_in_parts(self._prefix + key)
        try:
            yield _UploadStage(key, upload)
        except BaseException:  # an interrupt must not leave parts that are paid for either
            self._store.abort(self._prefix + key, upload.id)
            raise

    def commit(self, staged: Sequence[Staged]) -> None:
        """Complete all uploads, one request each: objects that were there are replaced by whole ones."""
        for place, result in enumerate(staged):
            upload = json.loads(result.handle)
            try:
                self._store.complete(self._prefix + result.key, upload["id"], upload["parts"])
            except BaseException:
                self.discard(staged[place:])
                raise

    def discard(self, staged: Sequence[Staged]) -> None:
        """Abort all uploads; what is killed before it can do that, the bucket's lifecycle aborts after a day."""
        for result in staged:
            self._store.abort(self._prefix + result.key, json.loads(result.handle)["id"])


class _UploadStage:
    def __init__(self, key: str, upload: Upload) -> None:
        self._key, self._upload = key, upload
        self.write = upload.write

    def finish(self) -> Staged:
        self._upload.finish()
        handle = json.dumps({"id": self._upload.id, "parts": self._upload.parts})
        return Staged(self._key, handle, self._upload.bytes)
