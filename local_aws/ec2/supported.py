"""Which actions of EC2 are here, and which members of a request are honoured (docs/fidelity/network.md says which).

The networks alone: VPCs, subnets, route tables, security groups, endpoints and flow logs. moto would pretend the rest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from moto.core.utils import get_service_model
from moto.ec2.exceptions import MissingParameterError

from local_aws.ec2.errors import InvalidParameter, NotEmulated
from local_aws.members import ANY, Members, first_unsupported

_OF_EVERY = ("ClientToken", "DryRun")
"""The token that tells a repeated request apart is taken and not looked at: over the loopback none is repeated."""


def _any(*names: str) -> Members:
    return dict.fromkeys((*_OF_EVERY, *names), ANY)


_TAGS = ("TagSpecifications.ResourceType", "TagSpecifications.Tags")
_RULES = ("GroupId", "IpPermissions")
_SIDES = ("Ingress", "Egress")

CHANGES: Mapping[str, Members] = {
    "CreateVpc": _any("CidrBlock", "InstanceTenancy", *_TAGS),
    "DeleteVpc": _any("VpcId"),
    "ModifyVpcAttribute": _any("VpcId", "EnableDnsSupport", "EnableDnsHostnames"),
    "ModifyVpcTenancy": _any("VpcId", "InstanceTenancy"),
    "CreateSubnet": _any("VpcId", "CidrBlock", "AvailabilityZone", "AvailabilityZoneId", *_TAGS),
    "DeleteSubnet": _any("SubnetId"),
    "ModifySubnetAttribute": _any("SubnetId", "MapPublicIpOnLaunch"),
    "CreateRouteTable": _any("VpcId", *_TAGS),
    "DeleteRouteTable": _any("RouteTableId"),
    "AssociateRouteTable": _any("RouteTableId", "SubnetId"),
    "DisassociateRouteTable": _any("AssociationId"),
    "ReplaceRouteTableAssociation": _any("AssociationId", "RouteTableId"),
    "CreateSecurityGroup": _any("GroupName", "Description", "VpcId", *_TAGS),
    "DeleteSecurityGroup": _any("GroupId"),
    **{f"AuthorizeSecurityGroup{side}": _any(*_RULES) for side in _SIDES},
    **{f"RevokeSecurityGroup{side}": _any(*_RULES, "SecurityGroupRuleIds") for side in _SIDES},
    **{
        f"UpdateSecurityGroupRuleDescriptions{side}": _any("GroupId", "SecurityGroupRuleDescriptions")
        for side in _SIDES
    },
    "CreateVpcEndpoint": {
        **_any("VpcId", "ServiceName", "PolicyDocument", "RouteTableIds", "SubnetIds", "SecurityGroupIds", *_TAGS),
        "IpAddressType": ("ipv4",),
        "PrivateDnsEnabled": ANY,
        "VpcEndpointType": ("Gateway", "Interface"),
    },
    "ModifyVpcEndpoint": {
        **_any("VpcEndpointId", "PolicyDocument", "ResetPolicy", "PrivateDnsEnabled"),
        **_any(
            *(f"{verb}{name}Ids" for verb in ("Add", "Remove") for name in ("RouteTable", "Subnet", "SecurityGroup"))
        ),
    },
    "DeleteVpcEndpoints": _any("VpcEndpointIds"),
    "CreateFlowLogs": {
        **_any("ResourceIds", "TrafficType", "DeliverLogsPermissionArn", "LogGroupName", "LogDestination"),
        **_any("LogFormat", "MaxAggregationInterval", *_TAGS),
        "ResourceType": ("VPC", "Subnet"),
        "LogDestinationType": ("cloud-watch-logs",),
    },
    "DeleteFlowLogs": _any("FlowLogIds"),
    "CreateTags": _any("Resources", "Tags"),
    "DeleteTags": _any("Resources", "Tags"),
}
"""Actions that change something, with their members."""

READING = frozenset(
    {
        *("DescribeAvailabilityZones", "DescribeRegions", "DescribeTags", "DescribeFlowLogs"),
        *("DescribeVpcs", "DescribeVpcAttribute", "DescribeSubnets", "DescribeRouteTables", "DescribeNetworkAcls"),
        *("DescribeSecurityGroups", "DescribeSecurityGroupRules", "DescribeNetworkInterfaces"),
        *("DescribeInternetGateways", "DescribeNatGateways", "DescribeVpnGateways"),
        *("DescribeVpcEndpoints", "DescribeVpcEndpointServices"),
        *("DescribePrefixLists", "DescribeManagedPrefixLists"),
    }
)
"""Actions that only tell. Of the gateways there are none."""

ACTIONS = CHANGES.keys() | READING

_TAGGED = {
    "CreateVpc": "vpc",
    "CreateSubnet": "subnet",
    "CreateRouteTable": "route-table",
    "CreateSecurityGroup": "security-group",
    "CreateFlowLogs": "vpc-flow-log",
    "CreateVpcEndpoint": "vpc-endpoint",
}
"""What TagSpecifications of an action may be about."""


_REQUIRED: Mapping[str, Sequence[str]] = {
    **{f"{verb}SecurityGroup{side}": ("GroupId",) for verb in ("Authorize", "Revoke") for side in _SIDES},
    **{f"UpdateSecurityGroupRuleDescriptions{side}": ("GroupId",) for side in _SIDES},
    "AssociateRouteTable": ("SubnetId",),
    "CreateFlowLogs": ("TrafficType",),
    "CreateSubnet": ("CidrBlock",),
    "CreateVpc": ("CidrBlock",),
    "CreateVpcEndpoint": ("ServiceName",),
    "DeleteSecurityGroup": ("GroupId",),
}
"""What the model leaves open, as it depends on members that are not here."""


def absent() -> frozenset[str]:
    """All the other actions of EC2."""
    return frozenset(get_service_model("ec2").operation_names) - ACTIONS


def check(action: str, request: Mapping[str, Any]) -> None:
    """Raise NotEmulated naming the first member or value without effect, or EC2ClientError for one that is missing."""
    if action in CHANGES and (found := first_unsupported(CHANGES[action], request)):
        raise NotEmulated(f"{action}: {found}")
    for name in _required(action):
        if request.get(name) in (None, "", []):
            raise MissingParameterError(name)
    for specification in request.get("TagSpecifications") or ():
        kind = specification.get("ResourceType")
        if kind != _TAGGED[action]:
            raise InvalidParameter(f"'{kind}' is not a valid taggable resource type for this operation.")
        if not specification.get("Tags"):
            raise InvalidParameter("Tag specification must have at least one tag")


def _required(action: str) -> Sequence[str]:
    shape = get_service_model("ec2").operation_model(action).input_shape
    return [*shape.required_members, *_REQUIRED.get(action, ())] if shape else ()
