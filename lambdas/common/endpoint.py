"""Real predictions from a SageMaker endpoint."""

from __future__ import annotations

from typing import Any

import boto3


class Endpoint:
    """One variant of a live endpoint."""

    def __init__(self, name: str, *, variant: str) -> None:
        self._runtime: Any = boto3.client("sagemaker-runtime")
        self._target = {"EndpointName": name, "TargetVariant": variant}

    def invoke(self, body: bytes, *, content_type: str) -> bytes:
        """The endpoint's answer, of the same content type."""
        answer = self._runtime.invoke_endpoint(**self._target, Body=body, ContentType=content_type, Accept=content_type)
        content: bytes = answer["Body"].read()
        return content
