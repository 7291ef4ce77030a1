"""API Gateway: HTTP APIs, each on a loopback port of its own, in front of the local functions."""

from local_aws.apigateway.hooks import install

__all__ = ["install"]
