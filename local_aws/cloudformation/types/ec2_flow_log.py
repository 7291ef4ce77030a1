"""AWS::EC2::FlowLog."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from local_aws.cloudformation.errors import ResourceFailed
from local_aws.cloudformation.types.base import Job, ResourceType
from local_aws.cloudformation.types.ec2_tags import tag, tags_of

_SETTINGS = (
    *("DeliverLogsPermissionArn", "LogDestination", "LogDestinationType", "LogFormat", "LogGroupName"),
    *("MaxAggregationInterval", "ResourceType", "TrafficType"),
)


class FlowLog(ResourceType):
    """Where the traffic of a VPC or subnet is written down; `Ref` is its id."""

    type_name = "AWS::EC2::FlowLog"
    properties = frozenset({"ResourceId", "Tags", *_SETTINGS})
    required = frozenset({"ResourceId", "ResourceType"})
    immutable = properties - {"Tags"}
    attributes = frozenset({"Id"})

    def create(self, job: Job) -> str:
        """CreateFlowLogs answers for several resources, and does not fail for one of them."""
        of = {"ResourceIds": [job.properties["ResourceId"]]}
        answer = job.call("ec2", "create_flow_logs", **of, **job.given(*_SETTINGS), **tags_of("vpc-flow-log", job))
        for refused in answer.get("Unsuccessful", []):
            raise ResourceFailed(f"{refused['Error']['Message']} (Error Code: {refused['Error']['Code']})")
        (made,) = answer["FlowLogIds"]
        return str(made)

    def configure(self, job: Job, before: Mapping[str, Any]) -> None:
        if before:
            tag(job, before)

    def delete(self, job: Job) -> None:
        job.remove("ec2", "delete_flow_logs", gone={"InvalidFlowLogId.NotFound"}, FlowLogIds=[job.physical_id])

    def describe(self, job: Job) -> dict[str, str]:
        return {"Id": job.physical_id}
