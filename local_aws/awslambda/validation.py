"""What CreateFunction and its updates refuse, with AWS's messages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.awslambda.exceptions import ValidationException

from local_aws.awslambda.deployment import PYTHON_RUNTIME
from local_aws.awslambda.environment import RESERVED
from local_aws.awslambda.errors import InvalidParameterValueException
from local_aws.awslambda.store import BadArchive, check_archives

MAX_VARIABLES_BYTES = 4096
MAX_LAYERS = 5
_RANGES = {"Timeout": (1, 900), "MemorySize": (128, 10_240)}
_ABSENT = {
    "AcceleratorConfig": "accelerators",
    "CapacityProviderConfig": "capacity providers",
    "DurableConfig": "durable functions",
    "FileSystemConfigs": "EFS",
    "ImageConfig": "container images",
    "RuntimeConfig": "runtime configuration",
    "TenancyConfig": "tenants",
}


def check_configuration(spec: Mapping[str, Any]) -> None:
    """Refuse values that Lambda refuses, and features that the local AWS does not have, by name."""
    for key, (lowest, highest) in _RANGES.items():
        _check_range(key, spec.get(key, lowest), lowest, highest)
    for key, feature in _ABSENT.items():
        if spec.get(key):
            raise InvalidParameterValueException(f"{key}: the local AWS has no {feature}")
    runtime = spec.get("Runtime")
    if runtime and not PYTHON_RUNTIME.fullmatch(runtime):
        raise InvalidParameterValueException(f"Runtime {runtime}: the local AWS runs python3.N functions only")
    if len(spec.get("Layers") or []) > MAX_LAYERS:
        raise InvalidParameterValueException("Cannot reference more than 5 layers.")
    _check_variables((spec.get("Environment") or {}).get("Variables") or {})


def check_package(spec: Mapping[str, Any]) -> None:
    """A function is deployed as a zip, and names its runtime and handler."""
    if spec.get("PackageType", "Zip") != "Zip":
        raise InvalidParameterValueException(f"PackageType {spec['PackageType']}: the local AWS runs zips only")
    if not (spec.get("Runtime") and spec.get("Handler")):
        raise InvalidParameterValueException(
            "Runtime and Handler are mandatory parameters for functions created with deployment packages."
        )


def check_code(archives: list[bytes]) -> None:
    """Refuse code and layers that cannot be unpacked or are too large together."""
    try:
        check_archives(archives)
    except BadArchive as error:
        raise InvalidParameterValueException(str(error)) from error


def _check_range(key: str, value: int, lowest: int, highest: int) -> None:
    if value > highest:
        limit = f"Member must have value less than or equal to {highest}"
    elif value < lowest:
        limit = f"Member must have value greater than or equal to {lowest}"
    else:
        return
    raise ValidationException(str(value), key[0].lower() + key[1:], limit)


def _check_variables(variables: Mapping[str, str]) -> None:
    refused = "Lambda was unable to configure your environment variables because the environment variables you have "
    reserved = sorted(RESERVED & variables.keys())
    if reserved:
        raise InvalidParameterValueException(
            f"{refused}provided contains reserved keys that are currently not supported for modification. "
            f"Reserved keys used in this request: {', '.join(reserved)}"
        )
    if sum(len(name.encode()) + len(value.encode()) for name, value in variables.items()) > MAX_VARIABLES_BYTES:
        raise InvalidParameterValueException(f"{refused}provided exceeded the 4KB limit.")
