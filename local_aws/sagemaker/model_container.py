"""The one container of a model: told in the request, or by a version in the model registry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from local_aws.sagemaker import images, storage
from local_aws.sagemaker.backend import Backend
from local_aws.sagemaker.errors import ValidationException
from local_aws.sagemaker.hosting_resources import Model
from local_aws.sagemaker.registry_actions import found_package

Request = dict[str, Any]


def of(backend: Backend, request: Request) -> Mapping[str, Any]:
    """The definition of the container that CreateModel asks for. Raises ValidationException."""
    given = [request["PrimaryContainer"]] if request.get("PrimaryContainer") else request.get("Containers") or []
    if len(given) != 1 or (request.get("PrimaryContainer") and request.get("Containers")):
        raise ValidationException(f"{len(given)} containers are not supported locally, expected one: PrimaryContainer")
    if not request.get("ExecutionRoleArn"):
        raise ValidationException("ExecutionRoleArn is required to create a model")
    container = _of_package(backend, given[0]) if given[0].get("ModelPackageName") else given[0]
    for member in ("Image", "ModelDataUrl"):
        if not container.get(member):
            raise ValidationException(f"A container without {member} is not supported locally")
    return container


def check(backend: Backend, model: Model) -> None:
    """Raise ValidationException for an image that is not known, or an artifact that the role cannot read."""
    try:
        images.find(model.container["Image"])
    except images.UnknownImage as error:
        raise ValidationException(f'The role "{model.role_arn}" cannot pull the image: {error}') from error
    _check_artifact(backend, model)


def _of_package(backend: Backend, given: Mapping[str, Any]) -> dict[str, Any]:
    """The package's container with the environment of both; the model's own variables win.

    "For versioned models, the value of this parameter must be set to Approved to deploy the model"
    (CreateModelPackage, ModelApprovalStatus).
    """
    if both := [member for member in ("Image", "ModelDataUrl") if given.get(member)]:
        raise ValidationException(f"A container with a ModelPackageName cannot have {both[0]}")
    package = found_package(backend, given["ModelPackageName"])
    if package.approval != "Approved":
        raise ValidationException(
            f"Model package {package.arn} has the ModelApprovalStatus {package.approval}, expected Approved"
        )
    containers = package.containers
    if len(containers) != 1:
        raise ValidationException(
            f"{len(containers)} containers are not supported locally, expected one: {package.arn}"
        )
    environment = {**(containers[0].get("Environment") or {}), **(given.get("Environment") or {})}
    return {**containers[0], "Environment": environment}


def _check_artifact(backend: Backend, model: Model) -> None:
    url = model.container["ModelDataUrl"]
    artifact = storage.location(url)
    s3 = backend.world.client("s3", region=backend.region_name, role_arn=model.role_arn, session="SageMaker")
    try:
        s3.head_object(Bucket=artifact.bucket, Key=artifact.key)
    except ClientError as error:
        if not storage.is_denied(error):
            raise ValidationException(f"Could not find model data at {url}.") from error
        raise ValidationException(
            f'Could not access model data at {url}. Please ensure that the role "{model.role_arn}" exists and that '
            'its trust relationship policy allows the action "sts:AssumeRole" for the service principal '
            '"sagemaker.amazonaws.com". Also ensure that the role has "s3:GetObject" permissions and that the object '
            f"is located in {backend.region_name}."
        ) from error
