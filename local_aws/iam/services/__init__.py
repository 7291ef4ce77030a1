"""Which permissions each API call needs: a table per service, by the name requests are signed for."""

from __future__ import annotations

from local_aws.iam.services.apigateway import APIGATEWAY
from local_aws.iam.services.base import Call, Check, Service
from local_aws.iam.services.budgets import BUDGETS
from local_aws.iam.services.compute import GLUE, LAMBDA, STATES
from local_aws.iam.services.deployment import CLOUDFORMATION, ECR, SSM
from local_aws.iam.services.dynamodb import DYNAMODB
from local_aws.iam.services.identity import IAM, KMS, STS
from local_aws.iam.services.messaging import EVENTS, SNS, SQS
from local_aws.iam.services.monitoring import CLOUDWATCH, LOGS, XRAY
from local_aws.iam.services.network import EC2
from local_aws.iam.services.s3 import S3
from local_aws.iam.services.sagemaker import SAGEMAKER
from local_aws.iam.services.scaling import SCALING
from local_aws.iam.services.scheduler import SCHEDULER

__all__ = ["BY_SIGNING_NAME", "Call", "Check", "Service"]

_SERVICES = (
    APIGATEWAY,
    BUDGETS,
    DYNAMODB,
    *(CLOUDFORMATION, EC2, ECR, EVENTS, GLUE, IAM, KMS, LAMBDA, LOGS),
    *(S3, SAGEMAKER, SCALING, SCHEDULER, SNS, SQS, SSM, STATES, STS, XRAY),
)

BY_SIGNING_NAME = {**{service.prefix: service for service in _SERVICES}, "monitoring": CLOUDWATCH}
