"""The resource types that can be deployed, by name. A type that is not here is refused by name."""

from __future__ import annotations

from local_aws.cloudformation.types.apigatewayv2 import Api, Integration, Route, Stage
from local_aws.cloudformation.types.awslambda import Function, LayerVersion, Permission
from local_aws.cloudformation.types.base import ResourceType
from local_aws.cloudformation.types.cdk import Metadata
from local_aws.cloudformation.types.cloudwatch import Alarm, CompositeAlarm, Dashboard
from local_aws.cloudformation.types.ecr import Repository
from local_aws.cloudformation.types.glue import Job
from local_aws.cloudformation.types.iam import ManagedPolicy, Policy, Role
from local_aws.cloudformation.types.kms import Alias, Key
from local_aws.cloudformation.types.logs import LogGroup, LogResourcePolicy
from local_aws.cloudformation.types.s3 import Bucket, BucketPolicy
from local_aws.cloudformation.types.sns import Subscription, Topic, TopicPolicy
from local_aws.cloudformation.types.sqs import Queue, QueuePolicy
from local_aws.cloudformation.types.ssm import Parameter
from local_aws.cloudformation.types.stepfunctions import StateMachine

TYPES: dict[str, ResourceType] = {
    made.type_name: made
    for made in (
        Alarm(),
        Alias(),
        Api(),
        Bucket(),
        BucketPolicy(),
        CompositeAlarm(),
        Dashboard(),
        Function(),
        Integration(),
        Job(),
        Key(),
        LayerVersion(),
        LogGroup(),
        LogResourcePolicy(),
        ManagedPolicy(),
        Metadata(),
        Parameter(),
        Permission(),
        Policy(),
        Queue(),
        QueuePolicy(),
        Repository(),
        Role(),
        Route(),
        Stage(),
        StateMachine(),
        Subscription(),
        Topic(),
        TopicPolicy(),
    )
}
