"""Roles of the server under test, and clients that act as them."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

DENIALS = {"AccessDenied", "AccessDeniedException", "AuthorizationError", "UnauthorizedOperation", "403"}
TRUST = {
    "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}]
}
ONE_TRY = Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"})


class Role:
    """A role that the tests give and take permissions."""

    def __init__(self, local_aws: Any, **properties: Any) -> None:
        self._aws = local_aws
        self._iam = local_aws.client("iam")
        self.name = f"role-{uuid.uuid4().hex[:12]}"
        created = self._iam.create_role(
            **{"RoleName": self.name, "AssumeRolePolicyDocument": json.dumps(TRUST), **properties}
        )
        self.arn: str = created["Role"]["Arn"]
        self._clients: dict[str, Any] = {}
        self._session = self.session()

    def session(self, **properties: Any) -> dict[str, str]:
        """New temporary credentials, as boto3 takes them."""
        sts = self._aws.client("sts")
        issued = sts.assume_role(**{"RoleArn": self.arn, "RoleSessionName": "tests", **properties})["Credentials"]
        return {
            "aws_access_key_id": issued["AccessKeyId"],
            "aws_secret_access_key": issued["SecretAccessKey"],
            "aws_session_token": issued["SessionToken"],
        }

    def may(self, *statements: dict[str, Any] | tuple[str, str]) -> None:
        """Replace what the role is allowed: whole statements, or pairs of an action and a resource."""
        written = [
            {"Effect": "Allow", "Action": given[0], "Resource": given[1]} if isinstance(given, tuple) else given
            for given in statements
        ]
        # A statement about nothing, for a policy must have one.
        written.append({"Effect": "Allow", "Action": "nothing:AtAll", "Resource": "*"})
        document = json.dumps({"Version": "2012-10-17", "Statement": written})
        self._iam.put_role_policy(RoleName=self.name, PolicyName="tests", PolicyDocument=document)

    def client(self, service: str, **session: str) -> Any:
        """A client that acts as the role; in a given session or in the role's first one."""
        if session:
            return self._new_client(service, session)
        if service not in self._clients:
            self._clients[service] = self._new_client(service, self._session)
        return self._clients[service]

    @staticmethod
    def denial(call: Callable[[], Any]) -> str | None:
        """The message of the denial a call ends in; None when it is not denied, whatever else it ends in."""
        try:
            call()
        except ClientError as error:
            known = error.response["Error"]
            return str(known["Message"]) if known["Code"] in DENIALS else None
        return None

    def signer(self, version: str) -> Any:
        """A client of S3 that signs with "s3" (Signature Version 2) or "s3v4"."""
        return self._new_client("s3", self._session, Config(signature_version=version))

    def _new_client(self, service: str, session: dict[str, str], config: Config = ONE_TRY) -> Any:
        where = {"region_name": self._aws.region, "endpoint_url": self._aws.endpoint_url}
        return boto3.client(service, config=config, **where, **session)


@pytest.fixture(scope="module")
def new_role(local_aws: Any) -> Callable[..., Role]:
    """Makes roles; keywords are those of CreateRole."""
    return lambda **properties: Role(local_aws, **properties)


@pytest.fixture(scope="module")
def role(new_role: Callable[..., Role]) -> Role:
    """One role for a whole file."""
    return new_role()


@pytest.fixture(scope="module")
def bucket(aws: Callable[[str], Any], local_aws: Any) -> str:
    """A bucket with an object `in/a`."""
    name = f"bucket-{uuid.uuid4().hex[:12]}"
    aws("s3").create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": local_aws.region})
    aws("s3").put_object(Bucket=name, Key="in/a", Body=b"a")
    return name
