"""A local AWS in which a version is published, as far as the API's function looks."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from bench.serving_version import VERSION, generated_version
from runner.children import Children
from runner.cloud import Cloud
from runner.isolation import ACCESS_KEY_ID, ENDPOINT_VARIABLE, SECRET_ACCESS_KEY
from runner.server import LocalAws

_REGION: Final = "eu-west-1"
_BUCKET, _POINTER = "bench-serving", "/bench/model"


class Published:
    """The local AWS ends with ``children``."""

    def __init__(self, children: Children, folder: Path) -> None:
        """folder: an empty one, for its state and its log."""
        local = LocalAws(children, folder=folder / "local-aws", log=folder / "local-aws.log")
        self._url = local.url()
        cloud = Cloud(self._url, _REGION)
        self._s3 = cloud.client("s3")
        self._s3.create_bucket(Bucket=_BUCKET, CreateBucketConfiguration={"LocationConstraint": _REGION})
        generated_version().bundle.write(self)
        cloud.client("ssm").put_parameter(Name=_POINTER, Type="String", Value=VERSION)

    @contextmanager
    def open(self, name: str) -> Iterator[io.BytesIO]:
        """A stream to a file of the version."""
        stream = io.BytesIO()
        yield stream
        self._s3.put_object(Bucket=_BUCKET, Key=f"models/{VERSION}/{name}", Body=stream.getvalue())

    def environment(self) -> dict[str, str]:
        """Of the function."""
        return {
            ENDPOINT_VARIABLE: self._url,
            "AWS_REGION": _REGION,
            "AWS_DEFAULT_REGION": _REGION,
            "AWS_ACCESS_KEY_ID": ACCESS_KEY_ID,
            "AWS_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
            "BUCKET": _BUCKET,
            "POINTER": _POINTER,
            "ENDPOINT": "none",
            "VARIANT": "none",
        }
