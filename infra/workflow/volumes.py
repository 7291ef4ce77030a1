"""The key of the disks that trainings and endpoints are given, where the stage has one."""

from __future__ import annotations

from collections.abc import Mapping

from aws_cdk import aws_kms as kms

from infra.workflow.states import Json

# Those encrypt by themselves, and SageMaker refuses a key for them (ResourceConfig, "VolumeKmsKeyId").
_HAS_DISK = "$contains($job.training.instance_type, /^ml[.]([a-z]+[0-9]+[a-z]*d|g[4-9]|p[45]|trn)/)"


def of_training(config: Mapping[str, str], key: kms.IKey | None) -> Json | str:
    """The `ResourceConfig`, of JSONata expressions, with the key unless the instances have disks of their own."""
    if key is None:
        return config
    fields = ", ".join(f"'{name}': {value[3:-3]}" for name, value in config.items())
    return _with(f"{{{fields}}}", f"{_HAS_DISK} ? {{}} : {{'VolumeKmsKeyId': '{key.key_arn}'}}")


def of_endpoint(arguments: str, key: kms.IKey | None) -> str:
    """What CreateEndpointConfig is asked, with the key unless the endpoint is serverless: that takes none."""
    if key is None:
        return arguments
    return _with(arguments[3:-3], f"$job.deploy.mode = 'serverless' ? {{}} : {{'KmsKeyId': '{key.key_arn}'}}")


def _with(fields: str, more: str) -> str:
    return f"{{% $merge([{fields}, {more}]) %}}"
