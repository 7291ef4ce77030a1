"""Models of known parameters behind endpoints of a local AWS, made by boto3 as anybody makes them."""

from __future__ import annotations

import contextlib
import io
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import boto3

from fm import artifact
from fm.model import FactorizationMachine
from infra.image_accounts import ACCOUNTS, REPOSITORY, TAG
from prep.inference import Predictions, decode_response
from runner.children import Children
from runner.isolation import client_variables, isolate
from runner.server import LocalAws

_REGION = "eu-west-1"
_BUCKET = "conformance"
_ROLE = "endpoints"
_ACTIONS = ("s3:GetObject", "s3:ListBucket", "logs:*", "cloudwatch:PutMetricData")


@dataclass(frozen=True, eq=False)
class Account:
    """One account; ``variables`` are the environment in which any AWS client reaches it."""

    variables: Mapping[str, str]

    @cache  # noqa: B019 - there is one for as long as the process runs
    def client(self, service: str) -> Any:
        """A boto3 client that takes everything from the environment."""
        return boto3.client(service)

    def serve(self, models: Mapping[str, FactorizationMachine]) -> None:
        """An endpoint of each name; returns when all are in service."""
        self.client("s3").create_bucket(Bucket=_BUCKET, CreateBucketConfiguration={"LocationConstraint": _REGION})
        role = self._role()
        for name, model in models.items():
            self._create(name, model, role)
        for name in models:
            self.client("sagemaker").get_waiter("endpoint_in_service").wait(
                EndpointName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 60}
            )

    def ask(self, endpoint: str, body: bytes, *, content_type: str) -> Predictions:
        """What the endpoint answers to boto3, in the type of the request."""
        answer = self.client("sagemaker-runtime").invoke_endpoint(
            EndpointName=endpoint, Body=body, ContentType=content_type, Accept=content_type
        )
        return decode_response(answer["Body"].read(), content_type=answer["ContentType"])

    def _create(self, name: str, model: FactorizationMachine, role: str) -> None:
        key, sagemaker = f"{name}/model.tar.gz", self.client("sagemaker")
        stream = io.BytesIO()
        artifact.save(stream, model, {"predictor_type": model.predictor_type})
        self.client("s3").put_object(Bucket=_BUCKET, Key=key, Body=stream.getvalue())
        image = f"{ACCOUNTS[_REGION]}.dkr.ecr.{_REGION}.amazonaws.com/{REPOSITORY}:{TAG}"
        container = {"Image": image, "ModelDataUrl": f"s3://{_BUCKET}/{key}"}
        sagemaker.create_model(ModelName=name, PrimaryContainer=container, ExecutionRoleArn=role)
        variant = {"VariantName": "all", "ModelName": name, "InitialInstanceCount": 1, "InstanceType": "ml.m5.large"}
        sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
        sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)

    def _role(self) -> str:
        trust = {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
        allow = {"Effect": "Allow", "Action": _ACTIONS, "Resource": "*"}
        iam = self.client("iam")
        created = iam.create_role(RoleName=_ROLE, AssumeRolePolicyDocument=_policy(trust))
        iam.put_role_policy(RoleName=_ROLE, PolicyName="serve", PolicyDocument=_policy(allow))
        arn: str = created["Role"]["Arn"]
        return arn


@contextlib.contextmanager
def account() -> Iterator[Account]:
    """An account of a local AWS that lives as long as the block; this process's environment is about it from then on.

    Raises ServerFailed.
    """
    isolate(os.environ)
    with tempfile.TemporaryDirectory() as folder, Children() as children:
        url = LocalAws(children, folder=Path(folder), log=Path(folder, "server.log")).url()
        variables = client_variables(url, _REGION)
        os.environ.update(variables)
        yield Account(variables)


def _policy(statement: Mapping[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
