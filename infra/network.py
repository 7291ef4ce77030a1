"""A network of the stage's own, where it asks for one: no way in or to the internet, one to each service called."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from aws_cdk import Aws, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from constructs import Construct, DependencyGroup

from infra.logs import log_group
from infra.permissions import Permission
from infra.settings import Stage

_ID: Final = "Network"
_CIDR: Final = "10.0.0.0/20"
_SUBNET_BITS: Final = 23
"""500 addresses: each instance, each Glue worker and each of Lambda's shared interfaces takes one."""
_ZONES: Final = 2
_HTTPS: Final = ec2.Port.tcp(443)
_AWS = ec2.InterfaceVpcEndpointAwsService
INTERFACES: Final[Mapping[str, ec2.InterfaceVpcEndpointAwsService]] = {
    "ApplicationAutoScaling": _AWS.APPLICATION_AUTOSCALING,
    "CloudFormation": _AWS.CLOUDFORMATION,
    "Glue": _AWS.GLUE,
    "Logs": _AWS.CLOUDWATCH_LOGS,
    "SageMaker": _AWS.SAGEMAKER_API,
    "SageMakerRuntime": _AWS.SAGEMAKER_RUNTIME,
    "Scheduler": _AWS("scheduler"),
    "Ssm": _AWS.SSM,
    "States": _AWS.STEP_FUNCTIONS,
}
"""Services that functions call, and what runs Spark: by name in the template."""


class Network(Construct):
    """Functions, trainings, models and Spark's workers are in it; `is_left`: they are on their way out.

    What they call is reached by `ways` alone: they come after those, and whatever calls while the stack goes before.
    """

    def __init__(self, scope: Construct, *, stage: Stage) -> None:
        super().__init__(scope, _ID)
        self.is_left = stage.vpc == "leaving"
        self.vpc = ec2.Vpc(
            self,
            "Vpc",
            ip_addresses=ec2.IpAddresses.cidr(_CIDR),
            max_azs=_ZONES,
            nat_gateways=0,
            subnet_configuration=[
                ec2.SubnetConfiguration(
                    name="Private", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED, cidr_mask=_SUBNET_BITS
                )
            ],
            # The CDK closes the default group by a function in JavaScript. Nothing here is in that group.
            restrict_default_security_group=False,
        )
        self._keep_flow_logs(stage)
        self.functions = self._callers("Functions", "Functions", stage)
        self.jobs = self._callers("Jobs", "Trainings, models and Spark", stage)
        # Instances of a training and workers of a Glue job choose their ports (Glue, "Setting up Amazon VPC").
        self.jobs.add_ingress_rule(self.jobs, ec2.Port.all_tcp(), "Instances of one job")
        self.jobs.add_egress_rule(self.jobs, ec2.Port.all_tcp(), "Instances of one job")
        routed = [subnet.internet_connectivity_established for subnet in self.vpc.isolated_subnets]
        self.ways = DependencyGroup(*routed, self._gateway(), *self._interfaces(stage))

    def of_sagemaker(self) -> dict[str, object]:
        """The VpcConfig of trainings and models."""
        return {
            "Subnets": [subnet.subnet_id for subnet in self.vpc.isolated_subnets],
            "SecurityGroupIds": [self.jobs.security_group_id],
        }

    def _keep_flow_logs(self, stage: Stage) -> None:
        """Who talked to whom, and who was not let."""
        log = log_group(self, "FlowLog", stage=stage)
        logs = f"arn:{Aws.PARTITION}:ec2:{Aws.REGION}:{Aws.ACCOUNT_ID}:vpc-flow-log/*"
        service = iam.ServicePrincipal(
            "vpc-flow-logs.amazonaws.com",
            conditions={"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}, "ArnLike": {"aws:SourceArn": logs}},
        )
        role = iam.Role(self, "FlowLogRole", assumed_by=service)
        self.vpc.add_flow_log("Flows", destination=ec2.FlowLogDestination.to_cloud_watch_logs(log, role))

    def _callers(self, id_: str, of: str, stage: Stage) -> ec2.SecurityGroup:
        """They are called by nobody."""
        group = self._group(id_, f"{of} of {stage.name}")
        group.add_egress_rule(ec2.Peer.any_ipv4(), _HTTPS, "Endpoints and S3: no route leads further")
        return group

    def _gateway(self) -> ec2.GatewayVpcEndpoint:
        """To S3, which costs nothing. Custom resources answer CloudFormation by addresses that are signed for them."""
        gateway = self.vpc.add_gateway_endpoint("S3", service=ec2.GatewayVpcEndpointAwsService.S3)
        gateway.add_to_policy(_of_this_account())
        gateway.add_to_policy(
            iam.PolicyStatement(
                principals=[iam.AnyPrincipal()],
                actions=["s3:PutObject"],
                resources=[f"arn:{Aws.PARTITION}:s3:::cloudformation-custom-resource-response-*/*"],
            )
        )
        return gateway

    def _interfaces(self, stage: Stage) -> list[ec2.InterfaceVpcEndpoint]:
        """To all else; each costs by the hour and zone."""
        group = self._group("Endpoints", f"Endpoints of {stage.name}")
        group.add_ingress_rule(self.functions, _HTTPS, "Functions")
        group.add_ingress_rule(self.jobs, _HTTPS, "Trainings, models and Spark")
        made = [
            self.vpc.add_interface_endpoint(id_, service=service, security_groups=[group], open=False)
            for id_, service in INTERFACES.items()
        ]
        for interface in made:
            interface.add_to_policy(_of_this_account())
        return made

    def _group(self, id_: str, description: str) -> ec2.SecurityGroup:
        return ec2.SecurityGroup(self, id_, vpc=self.vpc, description=description, allow_all_outbound=False)


def network_of(scope: Construct) -> Network | None:
    """That of the scope's stack, where it has one."""
    found = Stack.of(scope).node.try_find_child(_ID)
    return found if isinstance(found, Network) else None


def entered(scope: Construct) -> Network | None:
    """The same, unless it is being left."""
    network = network_of(scope)
    return None if network is None or network.is_left else network


def place_of_function(scope: Construct) -> dict[str, Any]:
    """Arguments of lambda.Function."""
    network = entered(scope)
    return {"vpc": network.vpc, "security_groups": [network.functions]} if network else {}


def place_of_job(scope: Construct) -> dict[str, object]:
    """Arguments of CreateTrainingJob, of a training in a tuning job, and of CreateModel."""
    network = entered(scope)
    return {"VpcConfig": network.of_sagemaker()} if network else {}


def let_function_join(role: iam.Role) -> None:
    """What Lambda asks of a function's role (AWS managed policy AWSLambdaENIManagementAccess), and not for its code
    (Lambda, "Giving Lambda functions access to resources in an Amazon VPC": lambda:SourceFunctionArn)."""
    for permission in _may_join(role, "AssignPrivateIpAddresses", "UnassignPrivateIpAddresses"):
        permission.grant(role)
        functions = f"arn:{Aws.PARTITION}:lambda:{Aws.REGION}:{Aws.ACCOUNT_ID}:function:*"
        role.add_to_principal_policy(
            iam.PolicyStatement(
                effect=iam.Effect.DENY,
                actions=list(permission.actions),
                resources=["*"],
                conditions={"ArnLike": {"lambda:SourceFunctionArn": functions}},
            )
        )


def sagemaker_may_join(scope: Construct) -> list[Permission]:
    """What SageMaker asks of a job's and a model's role ("Roles": CreateTrainingJob and CreateModel in a VPC)."""
    of_interfaces = ("CreateNetworkInterfacePermission", "DeleteNetworkInterfacePermission")
    return _may_join(scope, *of_interfaces, *_describe("DhcpOptions", "SecurityGroups", "Subnets", "Vpcs"))


def glue_may_join(scope: Construct) -> list[Permission]:
    """What Glue asks of a job's role (AWS managed policy AWSGlueServiceRole): it marks its interfaces by a tag."""
    described = _describe("RouteTables", "SecurityGroups", "Subnets", "VpcAttribute", "VpcEndpoints")
    marks = Permission(
        actions=["ec2:CreateTags", "ec2:DeleteTags"],
        resources=[f"arn:{Aws.PARTITION}:ec2:{Aws.REGION}:{Aws.ACCOUNT_ID}:network-interface/*"],
        conditions={"ForAllValues:StringEquals": {"aws:TagKeys": ["aws-glue-service-resource"]}},
        because="EC2 makes up the ids of interfaces",
    )
    found = _may_join(scope, *described)
    return [*found, marks] if found else []


def _describe(*kinds: str) -> list[str]:
    return [f"Describe{kind}" for kind in kinds]


def _may_join(scope: Construct, *further: str) -> list[Permission]:
    if network_of(scope) is None:
        return []
    actions = ("CreateNetworkInterface", "DeleteNetworkInterface", "DescribeNetworkInterfaces", *further)
    because = "as AWS's policies have it: EC2 makes up the ids of interfaces, and what describes knows no resource"
    return [Permission(actions=[f"ec2:{action}" for action in actions], resources=["*"], because=because)]


def _of_this_account() -> iam.PolicyStatement:
    """Who comes with another account's credentials gets nothing out; roles have their own policies."""
    return iam.PolicyStatement(
        principals=[iam.AnyPrincipal()],
        actions=["*"],
        resources=["*"],
        conditions={"StringEquals": {"aws:PrincipalAccount": Aws.ACCOUNT_ID}},
    )
