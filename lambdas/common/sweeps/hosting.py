"""What serves: scaling targets, the endpoint, configs, models, and versions in the model registry."""

from __future__ import annotations

from typing import Any, Final

import boto3
from botocore.exceptions import ClientError

from lambdas.common.sweeps.refusals import PassingOver

_AT_REST: Final = frozenset({"InService", "Failed", "OutOfService", "UpdateRollbackFailed"})
_MISSING: Final = "Could not find"
"""SageMaker has one error code for what is missing and what is wrong: its words tell them apart."""


class ScalingTargets:
    """Variants of the endpoint are scaled no more, and with that their policies and alarms go."""

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint
        self._scaling: Any = boto3.client("application-autoscaling")

    def __call__(self) -> list[str]:
        """Ask for it."""
        pages = self._scaling.get_paginator("describe_scalable_targets").paginate(ServiceNamespace="sagemaker")
        found = [
            target
            for target in pages.build_full_result()["ScalableTargets"]
            if target["ResourceId"].startswith(f"endpoint/{self._endpoint}/variant/")
        ]
        for target in found:
            named = {name: target[name] for name in ("ServiceNamespace", "ResourceId", "ScalableDimension")}
            with PassingOver("ObjectNotFoundException"):
                self._scaling.deregister_scalable_target(**named)
        return [f"scaling target {target['ResourceId']}" for target in found]


class EndpointItself:
    """It is deleted once it is at rest: SageMaker refuses that of one which is being made or changed."""

    def __init__(self, endpoint: str) -> None:
        self._named = {"EndpointName": endpoint}
        self._sagemaker: Any = boto3.client("sagemaker")

    def __call__(self) -> list[str]:
        """Ask for it."""
        with PassingOver(_MISSING):
            status = self._status()
            if status in _AT_REST:
                self._sagemaker.delete_endpoint(**self._named)
            return [f"endpoint {self._named['EndpointName']} ({status})"]
        return []

    def is_at_rest(self) -> bool:
        """Whether nothing is being done to it; also where there is none."""
        with PassingOver(_MISSING):
            return self._status() in _AT_REST
        return True

    def _status(self) -> str:
        return str(self._sagemaker.describe_endpoint(**self._named)["EndpointStatus"])


class Named:
    """Models or endpoint configs whose names begin so."""

    def __init__(self, noun: str, method: str, prefix: str) -> None:
        self._noun, self._method, self._prefix = noun, method, prefix
        self._sagemaker: Any = boto3.client("sagemaker")

    def __call__(self) -> list[str]:
        """Ask for it."""
        pages = self._sagemaker.get_paginator(f"list_{self._method}s").paginate(NameContains=self._prefix)
        listed = pages.build_full_result().get(f"{self._noun}s", [])
        names = [name for entry in listed if (name := entry[f"{self._noun}Name"]).startswith(self._prefix)]
        for name in names:
            with PassingOver(_MISSING):
                getattr(self._sagemaker, f"delete_{self._method}")(**{f"{self._noun}Name": name})
        return [f"{self._noun} {name}" for name in names]


class ModelPackages:
    """The versions of a model package group, which cannot be deleted before them."""

    def __init__(self, group: str) -> None:
        self._group = group
        self._sagemaker: Any = boto3.client("sagemaker")

    def __call__(self) -> list[str]:
        """Ask for it."""
        arns = [package["ModelPackageArn"] for package in self._packages()]
        for arn in arns:
            with PassingOver("does not exist"):
                self._sagemaker.delete_model_package(ModelPackageName=arn)
        return [f"model package {arn.rpartition('/')[2]} of {self._group}" for arn in arns]

    def _packages(self) -> list[dict[str, Any]]:
        pages = self._sagemaker.get_paginator("list_model_packages").paginate(ModelPackageGroupName=self._group)
        try:
            return list(pages.build_full_result().get("ModelPackageSummaryList", []))
        except ClientError as error:
            if "does not exist" in error.response["Error"]["Message"]:
                return []
            raise
