"""One account for the Step Functions tests."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

from tests.local_aws.stepfunctions.workflows import Workflows


@pytest.fixture(scope="session")
def workflows(aws: Callable[[str], Any]) -> Workflows:
    client = cache(aws)
    return Workflows(client, Workflows(client).role())


@pytest.fixture(scope="session")
def bucket(workflows: Workflows) -> str:
    name = workflows.name("sfn-bucket")
    workflows.client("s3").create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    return name
