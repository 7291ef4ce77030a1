"""The deployed API against its own OpenAPI document, asked by somebody who knows nothing else of it: schemathesis."""

from __future__ import annotations

from typing import Any, TypeAlias
from urllib.parse import quote

import pytest
import requests
import schemathesis
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import APIOperation, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.e2e.calling import OPERATOR, call
from tests.e2e.conftest import QUICK, REGION, Cloud

Operation: TypeAlias = APIOperation[Any, Any, Any, Any]
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
EXAMPLES = 25
"""Of each operation and kind: requests as the document wants them, and as it does not."""


class Signed(requests.auth.AuthBase):
    """SigV4 of exactly what is sent."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        assert request.url is not None
        signed = AWSRequest(str(request.method), request.url, data=request.body or b"")
        SigV4Auth(OPERATOR, "execute-api", REGION).add_auth(signed)
        request.headers.update(dict(signed.headers))
        return request


@pytest.fixture(scope="module")
def operations(cloud: Cloud) -> list[Operation]:
    """What the live API says of itself."""
    assert cloud.execute({**QUICK, "deploy": {"mode": "none"}}).status == "SUCCEEDED"
    schema = schemathesis.openapi.from_dict(call(cloud, "/openapi.json").document)
    found = list(schema.get_all_operations())
    assert found
    assert all(isinstance(each, Ok) for each in found), "an operation that schemathesis cannot read"
    return [each.ok() for each in found if isinstance(each, Ok)]


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["as documented", "otherwise"])
def test_every_answer_is_a_documented_one(cloud: Cloud, operations: list[Operation], mode: GenerationMode) -> None:
    statuses = set()
    for operation in operations:
        if mode is GenerationMode.NEGATIVE and not (operation.query or operation.body or operation.path_parameters):
            continue
        statuses |= _ask(cloud, operation, mode)
    assert 200 in statuses if mode is GenerationMode.POSITIVE else {400, 404} <= statuses, statuses


def _ask(cloud: Cloud, operation: Operation, mode: GenerationMode) -> set[int]:
    """The statuses of the answers."""
    asked: set[int] = set()

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: schemathesis.Case[Any]) -> None:
        # Ids in a path are encoded twice, docs/api.md says: schemathesis does it once.
        case.path_parameters = {name: quote(str(value), safe="") for name, value in case.path_parameters.items()}
        answer = case.call(base_url=cloud.outputs["ApiUrl"], auth=Signed())
        case.validate_response(answer, checks=CHECKS)
        asked.add(answer.status_code)

    ask()
    return asked


def test_nobody_without_credentials_gets_anything_else_than_a_refusal(cloud: Cloud) -> None:
    paths = call(cloud, "/openapi.json").document["paths"]
    for path, methods in paths.items():
        for method in methods:
            asked = {"method": method.upper()} if method == "get" else {"body": {}}
            refused = call(cloud, path.replace("{user}", "1").replace("{item}", "1"), signed_by=None, **asked)
            assert refused.status == 403, f"{method} {path}"
