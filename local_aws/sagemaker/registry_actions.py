"""The actions on model package groups and their versions.

The words of refusals are those that SageMaker's clients tell apart (the CloudFormation provider of
AWS::SageMaker::ModelPackageGroup, Terraform's), where they are known.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from local_aws.sagemaker import listing
from local_aws.sagemaker.backend import Backend
from local_aws.sagemaker.errors import ConflictException, ValidationException
from local_aws.sagemaker.registry import ModelPackage, ModelPackageGroup

Request = dict[str, Any]

_GROUP = "ModelPackageGroup"
_ORDER = ("CreationTime", "Ascending")
_UPDATED = ("ModelApprovalStatus", "ApprovalDescription", "CustomerMetadataProperties", "SourceUri")


def create_group(backend: Backend, request: Request) -> dict[str, Any]:
    """CreateModelPackageGroup."""
    name = request["ModelPackageGroupName"]
    arn = backend.arn("model-package-group", name)
    with backend.lock:
        if name in backend.groups:
            raise ValidationException(f"Model Package Group already exists: {arn}")
        backend.groups[name] = ModelPackageGroup(request, arn=arn)
    return {"ModelPackageGroupArn": arn}


def describe_group(backend: Backend, request: Request) -> dict[str, Any]:
    """DescribeModelPackageGroup."""
    return _found_group(backend, request["ModelPackageGroupName"]).describe()


def list_groups(backend: Backend, request: Request) -> dict[str, Any]:
    """ListModelPackageGroups."""
    with backend.lock:
        groups = [group.summary() for group in backend.groups.values()]
    return listing.page(groups, request, kind=_GROUP, key="ModelPackageGroupSummaryList", order=_ORDER)


def delete_group(backend: Backend, request: Request) -> None:
    """DeleteModelPackageGroup: of one that has no versions any more."""
    with backend.lock:
        group = _found_group(backend, request["ModelPackageGroupName"])
        if any(package.group == group.name for package in backend.packages.values()):
            raise ConflictException(
                f"Model Package Group {group.arn} cannot be deleted because it still contains Model Packages"
            )
        del backend.groups[group.name]


def create_package(backend: Backend, request: Request) -> dict[str, Any]:
    """CreateModelPackage: the next version of its group, Completed at once. A ClientToken makes one version."""
    _check_package(request)
    token = request.get("ClientToken")
    with backend.lock:
        if token in backend.tokens:
            return {"ModelPackageArn": backend.tokens[token]}
        group = backend.groups.get(_last(request["ModelPackageGroupName"]))
        if group is None:
            raise ValidationException("Model Package Group does not exist.")
        version = next(group.numbers)
        arn = backend.arn("model-package", f"{group.name}/{version}")
        backend.packages[arn] = ModelPackage(request, group=group.name, version=version, arn=arn)
        if token:
            backend.tokens[token] = arn
    _announce(backend, backend.packages[arn])
    return {"ModelPackageArn": arn}


def describe_package(backend: Backend, request: Request) -> dict[str, Any]:
    """DescribeModelPackage."""
    return found_package(backend, request["ModelPackageName"]).describe()


def list_packages(backend: Backend, request: Request) -> dict[str, Any]:
    """ListModelPackages. Without a group it lists what is of none, unless told otherwise: nothing here is."""
    group = _last(request.get("ModelPackageGroupName", ""))
    kind = "Versioned" if group else request.get("ModelPackageType", "Unversioned")
    with backend.lock:
        packages = list(backend.packages.values())
    wanted = [
        package.summary()
        for package in packages
        if kind != "Unversioned"
        and group in ("", package.group)
        and request.get("ModelApprovalStatus", package.approval) == package.approval
    ]
    return listing.page(wanted, request, kind=_GROUP, key="ModelPackageSummaryList", order=_ORDER)


def update_package(backend: Backend, request: Request) -> dict[str, Any]:
    """UpdateModelPackage: approval, its description, a customer's properties."""
    package = found_package(backend, request["ModelPackageArn"])
    with backend.lock:
        members = {name: request[name] for name in _UPDATED if request.get(name) is not None}
        changed = package.change(members, remove=request.get("CustomerMetadataPropertiesToRemove") or ())
    if changed:
        _announce(backend, package, UpdatedModelPackageFields=changed)
    return {"ModelPackageArn": package.arn}


def delete_package(backend: Backend, request: Request) -> None:
    """DeleteModelPackage. Models that were made of it go on."""
    with backend.lock:
        del backend.packages[found_package(backend, request["ModelPackageName"]).arn]


def found_package(backend: Backend, name: str) -> ModelPackage:
    """The version of that ARN, or of `<group>/<version>`. Raises ValidationException."""
    arn = name if name.startswith("arn:") else backend.arn("model-package", name)
    package = backend.packages.get(arn)
    if package is None:
        raise ValidationException(f"ModelPackage {arn} does not exist.")
    return package


def _found_group(backend: Backend, name: str) -> ModelPackageGroup:
    group = backend.groups.get(_last(name))
    if group is None:
        raise ValidationException(
            f"ModelPackageGroup {backend.arn('model-package-group', _last(name))} does not exist."
        )
    return group


def _announce(backend: Backend, package: ModelPackage, **more: Any) -> None:
    """Tell EventBridge (SageMaker Developer Guide, "SageMaker model package state change")."""
    detail = {
        name: value.strftime("%Y-%m-%dT%H:%M:%SZ") if isinstance(value, datetime) else value
        for name, value in package.describe().items()
        if name != "CreatedBy"
    }
    backend.world.emit(
        "aws.sagemaker",
        "SageMaker Model Package State Change",
        detail | more,
        region=backend.region_name,
        resources=[package.arn],
    )


def _last(arn_or_name: str) -> str:
    return arn_or_name.rpartition("/")[2]


def _check_package(request: Request) -> None:
    if not request.get("ModelPackageGroupName"):
        raise ValidationException("A model package without a ModelPackageGroupName is not supported locally")
    if request.get("Tags"):
        # "your model package ... uses the tags associated with the model group. In this case, you cannot supply a tag
        # argument" (CreateModelPackage).
        raise ValidationException("Tags cannot be given with a ModelPackageGroupName: the group's apply")
    if not request.get("InferenceSpecification"):
        raise ValidationException("A model package without an InferenceSpecification is not supported locally")
