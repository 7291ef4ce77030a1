"""InvokeEndpoint: the runtime's one action that reaches a container."""

from __future__ import annotations

import http.client
from collections.abc import Mapping

from moto.utilities.utils import get_partition

from local_aws.sagemaker import measures
from local_aws.sagemaker.backend import Backend
from local_aws.sagemaker.connections import Answer
from local_aws.sagemaker.errors import InvalidRequest, ModelFailed
from local_aws.sagemaker.logs import ENDPOINT_GROUP_PREFIX
from local_aws.sagemaker.variants import Variant

_TARGET_VARIANT = "X-Amzn-SageMaker-Target-Variant"
_CUSTOM_ATTRIBUTES = "X-Amzn-SageMaker-Custom-Attributes"
_UNSUPPORTED = (
    "X-Amzn-SageMaker-Target-Model",
    "X-Amzn-SageMaker-Target-Container-Hostname",
    "X-Amzn-SageMaker-Inference-Component",
    "X-Amzn-SageMaker-Enable-Explanations",
    "X-Amzn-SageMaker-Session-Id",
)


def invoke(
    backend: Backend, endpoint_name: str, body: bytes, headers: Mapping[str, str]
) -> tuple[dict[str, str], bytes]:
    """The response's headers and body. Raises InvalidRequest or ModelFailed."""
    with measures.measured(backend.world.metrics, endpoint=endpoint_name, region=backend.region_name) as call:
        return _invoke(backend, endpoint_name, body, headers, call)


def _invoke(
    backend: Backend, endpoint_name: str, body: bytes, headers: Mapping[str, str], call: measures.Call
) -> tuple[dict[str, str], bytes]:
    for header in _UNSUPPORTED:
        if headers.get(header):
            raise InvalidRequest(f"{header} {headers[header]!r} is not supported locally")
    endpoint = backend.hosted.get(endpoint_name)
    if endpoint is None:
        raise _not_found(backend, endpoint_name)
    with endpoint.invocation() as deployment:
        if deployment is None:
            raise _not_found(backend, endpoint_name)
        variant = deployment.pick(headers.get(_TARGET_VARIANT))
        if len(body) > variant.max_body:
            raise InvalidRequest(
                "1 validation error detected: Value at 'body' failed to satisfy constraint: Member must have length "
                f"less than or equal to {variant.max_body}"
            )
        passed = _passed_on(headers)
        if deployment.shadow is not None:
            deployment.shadow.copy(body, passed)
        with call.asking(variant.name, variant.instances, config=deployment.config_name):
            answer = _ask(backend, endpoint_name, variant, body, passed)
    if answer.status >= http.HTTPStatus.BAD_REQUEST:
        raise _failed(backend, endpoint_name, answer.status, answer.body.decode(errors="replace"))
    if len(answer.body) > variant.max_body:
        size = f"the response has {len(answer.body)} bytes, expected at most {variant.max_body}"
        raise _failed(backend, endpoint_name, http.HTTPStatus.INTERNAL_SERVER_ERROR, size)
    return _response_headers(variant, answer), answer.body


def _passed_on(headers: Mapping[str, str]) -> dict[str, str]:
    passed = {
        "Content-Type": headers.get("Content-Type"),
        "Accept": headers.get("Accept") or "*/*",
        _CUSTOM_ATTRIBUTES: headers.get(_CUSTOM_ATTRIBUTES),
    }
    return {name: value for name, value in passed.items() if value is not None}


def _ask(backend: Backend, endpoint_name: str, variant: Variant, body: bytes, passed: Mapping[str, str]) -> Answer:
    try:
        return variant.container.invoke(body, passed)
    except TimeoutError as error:
        said = (
            "Your invocation timed out while waiting for a response from container primary. Review the latency metrics "
            "for each container in Amazon CloudWatch, resolve the issue, and try again."
        )
        raise _failed(backend, endpoint_name, 0, said) from error
    except (OSError, http.client.HTTPException) as error:
        said = f"the container did not answer: {type(error).__name__}: {error}"
        raise _failed(backend, endpoint_name, http.HTTPStatus.SERVICE_UNAVAILABLE, said) from error


def _failed(backend: Backend, endpoint_name: str, status: int, said: str) -> ModelFailed:
    region, fault = backend.region_name, "client" if 400 <= status < 500 else "server"
    group = f"{ENDPOINT_GROUP_PREFIX}{endpoint_name}"
    return ModelFailed(
        f'Received {fault} error ({status:d}) from primary with message "{said}". See https://{region}.console.aws.amazon'
        f".com/cloudwatch/home?region={region}#logEventViewer:group={group} in account "
        f"{backend.account_id} for more information.",
        status=int(status),
        said=said,
        # AWS's own answers hold the ARN of the log group, whatever the member is called.
        log_arn=f"arn:{get_partition(region)}:logs:{region}:{backend.account_id}:log-group:{group}",
    )


def _not_found(backend: Backend, endpoint_name: str) -> InvalidRequest:
    return InvalidRequest(f"Endpoint {endpoint_name} of account {backend.account_id} not found.")


def _response_headers(variant: Variant, answer: Answer) -> dict[str, str]:
    given = {
        "Content-Type": answer.content_type,
        "x-Amzn-Invoked-Production-Variant": variant.name,
        _CUSTOM_ATTRIBUTES: answer.custom_attributes,
    }
    return {name: value for name, value in given.items() if value is not None}
