"""The resource types that can be deployed, by name. A type that is not here is refused by name."""

from __future__ import annotations

from local_aws.cloudformation.types.apigatewayv2 import Api, Integration, Route, Stage
from local_aws.cloudformation.types.awslambda import Function, LayerVersion, Permission
from local_aws.cloudformation.types.base import ResourceType
from local_aws.cloudformation.types.budgets import Budget
from local_aws.cloudformation.types.cdk import Metadata
from local_aws.cloudformation.types.cloudwatch import Alarm, CompositeAlarm, Dashboard
from local_aws.cloudformation.types.custom import CustomResource, is_custom
from local_aws.cloudformation.types.dynamodb import Table
from local_aws.cloudformation.types.ec2_endpoints import VpcEndpoint
from local_aws.cloudformation.types.ec2_flow_log import FlowLog
from local_aws.cloudformation.types.ec2_network import RouteTable, Subnet, SubnetRouteTableAssociation, Vpc
from local_aws.cloudformation.types.ec2_security import SecurityGroup, SecurityGroupEgress, SecurityGroupIngress
from local_aws.cloudformation.types.ecr import Repository
from local_aws.cloudformation.types.events import EventBus, Rule
from local_aws.cloudformation.types.glue import Connection, Job
from local_aws.cloudformation.types.iam import ManagedPolicy, Policy, Role
from local_aws.cloudformation.types.kms import Alias, Key
from local_aws.cloudformation.types.logs import LogGroup, LogResourcePolicy
from local_aws.cloudformation.types.s3 import Bucket, BucketPolicy
from local_aws.cloudformation.types.sagemaker import ModelPackageGroup
from local_aws.cloudformation.types.scheduler import Schedule, ScheduleGroup
from local_aws.cloudformation.types.sns import Subscription, Topic, TopicPolicy
from local_aws.cloudformation.types.sqs import Queue, QueuePolicy
from local_aws.cloudformation.types.ssm import Parameter
from local_aws.cloudformation.types.stepfunctions import StateMachine


class _Types(dict[str, ResourceType]):
    """By name; `Custom::…` is a template's own name for a custom resource."""

    def __missing__(self, name: str) -> ResourceType:
        if is_custom(name):
            return self[CustomResource.type_name]
        raise KeyError(name)

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or (isinstance(name, str) and is_custom(name))


TYPES: dict[str, ResourceType] = _Types(
    (made.type_name, made)
    for made in (
        Alarm(),
        Alias(),
        Api(),
        Bucket(),
        BucketPolicy(),
        CompositeAlarm(),
        Dashboard(),
        Budget(),
        Connection(),
        CustomResource(),
        EventBus(),
        FlowLog(),
        Function(),
        Integration(),
        Job(),
        Key(),
        LayerVersion(),
        LogGroup(),
        LogResourcePolicy(),
        ManagedPolicy(),
        Metadata(),
        ModelPackageGroup(),
        Parameter(),
        Permission(),
        Policy(),
        Queue(),
        QueuePolicy(),
        Repository(),
        Role(),
        Route(),
        RouteTable(),
        Rule(),
        Schedule(),
        ScheduleGroup(),
        SecurityGroup(),
        SecurityGroupEgress(),
        SecurityGroupIngress(),
        Stage(),
        StateMachine(),
        Subnet(),
        SubnetRouteTableAssociation(),
        Subscription(),
        Topic(),
        TopicPolicy(),
        Table(),
        Vpc(),
        VpcEndpoint(),
    )
)
