"""Calls to the other services, their arguments fitted to the API's own shapes.

A template writes "30" where the API takes 30 and `LogGroup` where it takes `logGroup`; and a member the API does not
have must be an error naming it, which botocore's serializers leave out in silence. So every argument is walked
along botocore's input shape.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from botocore.client import BaseClient
from botocore.exceptions import BotoCoreError, ClientError
from botocore.model import Shape

from local_aws.cloudformation.errors import ResourceFailed

_BOOLEANS = {"true": True, "false": False}


def call(client: BaseClient, operation: str, **parameters: Any) -> dict[str, Any]:
    """One API call. Raises ResourceFailed with the service's message, or naming the argument that does not fit."""
    name = client.meta.method_to_api_mapping[operation]
    shape = client.meta.service_model.operation_model(name).input_shape
    fitted = fit(shape, parameters, where="")
    try:
        answer: dict[str, Any] = getattr(client, operation)(**fitted)
    except ClientError as error:
        raise ApiRefused(client.meta.service_model.service_id, name, error) from error
    except BotoCoreError as error:
        raise ResourceFailed(f"{name}: {error}") from error
    return answer


class ApiRefused(ResourceFailed):
    """The service answered with an error; `code` is the service's."""

    def __init__(self, service: str, operation: str, error: ClientError) -> None:
        said = error.response["Error"]
        self.code = said["Code"]
        super().__init__(f"{said['Message']} (Service: {service}, Operation: {operation}, Error Code: {said['Code']})")


def fit(shape: Shape, value: Any, *, where: str) -> Any:
    """`value` as the shape wants it. Raises ResourceFailed with the path of what has no place in the shape."""
    if shape.type_name == "structure":
        return _structure(shape, value, where)
    if shape.type_name == "list":
        _expect(value, list, where)
        return [fit(shape.member, item, where=f"{where}[{index}]") for index, item in enumerate(value)]
    if shape.type_name == "map":
        _expect(value, Mapping, where)
        return {str(key): fit(shape.value, item, where=f"{where}.{key}") for key, item in value.items()}
    return _scalar(shape.type_name, value, where)


def _structure(shape: Shape, value: Any, where: str) -> dict[str, Any]:
    _expect(value, Mapping, where)
    fitted = {}
    for key, item in value.items():
        member = next((name for name in (key, key[:1].lower() + key[1:]) if name in shape.members), None)
        path = f"{where}.{key}" if where else key
        if member is None:
            raise ResourceFailed(f"Encountered unsupported property {path} (known: {sorted(shape.members)})")
        fitted[member] = fit(shape.members[member], item, where=path)
    return fitted


def _scalar(type_name: str, value: Any, where: str) -> Any:
    if isinstance(value, (dict, list)):
        raise ResourceFailed(f"Property {where}: expected {type_name}, got {value!r}")
    if type_name == "string":
        return str(value).lower() if isinstance(value, bool) else str(value)
    if type_name == "boolean":
        if str(value).lower() not in _BOOLEANS:
            raise ResourceFailed(f"Property {where}: expected true or false, got {value!r}")
        return _BOOLEANS[str(value).lower()]
    if type_name in ("integer", "long", "float", "double"):
        try:
            return float(value) if type_name in ("float", "double") else int(value)
        except ValueError:
            raise ResourceFailed(f"Property {where}: expected {type_name}, got {value!r}") from None
    return value


def _expect(value: Any, kind: type, where: str) -> None:
    if not isinstance(value, kind):
        raise ResourceFailed(f"Property {where}: expected {kind.__name__.lower()}, got {value!r}")
