"""Asks an API what its OpenAPI document allows, or what it does not, and holds every answer against the document.

    python -m tests.e2e.documented --url http://localhost:1234 --mode positive < openapi.json

prints the statuses of the answers; what is not documented ends it with an error. A process of its own: schemathesis
changes Hypothesis for all tests around it (`schemathesis.generation.hypothesis.setup` takes the printing of failing
examples away).
"""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any, TypeAlias
from urllib.parse import quote

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

from tests.e2e.calling import OPERATOR
from tests.e2e.conftest import REGION

Operation: TypeAlias = APIOperation[Any, Any, Any, Any]
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
EXAMPLES = 25
"""Of each operation."""


class Signed(requests.auth.AuthBase):
    """SigV4 of exactly what is sent."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        assert request.url is not None
        signed = AWSRequest(str(request.method), request.url, data=request.body or b"")
        SigV4Auth(OPERATOR, "execute-api", REGION).add_auth(signed)
        request.headers.update(dict(signed.headers))
        return request


def main() -> int:
    """Ask every operation."""
    parser = argparse.ArgumentParser(prog="python -m tests.e2e.documented")
    parser.add_argument("--url", required=True)
    parser.add_argument("--mode", required=True, type=GenerationMode)
    options = parser.parse_args()
    found = list(schemathesis.openapi.from_dict(json.load(sys.stdin)).get_all_operations())
    assert found
    assert all(isinstance(each, Ok) for each in found), "an operation that schemathesis cannot read"
    statuses: set[int] = set()
    for operation in (each.ok() for each in found if isinstance(each, Ok)):
        if options.mode is GenerationMode.NEGATIVE and not _takes_anything(operation):
            continue
        statuses |= asked(operation, options.url, options.mode)
    print(json.dumps(sorted(statuses)))
    return 0


def asked(operation: Operation, url: str, mode: GenerationMode) -> set[int]:
    """The statuses of the answers."""
    statuses: set[int] = set()

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
        answer = case.call(base_url=url, auth=Signed())
        case.validate_response(answer, checks=CHECKS)
        statuses.add(answer.status_code)

    ask()
    assert statuses, f"{operation.label}: nothing was asked"
    return statuses


def _takes_anything(operation: Operation) -> bool:
    return bool(operation.query or operation.body or operation.path_parameters)


if __name__ == "__main__":
    sys.exit(main())
