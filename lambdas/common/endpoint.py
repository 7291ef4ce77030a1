"""Real predictions from a SageMaker endpoint."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError


class NoAnswer(Exception):
    """The endpoint is not there, fails, or takes too long."""


class Endpoint:
    """One variant of a live endpoint. timeout_s: for an answer, without another try; None as boto3 has it."""

    def __init__(self, name: str, *, variant: str, timeout_s: float | None = None) -> None:
        hurry = {"connect_timeout": timeout_s, "read_timeout": timeout_s, "retries": {"total_max_attempts": 1}}
        config = Config(**hurry) if timeout_s else None
        self._runtime: Any = boto3.client("sagemaker-runtime", config=config)
        self._target = {"EndpointName": name, "TargetVariant": variant}

    def invoke(self, body: bytes, *, content_type: str) -> bytes:
        """The endpoint's answer, of the same content type."""
        answer = self._runtime.invoke_endpoint(**self._target, Body=body, ContentType=content_type, Accept=content_type)
        content: bytes = answer["Body"].read()
        return content

    @contextlib.contextmanager
    def noting_silence(self) -> Iterator[None]:
        """In this block, an endpoint that does not answer raises NoAnswer."""
        try:
            yield
        except ClientError as error:
            refusal = error.response["Error"]
            raise NoAnswer(
                f"endpoint {self._target['EndpointName']}: {refusal['Code']}: {refusal['Message']}"
            ) from error
        except BotoCoreError as error:
            raise NoAnswer(f"endpoint {self._target['EndpointName']}: {error}") from error
