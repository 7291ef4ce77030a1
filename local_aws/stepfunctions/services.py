"""AWS services by the names Step Functions gives them, from botocore's models."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import botocore.session
from botocore.exceptions import ClientError
from botocore.model import ListShape, OperationModel, ServiceModel, Shape, StringShape, StructureShape

from local_aws.stepfunctions.encoding import to_json, to_text

# aws-sdk names whose botocore name is not the same word without its dashes.
_BOTOCORE_NAMES = {
    "cloudwatchlogs": "logs",
    "cognitoidentity": "cognito-identity",
    "cognitoidentityprovider": "cognito-idp",
    "elasticloadbalancing": "elb",
    "elasticloadbalancingv2": "elbv2",
    "eventbridge": "events",
    "iotdataplane": "iot-data",
    "sfn": "stepfunctions",
}


class UnknownAction(ValueError):
    """No such service or action."""


@cache
def service_model(name: str) -> ServiceModel:
    """botocore's model of an aws-sdk integration's service. Raises UnknownAction."""
    session = botocore.session.get_session()
    known = {service.replace("-", ""): service for service in session.get_available_services()}
    service = _BOTOCORE_NAMES.get(name) or known.get(name)
    if service is None:
        raise UnknownAction(f"no AWS service is called {name!r} in aws-sdk integrations")
    model = session.get_service_model(service)
    if re.sub(r"[ -]", "", str(model.service_id)).lower() != name:
        raise UnknownAction(f"no AWS service is called {name!r} in aws-sdk integrations")
    return model


def operation(name: str, action: str) -> OperationModel:
    """The operation behind `<service>:<camelCaseAction>`. Raises UnknownAction."""
    model = service_model(name)
    wanted = action[:1].upper() + action[1:]
    if action[:1].isupper() or wanted not in model.operation_names:
        raise UnknownAction(f"{name} has no action {action!r}")
    return model.operation_model(wanted)


def java_name(service_id: str) -> str:
    """A service as the AWS SDK for Java 2 spells it, which prefixes error names: DynamoDB is DynamoDb, SSM is Ssm."""
    words = re.sub(r"[^A-Za-z0-9]+", " ", service_id)
    words = re.sub(r"(?<=[a-z])(?=[A-Z]([a-zA-Z]|[0-9]))", " ", words)
    words = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1 \2", words)
    words = re.sub(r"([0-9])([a-zA-Z])", r"\1 \2", words)
    return "".join(word[:1].upper() + word[1:].lower() for word in words.split())


def exception_name(model: ServiceModel, error: ClientError) -> str | None:
    """The SDK's class for an error the service models (`NoSuchKey` is NoSuchKeyException), None for any other code."""
    code = error.response["Error"]["Code"]
    for shape in model.error_shapes:
        if code in {shape.name, shape.metadata.get("error", {}).get("code")}:
            name = str(shape.name)
            return name if name.endswith("Exception") else name.removesuffix("Fault") + "Exception"
    return None


def error_and_cause(service: str, client: str, error: ClientError) -> tuple[str, str]:
    """An optimized integration's error, in the words of the AWS SDK for Java 1 that runs it.

    `client` is what that SDK calls the service; an error without a class of its own is the client's exception.
    """
    model, details, metadata = service_model(service), error.response["Error"], error.response["ResponseMetadata"]
    exchange = (
        f"Service: {client}; Status Code: {metadata.get('HTTPStatusCode')}; Error Code: {details['Code']}; "
        f"Request ID: {metadata.get('RequestId')}; Proxy: null"
    )
    name = exception_name(model, error) or f"{client}Exception"
    return f"{model.service_id}.{name}", f"{details['Message']} ({exchange})"


def unknown_fields(template: Any, shape: Shape | None, at: str) -> list[str]:
    """Where a request template names fields the API does not have; expressions are not looked into."""
    if isinstance(shape, ListShape) and isinstance(template, list):
        return [hit for i, item in enumerate(template) for hit in unknown_fields(item, shape.member, f"{at}[{i}]")]
    if not isinstance(template, dict) or not (isinstance(shape, StructureShape) or shape is None):
        return []
    members = {} if shape is None else {pascal(name): member for name, member in shape.members.items()}
    hits = []
    for key, item in template.items():
        name = key.removesuffix(".$")
        if name not in members:
            hits.append(f'The field "{name}" is not supported by Step Functions at {at}')
        else:
            hits += unknown_fields(item, members[name], f"{at}/{name}")
    return hits


def pascal(name: str) -> str:
    """A member's name in task definitions and results."""
    return name[:1].upper() + name[1:]


def to_request(value: Any, shape: Shape | None) -> Any:
    """Task arguments as the client takes them: the service's own spelling, text and binary where it wants them."""
    if isinstance(shape, StructureShape) and isinstance(value, dict):
        spelled = {pascal(name): name for name in shape.members}
        return {
            spelled.get(key, key): to_request(item, shape.members.get(spelled.get(key, key)))
            for key, item in value.items()
        }
    if isinstance(shape, ListShape) and isinstance(value, list):
        return [to_request(item, shape.member) for item in value]
    if shape is not None and shape.type_name == "blob":
        return (value if isinstance(value, str) else to_text(value)).encode()
    if isinstance(shape, StringShape) and isinstance(value, dict | list):
        return to_text(value)
    return value


def to_result(response: Any, shape: Shape | None) -> Any:
    """A response as a task's result: Pascal case, times and binary as text."""
    if isinstance(shape, StructureShape) and isinstance(response, dict):
        named = {key: item for key, item in response.items() if key in shape.members}
        return {pascal(key): to_result(item, shape.members[key]) for key, item in named.items()}
    if isinstance(shape, ListShape) and isinstance(response, list):
        return [to_result(item, shape.member) for item in response]
    return to_json(response)


def with_metadata(result: dict[str, Any], response: dict[str, Any]) -> dict[str, Any]:
    """An optimized integration's result: the API's, with what Step Functions adds about the HTTP exchange."""
    metadata = response.get("ResponseMetadata", {})
    headers = {str(key): str(value) for key, value in metadata.get("HTTPHeaders", {}).items()}
    return {
        **result,
        "SdkHttpMetadata": {
            "AllHttpHeaders": {key: [value] for key, value in headers.items()},
            "HttpHeaders": headers,
            "HttpStatusCode": metadata.get("HTTPStatusCode"),
        },
        "SdkResponseMetadata": {"RequestId": metadata.get("RequestId")},
    }
