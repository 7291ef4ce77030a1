"""S3 is moto's, behind IAM. What is put right here: a deleted object leaves no folder behind in a versioned bucket."""

from __future__ import annotations

import copy
from functools import wraps
from typing import Any

from moto.s3.models import FakeBucket, FakeDeleteMarker, S3Backend

from local_aws.world import World


def install(world: World) -> None:
    """Have listings see no delete markers; ListObjectsV2 is made of the same method."""
    del world
    listed = S3Backend.list_objects

    @wraps(listed)
    def list_objects(self: S3Backend, bucket: FakeBucket, *args: Any, **kwargs: Any) -> Any:
        return listed(self, without_markers(bucket), *args, **kwargs)

    setattr(S3Backend, "list_objects", list_objects)  # noqa: B010 - replaces a method, which mypy refuses


def without_markers(bucket: FakeBucket) -> FakeBucket:
    """The bucket with the objects it holds. moto leaves markers out of the contents, not out of the common prefixes."""
    view = copy.copy(bucket)
    held = {name: key for name, key in bucket.keys.items() if not isinstance(key, FakeDeleteMarker)}
    setattr(view, "keys", held)  # noqa: B010 - of another type, which mypy refuses
    return view
