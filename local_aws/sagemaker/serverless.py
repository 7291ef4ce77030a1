"""What SageMaker refuses of serverless endpoints.

Source: SageMaker Developer Guide, "Deploy models with Amazon SageMaker Serverless Inference": memory sizes, feature
exclusions, and "You can't convert your instance-based, real-time endpoint to a serverless endpoint. If you try to
update your real-time endpoint to serverless, you receive a ValidationError message. You can convert a serverless
endpoint to real-time, but once you make the update, you can't roll it back to serverless."
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from local_aws.sagemaker.errors import ValidationException
from local_aws.sagemaker.hosting_resources import Model

MEMORY_SIZES_MB = (1024, 2048, 3072, 4096, 5120, 6144)
_OF_INSTANCES = (
    "InstanceType",
    "InitialInstanceCount",
    "VolumeSizeInGB",
    "ModelDataDownloadTimeoutInSeconds",
    "ContainerStartupHealthCheckTimeoutInSeconds",
)


def is_serverless(variants: Sequence[Mapping[str, Any]]) -> bool:
    """Whether the variants of a configuration run without instances."""
    return any(variant.get("ServerlessConfig") for variant in variants)


def check_variant(variant: Mapping[str, Any], model: Model) -> None:
    """Raise ValidationException for a serverless variant that AWS has not; its ranges are the service model's."""
    name, settings = variant["VariantName"], variant["ServerlessConfig"]
    beside = [member for member in _OF_INSTANCES if variant.get(member) is not None]
    if beside:
        raise ValidationException(f"Variant {name!r}: {beside[0]} is not for a variant with a ServerlessConfig")
    memory, concurrency = settings["MemorySizeInMB"], settings["MaxConcurrency"]
    if memory not in MEMORY_SIZES_MB:
        sizes = ", ".join(map(str, MEMORY_SIZES_MB))
        raise ValidationException(f"Variant {name!r}: MemorySizeInMB {memory}, expected one of {sizes}")
    if settings.get("ProvisionedConcurrency", 1) > concurrency:
        raise ValidationException(f"Variant {name!r}: ProvisionedConcurrency exceeds MaxConcurrency {concurrency}")
    excluded = [member for member in ("VpcConfig", "EnableNetworkIsolation") if model.describe().get(member)]
    if excluded:
        raise ValidationException(f"Model {model.name!r}: {excluded[0]} is not supported for serverless endpoints")


def check_config(request: Mapping[str, Any]) -> None:
    """Raise ValidationException for a configuration of variants that cannot be together."""
    variants = request["ProductionVariants"]
    if not is_serverless(variants):
        return
    if len(variants) > 1:
        raise ValidationException(f"{len(variants)} variants, expected one: a serverless endpoint has no more")
    for member in ("KmsKeyId", "EnableNetworkIsolation"):
        if request.get(member):
            raise ValidationException(f"{member} is not supported for serverless endpoints")


def check_update(before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]], *, arn: str) -> None:
    """Raise ValidationException for the one way that there is none: from instances to serverless."""
    if is_serverless(after) and not is_serverless(before):
        raise ValidationException(f'Cannot update real-time endpoint "{arn}" to a serverless endpoint.')
