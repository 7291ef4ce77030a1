"""What the calls of EC2's networks need."""

from __future__ import annotations

from typing import Any

from tests.local_aws.iam.services.needs import PASS, PASSED, TAGS, Call, arn, assert_needs_exactly, calls

VPC, SUBNET, TABLE, GROUP = "vpc-00000001", "subnet-00000001", "rtb-00000001", "sg-00000001"


def on(action: str, resource: str) -> tuple[str, str]:
    return f"ec2:{action}", arn("ec2", resource)


IN_VPC, IN_GROUP = f"vpc/{VPC}", f"security-group/{GROUP}"
CALLS: list[Call] = [
    ("ec2", "create_vpc", {"CidrBlock": "x"}, [on("CreateVpc", "vpc/*")]),
    (
        "ec2",
        "create_vpc",
        {"CidrBlock": "x", "TagSpecifications": [{"ResourceType": "vpc", "Tags": TAGS}]},
        [on("CreateVpc", "vpc/*"), on("CreateTags", "vpc/*")],
    ),
    ("ec2", "modify_vpc_attribute", {"VpcId": VPC}, [on("ModifyVpcAttribute", IN_VPC)]),
    ("ec2", "delete_vpc", {"VpcId": VPC}, [on("DeleteVpc", IN_VPC)]),
    (
        "ec2",
        "create_subnet",
        {"VpcId": VPC, "CidrBlock": "10.0.0.0/24"},
        [on("CreateSubnet", "subnet/*"), on("CreateSubnet", IN_VPC)],
    ),
    ("ec2", "delete_subnet", {"SubnetId": SUBNET}, [on("DeleteSubnet", f"subnet/{SUBNET}")]),
    (
        "ec2",
        "create_route_table",
        {"VpcId": VPC},
        [on("CreateRouteTable", "route-table/*"), on("CreateRouteTable", IN_VPC)],
    ),
    (
        "ec2",
        "associate_route_table",
        {"RouteTableId": TABLE, "SubnetId": SUBNET},
        [on("AssociateRouteTable", f"route-table/{TABLE}"), on("AssociateRouteTable", f"subnet/{SUBNET}")],
    ),
    (
        "ec2",
        "create_security_group",
        {"GroupName": "g", "Description": "d", "VpcId": VPC},
        [on("CreateSecurityGroup", "security-group/*"), on("CreateSecurityGroup", IN_VPC)],
    ),
    (
        "ec2",
        "authorize_security_group_egress",
        {"GroupId": GROUP, "IpPermissions": []},
        [on("AuthorizeSecurityGroupEgress", IN_GROUP)],
    ),
    ("ec2", "delete_security_group", {"GroupId": GROUP}, [on("DeleteSecurityGroup", IN_GROUP)]),
    (
        "ec2",
        "create_flow_logs",
        {
            "ResourceIds": [VPC],
            "ResourceType": "VPC",
            "TrafficType": "ALL",
            "LogGroupName": "g",
            "DeliverLogsPermissionArn": PASSED,
        },
        [on("CreateFlowLogs", "vpc-flow-log/*"), on("CreateFlowLogs", IN_VPC), PASS],
    ),
    (
        "ec2",
        "create_vpc_endpoint",
        {
            "VpcId": VPC,
            "ServiceName": "x",
            "SubnetIds": [SUBNET],
            "SecurityGroupIds": [GROUP],
            "RouteTableIds": [TABLE],
            "PrivateDnsEnabled": True,
        },
        [
            *(on("CreateVpcEndpoint", what) for what in ("vpc-endpoint/*", IN_VPC, IN_GROUP)),
            *(on("CreateVpcEndpoint", what) for what in (f"subnet/{SUBNET}", f"route-table/{TABLE}")),
            ("route53:AssociateVPCWithHostedZone", "*"),
        ],
    ),
    (
        "ec2",
        "modify_vpc_endpoint",
        {"VpcEndpointId": "vpce-1", "AddSubnetIds": [SUBNET]},
        [on("ModifyVpcEndpoint", "vpc-endpoint/vpce-1"), on("ModifyVpcEndpoint", f"subnet/{SUBNET}")],
    ),
    ("ec2", "delete_vpc_endpoints", {"VpcEndpointIds": ["vpce-1"]}, [on("DeleteVpcEndpoints", "vpc-endpoint/vpce-1")]),
    ("ec2", "delete_flow_logs", {"FlowLogIds": ["fl-1"]}, [on("DeleteFlowLogs", "vpc-flow-log/fl-1")]),
    (
        "ec2",
        "create_tags",
        {"Resources": [VPC, GROUP], "Tags": TAGS},
        [on("CreateTags", IN_VPC), on("CreateTags", IN_GROUP)],
    ),
    *(
        ("ec2", f"describe_{what}", {}, [(f"ec2:Describe{action}", "*")])
        for what, action in (
            ("vpcs", "Vpcs"),
            ("subnets", "Subnets"),
            ("security_groups", "SecurityGroups"),
            ("network_interfaces", "NetworkInterfaces"),
        )
    ),
]


@calls(CALLS)
def test_call_needs_exactly_these_permissions(role: Any, call: Call) -> None:
    assert_needs_exactly(role, call)


def test_an_action_without_a_mapping_is_refused_by_name(role: Any) -> None:
    role.may(("ec2:*", "*"))
    said = role.denial(lambda: role.client("ec2").describe_images())
    assert said is not None
    assert "ec2:DescribeImages" in said
