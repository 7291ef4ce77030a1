"""A function that makes the calls of AWS's services that it is told to."""

from __future__ import annotations

import json
import urllib.request
import uuid
from typing import Any

from tests.local_aws.awslambda.conftest import zipped
from tests.local_aws.conftest import LocalAws

CODE = """
import boto3, time
from botocore.exceptions import ClientError

def handler(event, context):
    client = boto3.client(event["service"], **event.get("client", {}))
    began = time.monotonic()
    try:
        answer = getattr(client, event["call"])(**event.get("arguments", {}))
    except ClientError as error:
        tries = error.response["ResponseMetadata"]["RetryAttempts"]
        return {**error.response["Error"], "tries": tries}
    if "Body" in answer:
        answer["Body"].read()
    return {"Code": None}

def lend(event, context):
    credentials = boto3.Session().get_credentials()
    return {
        "aws_access_key_id": credentials.access_key,
        "aws_secret_access_key": credentials.secret_key,
        "aws_session_token": credentials.token,
        "url": boto3.client("s3").generate_presigned_url("get_object", {"Bucket": event["bucket"], "Key": "k"}),
    }
"""


class Function:
    """One function that makes the calls it is told to."""

    def __init__(self, client: Any, role_arn: str, **settings: Any) -> None:
        self._client = client
        self.name = f"net-{uuid.uuid4().hex[:12]}"
        client.create_function(
            FunctionName=self.name,
            Runtime="python3.13",
            Role=role_arn,
            Handler="app.handler",
            Timeout=30,
            Code={"ZipFile": zipped({"app.py": CODE})},
            **settings,
        )

    def ask(self, event: dict[str, Any]) -> Any:
        answer = self._client.invoke(FunctionName=self.name, Payload=json.dumps(event))
        said = json.load(answer["Payload"])
        assert "FunctionError" not in answer, said
        return said

    def call(self, service: str, call: str, arguments: dict[str, Any] | None = None, **client: Any) -> Any:
        return self.ask({"service": service, "call": call, "arguments": arguments or {}, "client": client})

    def delete(self) -> None:
        self._client.delete_function(FunctionName=self.name)


def page(local_aws: LocalAws) -> Any:
    with urllib.request.urlopen(f"{local_aws.endpoint_url}/_local_aws/network") as answer:  # noqa: S310 - our own
        return json.load(answer)
