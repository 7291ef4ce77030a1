"""How the endpoints of services are called.

Source: Amazon VPC, "AWS services that integrate with AWS PrivateLink".
"""

from __future__ import annotations

from collections.abc import Mapping

_NAMES: Mapping[str, str] = {
    "apigatewayv2": "apigateway",
    "cloudwatch": "monitoring",
    "ecr": "ecr.api",
    "sagemaker": "sagemaker.api",
    "sagemaker-runtime": "sagemaker.runtime",
    "stepfunctions": "states",
}
_GLOBAL: Mapping[str, str] = {"iam": "com.amazonaws.iam"}


def endpoint_service(service: str, region: str) -> str:
    """The service name that an endpoint for botocore's `service` has."""
    return _GLOBAL.get(service) or f"com.amazonaws.{region}.{_NAMES.get(service, service)}"
