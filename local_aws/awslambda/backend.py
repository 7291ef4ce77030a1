"""Puts real functions behind moto's Lambda API."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any, ClassVar
from urllib.parse import parse_qs, unquote

from moto.awslambda.models import LambdaBackend, lambda_backends
from moto.awslambda.responses import LambdaResponse
from moto.awslambda.utils import make_function_arn
from moto.awslambda_simple.models import LambdaSimpleBackend, lambda_simple_backends
from moto.core.responses import BaseResponse
from moto.utilities.aws_headers import amz_crc32

from local_aws.awslambda import dead_letters, network
from local_aws.awslambda.errors import InvalidParameterValueException
from local_aws.awslambda.events import EventQueue
from local_aws.awslambda.function import Function
from local_aws.awslambda.pool import Pool
from local_aws.events.timetable import Timetable
from local_aws.iam import RoleNotAssumable, assert_trusts, authorize
from local_aws.iam.errors import AccessDenied
from local_aws.world import ACCOUNT, World

STATUS = {"Event": 202, "DryRun": 204}
REQUEST_ID = "x-amzn-requestid"


class RealLambdaBackend(LambdaSimpleBackend):
    """Moto's Docker-free backend, with functions that run. moto makes one per region itself, so the pool is shared."""

    # moto finds a backend's URLs beside the module that its class names.
    __module__ = "moto.awslambda.models"
    pool: ClassVar[Pool]
    events: ClassVar[EventQueue]

    def create_function(self, spec: dict[str, Any]) -> Function:
        """CreateFunction."""
        if not spec.get("FunctionName"):
            raise InvalidParameterValueException("Missing FunctionName")
        _check_trust(spec)
        _check_tracing(spec, spec.get("Role", ""))
        dead_letters.check(spec, spec.get("Role", ""))
        self._check_network(spec.get("VpcConfig") or network.NOWHERE, spec.get("Role", ""))
        with _api_errors():
            function = Function(self.account_id, spec, self.region_name, "$LATEST")  # type: ignore[abstract]
        self._lambdas.put_function(function)
        if spec.get("Publish"):
            published = self.publish_version(spec["FunctionName"])
            function = copy.copy(function)
            function.version = published.version if published else function.version
        return function

    def update_function_code(self, function_name: str, qualifier: str, body: dict[str, Any]) -> dict[str, Any] | None:
        """UpdateFunctionCode: what is warm starts afresh."""
        with _api_errors():
            configuration = super().update_function_code(function_name, qualifier, body)
        self._retire(function_name)
        return configuration

    def update_function_configuration(
        self, function_name: str, qualifier: str, body: dict[str, Any]
    ) -> dict[str, Any] | None:
        """UpdateFunctionConfiguration: what is warm starts afresh."""
        _check_trust(body)
        known = self.get_function(function_name, qualifier)
        role = body.get("Role") or known.role
        if body.get("TracingConfig") or body.get("Role"):
            _check_tracing({"TracingConfig": known.tracing_config, **body}, role)
        if body.get("DeadLetterConfig") or body.get("Role"):
            dead_letters.check({**known.get_configuration(), **body}, role)
        if body.get("VpcConfig") or body.get("Role"):
            self._check_network(body.get("VpcConfig") or known.vpc_config or network.NOWHERE, role)
        configuration = super().update_function_configuration(function_name, qualifier, body)
        self._retire(function_name)
        return configuration

    def delete_function(self, function_name: str, qualifier: str | None = None) -> None:
        """DeleteFunction ends its processes; events that wait for it are dropped."""
        arn = self._unqualified_arn(function_name)
        super().delete_function(function_name, qualifier)
        self.pool.retire(arn)
        self.pool.concurrency.notify()

    def put_function_concurrency(self, function_name: str, reserved_concurrency: str) -> str:
        """PutFunctionConcurrency: events may have waited for it."""
        kept = super().put_function_concurrency(function_name, reserved_concurrency)
        self.pool.concurrency.notify()
        return kept

    def delete_function_concurrency(self, function_name: str) -> str | None:
        """DeleteFunctionConcurrency: the same."""
        kept = super().delete_function_concurrency(function_name)
        self.pool.concurrency.notify()
        return kept

    def invoke(
        self, function_name: str, qualifier: str | None, body: Any, headers: Any, response_headers: Any
    ) -> str | bytes | None:
        """Invoke: past the canned answers of LambdaSimpleBackend, to `Function.invoke`."""
        return LambdaBackend.invoke(self, function_name, qualifier, body, headers, response_headers)

    def _check_network(self, config: Mapping[str, Any], role_arn: str) -> None:
        """Lambda looks whether it could make the interfaces of a function that is to be in a VPC."""
        if network.place(self.account_id, self.region_name, config) and _is_of_account(role_arn):
            network.check_role(role_arn, region=self.region_name)

    def _retire(self, function_name: str) -> None:
        self.pool.retire(self._unqualified_arn(function_name))

    def _unqualified_arn(self, name_or_arn: str) -> str:
        name = self.get_function(name_or_arn).function_name
        return make_function_arn(self.region_name, self.account_id, name)


def install(world: World) -> None:
    """Replace moto's Lambda backends, and its Invoke operation."""
    RealLambdaBackend.pool = Pool(world)
    timetable = Timetable()
    bury = partial(dead_letters.bury, world)
    RealLambdaBackend.events = EventQueue(RealLambdaBackend.pool, timetable=timetable, given_up=bury)
    world.closing.append(timetable.close)
    lambda_simple_backends.backend = RealLambdaBackend
    lambda_backends.backend = RealLambdaBackend
    LambdaResponse._enrich_response = staticmethod(_keep_request_id)  # type: ignore[method-assign]
    LambdaResponse.invoke = amz_crc32(_invoke)  # type: ignore[method-assign]


def _invoke(response: LambdaResponse) -> tuple[int, dict[str, str], bytes]:
    """Moto's own looks for `qualifier` where the API says `Qualifier`, and cuts answers off at 6,000,000 bytes."""
    name = unquote(response.path.strip("/").rsplit("/", 2)[-2])
    qualifier = parse_qs(response.parsed_url.query).get("Qualifier", [None])[0]
    headers: dict[str, str] = {"content-type": "application/json"}
    payload = response.backend.invoke(name, qualifier, response.body, response.headers, headers)
    status = STATUS.get(response.headers.get("X-Amz-Invocation-Type", ""), 200)
    # moto takes the status from here, for 200 too.
    headers["status"] = str(status)
    return status, headers, payload  # type: ignore[return-value]


def _keep_request_id(headers: dict[str, str], body: Any) -> tuple[dict[str, str], Any]:
    """Moto's own overwrites the request's id, by which an invocation is found in the function's log."""
    given = {REQUEST_ID: headers[REQUEST_ID]} if REQUEST_ID in headers else {}
    headers, body = BaseResponse._enrich_response(headers, body)
    return headers | given, body


def _check_trust(spec: Mapping[str, Any]) -> None:
    """Roles in another account, and what is no role's ARN, are left to moto's own refusals."""
    if not _is_of_account(spec.get("Role", "")):
        return
    try:
        assert_trusts(spec["Role"], "lambda.amazonaws.com")
    except RoleNotAssumable as error:
        raise InvalidParameterValueException(str(error)) from error


def _check_tracing(spec: Mapping[str, Any], role_arn: str) -> None:
    """Lambda looks whether it could write traces before it takes a function that is to have them."""
    if (spec.get("TracingConfig") or {}).get("Mode") != "Active" or not _is_of_account(role_arn):
        return
    try:
        authorize(role_arn, "xray:PutTraceSegments", "*")
    except AccessDenied as error:
        message = "The provided execution role does not have permissions to call PutTraceSegments on XRAY"
        raise InvalidParameterValueException(message) from error


def _is_of_account(role_arn: str) -> bool:
    return f"::{ACCOUNT}:role/" in role_arn


@contextmanager
def _api_errors() -> Iterator[None]:
    """Moto raises `ValueError("InvalidParameterValueException", message)` for missing objects: an API error meant."""
    try:
        yield
    except ValueError as error:
        if len(error.args) != 2:
            raise
        raise InvalidParameterValueException(str(error.args[1])) from error
