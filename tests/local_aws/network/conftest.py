"""A function inside of a network, and what it may reach."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.local_aws.conftest import REGION
from tests.local_aws.network.calling import Function
from tests.local_aws.networks import Network, role


@pytest.fixture
def anything(aws: Callable[[str], Any]) -> str:
    """A role that may do everything."""
    return role(aws("iam"), "lambda", {"Effect": "Allow", "Action": "*", "Resource": "*"})


@pytest.fixture
def inside(aws: Callable[[str], Any], network: Network, anything: str) -> Iterator[Function]:
    made = Function(aws("lambda"), anything, VpcConfig=network.of_lambda())
    yield made
    made.delete()


@pytest.fixture
def bucket(aws: Callable[[str], Any]) -> str:
    """A bucket with an object `k`."""
    name = f"net-{uuid.uuid4().hex[:12]}"
    aws("s3").create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    aws("s3").put_object(Bucket=name, Key="k", Body=b"v")
    return name
