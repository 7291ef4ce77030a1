"""A dataset's files into the bucket, where the state machine looks for them before it downloads."""

from __future__ import annotations

import hashlib
from typing import Any, BinaryIO

from prep.inputs import Layout
from prep.sources import Source

_CHUNK_BYTES = 1 << 20


def upload(s3: Any, source: Source, layout: Layout, *, bucket: str, prefix: str) -> int:
    """Put every file of the layout below `prefix` unless the same bytes are there; returns how many were put.

    The file of items goes last: where it stands, the whole dataset does (`prep.known`, marker). Objects that the layout
    lacks are removed first, or a description of older data would describe this.
    """
    present = _etags(s3, bucket, prefix)
    names = sorted(layout.files, key=lambda name: (name == layout.items, name))
    for stale in present.keys() - set(names):
        s3.delete_object(Bucket=bucket, Key=prefix + stale)
    put = 0
    for name in names:
        with source.open(name) as stream:
            if present.get(name) == _etag(stream):
                continue
        with source.open(name) as stream:
            s3.upload_fileobj(stream, bucket, prefix + name)
        put += 1
    return put


def _etags(s3: Any, bucket: str, prefix: str) -> dict[str, str]:
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    objects = (entry for page in pages for entry in page.get("Contents", []))
    return {entry["Key"].removeprefix(prefix): entry["ETag"].strip('"') for entry in objects}


def _etag(stream: BinaryIO) -> str:
    """S3's ETag of an object that was put in one part: the MD5 of its bytes (S3, "Common response headers")."""
    digest = hashlib.md5(usedforsecurity=False)
    while chunk := stream.read(_CHUNK_BYTES):
        digest.update(chunk)
    return digest.hexdigest()
