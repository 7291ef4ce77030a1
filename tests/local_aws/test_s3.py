"""Listings of a versioned bucket: what was deleted is not there, nor is the folder it was alone in."""

from __future__ import annotations

import inspect
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from moto.s3.models import FakeBucket, FakeDeleteMarker, S3Backend

from tests.local_aws.conftest import REGION


@pytest.mark.parametrize("listing", ["list_objects", "list_objects_v2"])
def test_a_folder_goes_with_its_last_object(aws: Callable[[str], Any], listing: str) -> None:
    s3, bucket = aws("s3"), f"s3-{uuid.uuid4().hex[:12]}"
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    for key in ("models/a/x", "models/a/y", "models/b/x", "top"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"1")

    def listed() -> list[str]:
        found = getattr(s3, listing)(Bucket=bucket, Prefix="models/", Delimiter="/")
        return [common["Prefix"] for common in found.get("CommonPrefixes", [])]

    s3.delete_object(Bucket=bucket, Key="models/a/x")
    assert listed() == ["models/a/", "models/b/"]
    s3.delete_object(Bucket=bucket, Key="models/a/y")
    assert listed() == ["models/b/"]
    assert [one["Key"] for one in getattr(s3, listing)(Bucket=bucket)["Contents"]] == ["models/b/x", "top"]
    s3.put_object(Bucket=bucket, Key="models/a/x", Body=b"2")
    assert listed() == ["models/a/", "models/b/"]
    versions = s3.list_object_versions(Bucket=bucket, Prefix="models/a/")
    assert len(versions["DeleteMarkers"]) == 2


def test_what_the_hook_relies_on_in_moto() -> None:
    assert list(inspect.signature(S3Backend.list_objects).parameters)[:2] == ["self", "bucket"]
    assert "self.list_objects(" in inspect.getsource(S3Backend.list_objects_v2)
    assert "self.keys = _VersionedKeyStore()" in inspect.getsource(FakeBucket.__init__)
    assert not hasattr(FakeBucket, "__del__")
    assert inspect.isclass(FakeDeleteMarker)
