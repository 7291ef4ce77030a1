"""A whole network as the CDK's own constructs write it: deployed, looked at, changed and taken down again."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_glue as glue
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs

from tests.local_aws.cloudformation.conftest import Deployer

INTERFACES = {
    "Logs": ec2.InterfaceVpcEndpointAwsService.CLOUDWATCH_LOGS,
    "Glue": ec2.InterfaceVpcEndpointAwsService.GLUE,
    "Images": ec2.InterfaceVpcEndpointAwsService.ECR_DOCKER,
    "SageMaker": ec2.InterfaceVpcEndpointAwsService.SAGEMAKER_API,
    "Runtime": ec2.InterfaceVpcEndpointAwsService.SAGEMAKER_RUNTIME,
    "Scheduler": ec2.InterfaceVpcEndpointAwsService("scheduler"),
}
Resources = dict[str, Any]


def synthesized(**changed: Any) -> Resources:
    """Two zones without a way out; flow logs; a group for what works and one for the endpoints; a Glue connection."""
    app = cdk.App()
    stack = cdk.Stack(app, "Network", synthesizer=cdk.LegacyStackSynthesizer())
    vpc = ec2.Vpc(
        stack,
        "Vpc",
        ip_addresses=ec2.IpAddresses.cidr("10.20.0.0/16"),
        max_azs=2,
        nat_gateways=0,
        create_internet_gateway=False,
        restrict_default_security_group=False,
        subnet_configuration=[
            ec2.SubnetConfiguration(name="Private", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED, cidr_mask=20)
        ],
    )
    _keep_flow_logs(stack, vpc)
    work = ec2.SecurityGroup(stack, "Work", vpc=vpc, allow_all_outbound=False, description="What works")
    ends = ec2.SecurityGroup(stack, "Ends", vpc=vpc, allow_all_outbound=False)
    work.add_ingress_rule(work, ec2.Port.all_tcp(), "each other")
    work.add_egress_rule(work, ec2.Port.all_tcp(), "each other")
    work.add_egress_rule(ends, ec2.Port.tcp(443), changed.get("description", "endpoints"))
    ends.add_ingress_rule(work, ec2.Port.tcp(443))
    ends.add_ingress_rule(ec2.Peer.ipv4(vpc.vpc_cidr_block), ec2.Port.tcp(changed.get("port", 443)))
    s3 = vpc.add_gateway_endpoint("S3", service=ec2.GatewayVpcEndpointAwsService.S3)
    s3.add_to_policy(iam.PolicyStatement(principals=[iam.AnyPrincipal()], actions=["s3:*"], resources=["*"]))
    vpc.add_gateway_endpoint("Tables", service=ec2.GatewayVpcEndpointAwsService.DYNAMODB)
    for name, service in INTERFACES.items():
        vpc.add_interface_endpoint(name, service=service, security_groups=[ends], open=False)
    vpc.add_interface_endpoint("Own", service=ec2.InterfaceVpcEndpointAwsService.STS)
    _connect_glue(stack, vpc, work)
    resources: Resources = app.synth().get_stack_by_name("Network").template["Resources"]
    return resources


def _keep_flow_logs(stack: cdk.Stack, vpc: ec2.Vpc) -> None:
    group = logs.LogGroup(stack, "Flows", removal_policy=cdk.RemovalPolicy.DESTROY)
    role = iam.Role(stack, "FlowRole", assumed_by=iam.ServicePrincipal("vpc-flow-logs.amazonaws.com"))
    vpc.add_flow_log("Flow", destination=ec2.FlowLogDestination.to_cloud_watch_logs(group, role))


def _connect_glue(stack: cdk.Stack, vpc: ec2.Vpc, group: ec2.SecurityGroup) -> None:
    subnet = vpc.isolated_subnets[0]
    place = glue.CfnConnection.PhysicalConnectionRequirementsProperty(
        availability_zone=subnet.availability_zone,
        security_group_id_list=[group.security_group_id],
        subnet_id=subnet.subnet_id,
    )
    what = glue.CfnConnection.ConnectionInputProperty(connection_type="NETWORK", physical_connection_requirements=place)
    glue.CfnConnection(stack, "Connection", catalog_id=stack.account, connection_input=what)


def everything(deployer: Deployer) -> dict[str, list[str]]:
    """All there is of networks in the region, and all connections."""
    client = deployer.client("ec2")
    kinds = {
        "vpcs": "Vpcs",
        "subnets": "Subnets",
        "route_tables": "RouteTables",
        "network_acls": "NetworkAcls",
        "security_groups": "SecurityGroups",
        "security_group_rules": "SecurityGroupRules",
        "vpc_endpoints": "VpcEndpoints",
        "network_interfaces": "NetworkInterfaces",
        "flow_logs": "FlowLogs",
        "tags": "Tags",
    }
    found = {kind: sorted(map(str, getattr(client, f"describe_{kind}")()[key])) for kind, key in kinds.items()}
    return found | {"connections": sorted(map(str, deployer.client("glue").get_connections()["ConnectionList"]))}


def of_type(resources: Mapping[str, Any], kind: str) -> list[str]:
    return [name for name, declared in resources.items() if declared["Type"] == kind]


@pytest.fixture(scope="module")
def resources() -> Resources:
    return synthesized()


def test_the_whole_network_comes_and_goes(deployer: Deployer, resources: Resources) -> None:
    before, client = everything(deployer), deployer.client("ec2")
    name = deployer.create(resources)
    held = deployer.physical(name)
    (vpc,) = (held[logical] for logical in of_type(resources, "AWS::EC2::VPC"))
    inside = [{"Name": "vpc-id", "Values": [vpc]}]
    subnets = client.describe_subnets(Filters=inside)["Subnets"]
    assert sorted((each["AvailabilityZone"], each["CidrBlock"]) for each in subnets) == [
        ("eu-west-1a", "10.20.0.0/20"),
        ("eu-west-1b", "10.20.16.0/20"),
    ]
    endpoints = client.describe_vpc_endpoints(Filters=inside)["VpcEndpoints"]
    interfaces = client.describe_network_interfaces(Filters=inside)["NetworkInterfaces"]
    assert len(endpoints) == len(of_type(resources, "AWS::EC2::VPCEndpoint")) == 2 + len(INTERFACES) + 1
    assert len(interfaces) == 2 * (len(INTERFACES) + 1)
    blocks = {each["SubnetId"]: ipaddress.ip_network(each["CidrBlock"]) for each in subnets}
    assert all(ipaddress.ip_address(each["PrivateIpAddress"]) in blocks[each["SubnetId"]] for each in interfaces)
    deployer.api.delete_stack(StackName=name)
    assert everything(deployer) == before


def test_nothing_changes_where_the_template_does_not(deployer: Deployer, resources: Resources) -> None:
    name = deployer.create(resources)
    before = deployer.physical(name)
    deployer.update(name, {**resources, "More": {"Type": "AWS::SNS::Topic"}})
    assert deployer.status(name) == "UPDATE_COMPLETE", deployer.reasons(name)
    assert {logical: each for logical, each in deployer.physical(name).items() if logical != "More"} == before


def test_other_rules_are_changed_in_place(deployer: Deployer, resources: Resources) -> None:
    name = deployer.create(resources)
    before = deployer.physical(name)
    deployer.update(name, synthesized(description="all endpoints", port=444))
    assert deployer.status(name) == "UPDATE_COMPLETE", deployer.reasons(name)
    assert deployer.physical(name) == before
    (ends,) = (held for logical, held in before.items() if logical.startswith("Ends") and held.startswith("sg-"))
    asked = [{"Name": "group-id", "Values": [ends]}]
    rules = deployer.client("ec2").describe_security_group_rules(Filters=asked)["SecurityGroupRules"]
    assert {rule["FromPort"] for rule in rules if rule.get("CidrIpv4") == "10.20.0.0/16"} == {444}


def test_a_network_that_fails_leaves_nothing(deployer: Deployer, resources: Resources) -> None:
    before = everything(deployer)
    (connection,) = of_type(resources, "AWS::Glue::Connection")
    broken = {**resources, "Last": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "not a name"}}}
    broken["Last"]["DependsOn"] = connection
    name = deployer.attempt(broken)
    assert deployer.status(name) == "ROLLBACK_COMPLETE"
    assert deployer.reasons(name).keys() >= {"Last"}
    assert everything(deployer) == before
