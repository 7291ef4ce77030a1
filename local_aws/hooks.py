"""Puts this package's services in the place of moto's, in the one order that works."""

from __future__ import annotations

import importlib

from moto.core.config import default_user_config

from local_aws.world import World

# The interpreter's modules read moto's configuration and its clients when they are imported, so it comes first.
# Middlewares are put around moto in the order of their installation: IAM decides before anything is refused by name.
# CloudFormation is the last: the answers of custom resources come in past IAM, as by a presigned URL.
SERVICES = (
    *("stepfunctions", "awslambda", "sagemaker", "autoscaling", "glue", "apigateway", "s3"),
    *("budgets", "cloudwatch", "dynamodb", "ec2", "events", "logs", "scheduler", "sns", "sqs"),
    *("emulation", "iam", "cloudformation"),
)


def install(world: World) -> None:
    """Configure moto and install each service's hooks; call once per process, before the first request."""
    default_user_config["stepfunctions"]["execute_state_machine"] = True
    default_user_config["lambda"]["use_docker"] = False
    default_user_config["iam"]["load_aws_managed_policies"] = True
    for service in SERVICES:
        importlib.import_module(f"local_aws.{service}").install(world)
