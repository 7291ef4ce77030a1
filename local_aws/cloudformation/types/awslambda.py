"""AWS::Lambda::*: functions, layers and who may call them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from typing import Any, ClassVar

from local_aws.cloudformation.errors import ResourceFailed
from local_aws.cloudformation.types.base import Job, Members, ResourceType, changed, tag_changes, tag_map

_GONE = {"ResourceNotFoundException"}
_REQUIRED_OF_ZIPS = ("Handler", "Runtime")
_CONFIGURATION = [
    "Runtime",
    "Role",
    "Handler",
    "Description",
    "Timeout",
    "MemorySize",
    "Environment",
    "Layers",
    "TracingConfig",
    "DeadLetterConfig",
    "EphemeralStorage",
    "LoggingConfig",
    "VpcConfig",
]
_DEFAULTS: dict[str, Any] = {
    "Description": "",
    "Timeout": 3,
    "MemorySize": 128,
    "Environment": {"Variables": {}},
    "Layers": [],
    "TracingConfig": {"Mode": "PassThrough"},
    "DeadLetterConfig": {"TargetArn": ""},
    "EphemeralStorage": {"Size": 512},
}
"""What the service does without them ("CreateFunction" in the Lambda API Reference)."""
_OUT_OF_VPC: dict[str, list[str]] = {"SubnetIds": [], "SecurityGroupIds": []}


class Function(ResourceType):
    """A function from a zip in S3, or from source text; `Ref` is its name."""

    type_name = "AWS::Lambda::Function"
    properties = frozenset(
        {"FunctionName", "Code", "Architectures", "PackageType", "ReservedConcurrentExecutions", "Tags"}
        | {*_CONFIGURATION}
    )
    required = frozenset({"Code", "Role"})
    required_members: ClassVar[Members] = {"Code": frozenset(), "LoggingConfig": frozenset()}
    immutable = frozenset({"FunctionName", "PackageType"})
    attributes = frozenset({"Arn"})

    def create(self, job: Job) -> str:
        name = job.name("FunctionName", limit=64)
        job.call(
            "lambda",
            "create_function",
            FunctionName=name,
            Code=_code(job.properties),
            Tags=tag_map(job.properties.get("Tags", [])),
            **job.given("Architectures", "PackageType", *_CONFIGURATION),
        )
        return name

    def configure(self, job: Job, before: Mapping[str, Any]) -> None:
        function = {"FunctionName": job.physical_id}
        if changed(job, before, "ReservedConcurrentExecutions"):
            reserved = job.given("ReservedConcurrentExecutions")
            verb = "put" if reserved else "delete"
            job.call("lambda", f"{verb}_function_concurrency", **function, **reserved)
        if not before:
            return
        if changed(job, before, "Code", "Architectures"):
            architectures = {"Architectures": ["x86_64"]} | job.given("Architectures")
            job.call("lambda", "update_function_code", **function, **_code(job.properties), **architectures)
        if changed(job, before, *_CONFIGURATION):
            job.call("lambda", "update_function_configuration", **function, **_configuration(job, before))
        self._tag(job, before)

    def delete(self, job: Job) -> None:
        job.remove("lambda", "delete_function", gone=_GONE, FunctionName=job.physical_id)

    def describe(self, job: Job) -> dict[str, str]:
        return {"Arn": _function_arn(job)}

    def _tag(self, job: Job, before: Mapping[str, Any]) -> None:
        tags, removed = tag_changes(job, before)
        if tags:
            job.call("lambda", "tag_resource", Resource=_function_arn(job), Tags=tags)
        if removed:
            job.call("lambda", "untag_resource", Resource=_function_arn(job), TagKeys=removed)


class LayerVersion(ResourceType):
    """One version of a layer, never changed; `Ref` is its ARN."""

    type_name = "AWS::Lambda::LayerVersion"
    properties = frozenset(
        {
            "LayerName",
            "Content",
            "Description",
            "CompatibleRuntimes",
            "CompatibleArchitectures",
            "LicenseInfo",
        }
    )
    required = frozenset({"Content"})
    immutable = properties
    attributes = frozenset({"LayerVersionArn"})

    def create(self, job: Job) -> str:
        answer = job.call(
            "lambda",
            "publish_layer_version",
            LayerName=job.properties.get("LayerName", job.logical_id),
            **job.given("Content", "Description", "CompatibleRuntimes", "CompatibleArchitectures", "LicenseInfo"),
        )
        return str(answer["LayerVersionArn"])

    def delete(self, job: Job) -> None:
        layer, version = job.physical_id.split(":")[-2:]
        job.remove("lambda", "delete_layer_version", gone=_GONE, LayerName=layer, VersionNumber=version)

    def describe(self, job: Job) -> dict[str, str]:
        return {"LayerVersionArn": job.physical_id}


class Permission(ResourceType):
    """A statement of a function's own policy, which lets API Gateway and EventBridge in. `Ref` is its id."""

    type_name = "AWS::Lambda::Permission"
    properties = frozenset(
        {
            "Action",
            "FunctionName",
            "Principal",
            "SourceArn",
            "SourceAccount",
            "PrincipalOrgID",
            "EventSourceToken",
        }
    )
    required = frozenset({"Action", "FunctionName", "Principal"})
    immutable = properties

    def create(self, job: Job) -> str:
        statement = job.name("", limit=100)
        job.call("lambda", "add_permission", StatementId=statement, **job.properties)
        return statement

    def delete(self, job: Job) -> None:
        of = {"FunctionName": job.properties["FunctionName"], "StatementId": job.physical_id}
        job.remove("lambda", "remove_permission", gone=_GONE, **of)


def _configuration(job: Job, before: Mapping[str, Any]) -> dict[str, Any]:
    """All of it: what the template no longer sets goes back to the service's default, not to the last value."""
    missing = [name for name in _REQUIRED_OF_ZIPS if name not in job.properties]
    if missing:
        raise ResourceFailed(f"{' and '.join(missing)}: mandatory for functions created with deployment packages")
    logging = {
        "LogFormat": "Text",
        "LogGroup": f"/aws/lambda/{job.physical_id}",
        **job.properties.get("LoggingConfig", {}),
    }
    network = {"VpcConfig": _OUT_OF_VPC} if "VpcConfig" in before else {}
    return _DEFAULTS | network | job.given(*_CONFIGURATION) | {"LoggingConfig": logging}


def _code(properties: Mapping[str, Any]) -> dict[str, Any]:
    """The API's Code: source text (`ZipFile` in a template) becomes the zip the API takes."""
    code = dict(properties["Code"])
    if "ZipFile" in code:
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as files:
            # A fixed date, so that the same source has the same checksum.
            files.writestr(zipfile.ZipInfo("index.py"), code["ZipFile"])
        code["ZipFile"] = archive.getvalue()
    return code


def _function_arn(job: Job) -> str:
    return f"arn:{job.partition}:lambda:{job.region}:{job.account}:function:{job.physical_id}"
