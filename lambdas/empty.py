"""A stack is deleted → its bucket is empty, without which S3 would not let it go."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lambdas.common.custom_resource import sweeping
from lambdas.common.sweeps.objects import Objects


def handler(event: Mapping[str, Any], context: Any) -> None:
    """event: CloudFormation's request, with the bucket's name. The answer goes to the URL that it names."""
    bucket = str(event["ResourceProperties"]["Bucket"])
    sweeping(event, context, physical_id=bucket, sweeps=lambda: [Objects(bucket)])
