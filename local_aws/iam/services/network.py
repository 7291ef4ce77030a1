"""EC2's networks: Service Authorization Reference, "Actions, resources, and condition keys for Amazon EC2"."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from local_aws.iam import context
from local_aws.iam.context import Context
from local_aws.iam.services.base import Call, Check, Rule, Service, anywhere, every, passes_role, same

_OF_ID = {
    "vpc": "VpcId",
    "subnet": "SubnetId",
    "route-table": "RouteTableId",
    "security-group": "GroupId",
}
"""Resource types, and the members that name one."""

_KINDS = {
    "vpc": "vpc",
    "subnet": "subnet",
    "rtb": "route-table",
    "sg": "security-group",
    "sgr": "security-group-rule",
    "fl": "vpc-flow-log",
    "vpce": "vpc-endpoint",
    "acl": "network-acl",
    "eni": "network-interface",
}
"""Resource types by how their ids begin."""


def _on(*kinds: str) -> Rule:
    """On what the request names; of kinds that it leaves out on nothing."""

    def rule(call: Call) -> Iterator[Check]:
        for kind in kinds:
            if named := call.get(_OF_ID[kind]):
                yield Check(f"ec2:{call.operation}", call.arn(f"{kind}/{named}"))

    return rule


def _makes(kind: str) -> Rule:
    """On the resource to be, whose id nobody knows yet; and `ec2:CreateTags` on it, when the call carries tags."""

    def rule(call: Call) -> Iterator[Check]:
        resource = call.arn(f"{kind}/*")
        tags = [tag for given in call.get("TagSpecifications") or () for tag in given.get("Tags") or ()]
        about = context.of_tags(tags) if tags else {}
        yield Check(f"ec2:{call.operation}", resource, Context.of(about))
        if tags:
            yield Check("ec2:CreateTags", resource, Context.of({**about, "ec2:CreateAction": call.operation}))

    return rule


def _each(member: str) -> Rule:
    """On each of the resources whose ids the request lists."""

    def rule(call: Call) -> Iterator[Check]:
        for named in call.get(member) or ():
            kind = _KINDS.get(named.partition("-")[0])
            yield Check(f"ec2:{call.operation}", call.arn(f"{kind}/{named}") if kind else "*")

    return rule


def _association(call: Call) -> Iterator[Check]:
    """The table and subnet of an association are not in the request."""
    yield Check(f"ec2:{call.operation}", call.arn("route-table/*"))


def _zone(call: Call) -> Iterator[Check]:
    """Private DNS is a hosted zone of Route 53's."""
    if call.get("PrivateDnsEnabled"):
        yield Check("route53:AssociateVPCWithHostedZone", "*")


_GROUP = _on("security-group")
_SIDES = ("Ingress", "Egress")

OPERATIONS: Mapping[str, Rule] = {
    "CreateVpc": _makes("vpc"),
    "CreateSubnet": every(_makes("subnet"), _on("vpc")),
    "CreateRouteTable": every(_makes("route-table"), _on("vpc")),
    "CreateSecurityGroup": every(_makes("security-group"), _on("vpc")),
    "CreateFlowLogs": every(
        _makes("vpc-flow-log"),
        _each("ResourceIds"),
        passes_role("DeliverLogsPermissionArn", to="vpc-flow-logs.amazonaws.com"),
    ),
    "CreateVpcEndpoint": every(
        _makes("vpc-endpoint"), _on("vpc"), _each("RouteTableIds"), _each("SubnetIds"), _each("SecurityGroupIds"), _zone
    ),
    "ModifyVpcEndpoint": every(
        lambda call: [Check(f"ec2:{call.operation}", call.arn(f"vpc-endpoint/{call.get('VpcEndpointId')}"))],
        *(
            _each(f"{verb}{kind}Ids")
            for verb in ("Add", "Remove")
            for kind in ("RouteTable", "Subnet", "SecurityGroup")
        ),
    ),
    "DeleteVpcEndpoints": _each("VpcEndpointIds"),
    **same(_on("vpc"), "DeleteVpc", "ModifyVpcAttribute", "ModifyVpcTenancy", "DescribeVpcAttribute"),
    **same(_on("subnet"), "DeleteSubnet", "ModifySubnetAttribute"),
    "DeleteRouteTable": _on("route-table"),
    "AssociateRouteTable": _on("route-table", "subnet"),
    "ReplaceRouteTableAssociation": every(_on("route-table"), _association),
    "DisassociateRouteTable": _association,
    "DeleteSecurityGroup": _GROUP,
    **same(_GROUP, *(f"{verb}SecurityGroup{side}" for verb in ("Authorize", "Revoke") for side in _SIDES)),
    **same(_GROUP, *(f"UpdateSecurityGroupRuleDescriptions{side}" for side in _SIDES)),
    "DeleteFlowLogs": _each("FlowLogIds"),
    **same(_each("Resources"), "CreateTags", "DeleteTags"),
    **same(
        anywhere,
        *("DescribeAvailabilityZones", "DescribeFlowLogs", "DescribeInternetGateways", "DescribeManagedPrefixLists"),
        *("DescribeNatGateways", "DescribeNetworkAcls", "DescribeNetworkInterfaces", "DescribePrefixLists"),
        *("DescribeRegions", "DescribeRouteTables", "DescribeSecurityGroupRules", "DescribeSecurityGroups"),
        *("DescribeSubnets", "DescribeTags", "DescribeVpcEndpointServices", "DescribeVpcEndpoints", "DescribeVpcs"),
        "DescribeVpnGateways",
    ),
}

EC2 = Service(prefix="ec2", models=("ec2",), operations=OPERATIONS)
