"""What an execution of a state machine did so far."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import boto3


def events(execution_arn: str) -> Iterator[Mapping[str, Any]]:
    """Its events in their order, without the states' data; the last of them may be missing yet."""
    pages = boto3.client("stepfunctions").get_paginator("get_execution_history")
    for page in pages.paginate(executionArn=execution_arn, includeExecutionData=False):
        yield from page["events"]
