"""What SageMaker checks before it makes a model: an artifact, and a role that may read it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

IMAGE = "438346466558.dkr.ecr.eu-west-1.amazonaws.com/factorization-machines:1"
ARTIFACT = "models/model.tar.gz"
_SERVICES = ["scheduler.amazonaws.com", "states.amazonaws.com", "sagemaker.amazonaws.com"]


def role(aws: Callable[[str], Any], name: str, *allowed: str) -> str:
    """A role that several services may assume, allowed those actions; its ARN."""
    statement = {"Effect": "Allow", "Principal": {"Service": _SERVICES}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": statement})
    arn: str = aws("iam").create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    policy = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": list(allowed), "Resource": "*"}}
    aws("iam").put_role_policy(RoleName=name, PolicyName="allowed", PolicyDocument=json.dumps(policy))
    return arn


def model_and_config(aws: Callable[[str], Any], name: str, *, bucket: str, role_arn: str) -> None:
    """Of the same name. The role may read the bucket's objects."""
    aws("s3").put_object(Bucket=bucket, Key=ARTIFACT, Body=b"x")
    aws("sagemaker").create_model(ModelName=name, PrimaryContainer=container(bucket), ExecutionRoleArn=role_arn)
    variant = {"VariantName": "main", "ModelName": name, "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    aws("sagemaker").create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])


def container(bucket: str) -> dict[str, str]:
    """What serves."""
    return {"Image": IMAGE, "ModelDataUrl": f"s3://{bucket}/{ARTIFACT}"}
