"""A bucket of its own for each test, reached through the environment that a function runs in."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest

from prep.sample import generate
from tests.lambdas.executions import SIZES, Executions
from tests.local_server import LocalAws

_numbers = itertools.count()


@pytest.fixture
def in_lambda(local_aws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> None:
    """AWS' variables as the runtime sets them, here those of the local AWS, and no session made with others."""
    for name, value in local_aws.variables().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)


@pytest.fixture
def bucket(in_lambda: None, aws: Callable[[str], Any], local_aws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of an empty bucket, in BUCKET too; and where metrics go."""
    name = f"functions-{next(_numbers)}"
    aws("s3").create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": local_aws.region})
    monkeypatch.setenv("BUCKET", name)
    monkeypatch.setenv("NAMESPACE", "tests")
    monkeypatch.setenv("STAGE", "tests-dev")
    monkeypatch.setenv("NETWORK", "internet")
    return name


@pytest.fixture
def objects(bucket: str, aws: Callable[[str], Any]) -> Callable[[str], dict[str, bytes]]:
    """Every object below a prefix, by its key: `objects("runs/")`."""
    s3 = aws("s3")

    def read(prefix: str) -> dict[str, bytes]:
        found = s3.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])
        return {entry["Key"]: s3.get_object(Bucket=bucket, Key=entry["Key"])["Body"].read() for entry in found}

    return read


@pytest.fixture
def executions(bucket: str, aws: Callable[[str], Any]) -> Executions:
    """What executions leave in the bucket."""
    return Executions(bucket, aws("s3"))


@pytest.fixture(scope="session")
def tiny_sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A generated dataset in the layout of ml-100k."""
    folder = tmp_path_factory.mktemp("tiny-sample")
    generate(folder, seed=1, **SIZES)
    return folder
