"""AWS::EC2::VPCEndpoint."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from local_aws.cloudformation.errors import ResourceFailed
from local_aws.cloudformation.types.base import Job, ResourceType, changed
from local_aws.cloudformation.types.ec2_tags import tag, tags_of

_LISTS = ("RouteTableIds", "SecurityGroupIds", "SubnetIds")
_INTERFACE = "Interface"


class VpcEndpoint(ResourceType):
    """A way from a VPC to a service, by routes or by interfaces; `Ref` is its id."""

    type_name = "AWS::EC2::VPCEndpoint"
    properties = frozenset(
        {"PolicyDocument", "PrivateDnsEnabled", "ServiceName", "Tags", "VpcEndpointType", "VpcId", *_LISTS}
    )
    required = frozenset({"ServiceName", "VpcId"})
    immutable = frozenset({"ServiceName", "VpcEndpointType", "VpcId"})
    attributes = frozenset({"CreationTimestamp", "DnsEntries", "Id", "NetworkInterfaceIds"})

    def create(self, job: Job) -> str:
        """Without private DNS unless the template wants it, which the API would give."""
        dns: dict[str, Any] = {"PrivateDnsEnabled": _wants_dns(job.properties)} if _is_interface(job) else {}
        answer = job.call(
            "ec2",
            "create_vpc_endpoint",
            **job.given(*self.immutable, *_LISTS, *(() if dns else ("PrivateDnsEnabled",))),
            **dns,
            **_policy(job),
            **tags_of("vpc-endpoint", job),
        )
        return str(answer["VpcEndpoint"]["VpcEndpointId"])

    def configure(self, job: Job, before: Mapping[str, Any]) -> None:
        if not before:
            return
        changes: dict[str, Any] = {}
        for name in _LISTS:
            old, new = (held.get(name, []) for held in (before, job.properties))
            changes |= {f"Add{name}": [each for each in new if each not in old]}
            changes |= {f"Remove{name}": [each for each in old if each not in new]}
        if changed(job, before, "PolicyDocument"):
            changes |= _policy(job) if "PolicyDocument" in job.properties else {"ResetPolicy": True}
        if _wants_dns(before) != _wants_dns(job.properties):
            changes |= {"PrivateDnsEnabled": _wants_dns(job.properties)}
        changes = {name: value for name, value in changes.items() if value != []}
        if changes:
            job.call("ec2", "modify_vpc_endpoint", VpcEndpointId=job.physical_id, **changes)
        tag(job, before)

    def delete(self, job: Job) -> None:
        """DeleteVpcEndpoints tells what it could not delete, and does not fail."""
        answer = job.call("ec2", "delete_vpc_endpoints", VpcEndpointIds=[job.physical_id])
        for refused in answer.get("Unsuccessful", []):
            if not refused["Error"]["Code"].endswith(".NotFound"):
                raise ResourceFailed(f"{refused['Error']['Message']} (Error Code: {refused['Error']['Code']})")

    def describe(self, job: Job) -> dict[str, Any]:
        (told,) = job.call("ec2", "describe_vpc_endpoints", VpcEndpointIds=[job.physical_id])["VpcEndpoints"]
        return {
            "CreationTimestamp": told["CreationTimestamp"].isoformat(),
            "DnsEntries": [f"{entry['HostedZoneId']}:{entry['DnsName']}" for entry in told.get("DnsEntries", [])],
            "Id": job.physical_id,
            "NetworkInterfaceIds": told.get("NetworkInterfaceIds", []),
        }


def _is_interface(job: Job) -> bool:
    return job.properties.get("VpcEndpointType") == _INTERFACE


def _wants_dns(properties: Mapping[str, Any]) -> bool:
    return str(properties.get("PrivateDnsEnabled", False)).lower() == "true"


def _policy(job: Job) -> dict[str, str]:
    document = job.properties.get("PolicyDocument")
    if document is None:
        return {}
    return {"PolicyDocument": document if isinstance(document, str) else json.dumps(document)}
