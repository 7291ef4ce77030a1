"""AWS::StepFunctions::StateMachine."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, ClassVar

from local_aws.cloudformation.errors import ResourceFailed
from local_aws.cloudformation.types.base import Job, Members, ResourceType, tag_changes, tag_map

_DEFAULTS = {
    "LoggingConfiguration": {"Level": "OFF"},
    "TracingConfiguration": {"Enabled": False},
    "EncryptionConfiguration": {"Type": "AWS_OWNED_KEY"},
}
"""What a machine without them has; the API leaves what an update does not name as it was."""
_SETTINGS = ("RoleArn", *_DEFAULTS)
_DEFINITIONS = ("Definition", "DefinitionString", "DefinitionS3Location")


class StateMachine(ResourceType):
    """Made through the service's API, so that a definition it rejects fails the stack. `Ref` is the ARN."""

    type_name = "AWS::StepFunctions::StateMachine"
    properties = frozenset(
        {"StateMachineName", "StateMachineType", "DefinitionSubstitutions", "Tags", *_DEFINITIONS, *_SETTINGS}
    )
    required = frozenset({"RoleArn"})
    required_members: ClassVar[Members] = {"DefinitionS3Location": frozenset({"Bucket", "Key"})}
    immutable = frozenset({"StateMachineName", "StateMachineType"})
    attributes = frozenset({"Arn", "Name", "StateMachineRevisionId"})

    def create(self, job: Job) -> str:
        answer = job.call(
            "stepfunctions",
            "create_state_machine",
            name=job.name("StateMachineName", limit=80),
            definition=definition(job),
            type=job.properties.get("StateMachineType", "STANDARD"),
            tags=[{"key": key, "value": value} for key, value in tag_map(job.properties.get("Tags", [])).items()],
            **job.given(*_SETTINGS),
        )
        return str(answer["stateMachineArn"])

    def configure(self, job: Job, before: Mapping[str, Any]) -> None:
        if not before:
            return
        job.call(
            "stepfunctions",
            "update_state_machine",
            stateMachineArn=job.physical_id,
            definition=definition(job),
            **(_DEFAULTS | job.given(*_SETTINGS)),
        )
        tags, removed = tag_changes(job, before)
        if tags:
            tag_items = [{"key": key, "value": value} for key, value in tags.items()]
            job.call("stepfunctions", "tag_resource", resourceArn=job.physical_id, tags=tag_items)
        if removed:
            job.call("stepfunctions", "untag_resource", resourceArn=job.physical_id, tagKeys=removed)

    def delete(self, job: Job) -> None:
        gone = {"StateMachineDoesNotExist"}
        job.remove("stepfunctions", "delete_state_machine", gone=gone, stateMachineArn=job.physical_id)

    def describe(self, job: Job) -> dict[str, str]:
        answer = job.call("stepfunctions", "describe_state_machine", stateMachineArn=job.physical_id)
        revision = answer.get("revisionId", "INITIAL")
        return {"Arn": job.physical_id, "Name": answer["name"], "StateMachineRevisionId": revision}


def definition(job: Job) -> str:
    """The definition's text with `${name}` of DefinitionSubstitutions filled in. Raises ResourceFailed."""
    given = job.given(*_DEFINITIONS)
    if len(given) != 1:
        raise ResourceFailed(f"Exactly one of {', '.join(_DEFINITIONS)} is needed, got {sorted(given)}")
    ((kind, value),) = given.items()
    if kind == "DefinitionString":
        text = str(value)
    elif kind == "Definition":
        text = json.dumps(value)
    else:
        text = _from_s3(job, value)
    substitutions = job.properties.get("DefinitionSubstitutions", {})
    return re.sub(r"\$\{(\w+)\}", lambda match: str(substitutions.get(match[1], match[0])), text)


def _from_s3(job: Job, location: Mapping[str, Any]) -> str:
    where = {"Bucket": location["Bucket"], "Key": location["Key"]}
    if "Version" in location:
        where["VersionId"] = location["Version"]
    body: bytes = job.call("s3", "get_object", **where)["Body"].read()
    return body.decode()
