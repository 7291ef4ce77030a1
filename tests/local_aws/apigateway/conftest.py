"""The laboratory of HTTP APIs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.local_aws.apigateway.laboratory import Laboratory, api_resources, permission
from tests.local_aws.conftest import LocalAws

ROUTES = {
    "User": ("GET /users/{user}", "AWS_IAM"),
    "Predictions": ("POST /predictions", "AWS_IAM"),
    "Open": ("GET /open", "NONE"),
    "Files": ("ANY /files/{path+}", "AWS_IAM"),
    "Default": ("$default", "AWS_IAM"),
}


@pytest.fixture(scope="module")
def lab(local_aws: LocalAws) -> Iterator[Laboratory]:
    made = Laboratory(local_aws)
    yield made
    made.clean_up()


@pytest.fixture(scope="module")
def api(lab: Laboratory) -> dict[str, str]:
    """The outputs of a stack with one API, whose function says what it was given."""
    _, outputs = lab.deploy({**api_resources(ROUTES), "Permission": permission()})
    return outputs
