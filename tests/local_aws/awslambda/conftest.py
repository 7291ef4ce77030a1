"""Roles and functions, deployed over HTTP from zips built here."""

from __future__ import annotations

import base64
import io
import json
import stat
import uuid
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

PROBE = """
import logging, os, pathlib, subprocess, sys, time

print("module loaded, ñ")
logging.getLogger().setLevel("INFO")

def handler(event, context):
    return globals()[event["do"]](event, context)

def echo(event, context):
    return event["value"]

def process(event, context):
    return {"pid": os.getpid(), "environment": dict(os.environ), "path": sys.path, "folder": os.getcwd()}

def about(event, context):
    return {
        "request_id": context.aws_request_id,
        "arn": context.invoked_function_arn,
        "name": context.function_name,
        "version": context.function_version,
        "memory_mb": context.memory_limit_in_mb,
        "remaining_ms": context.get_remaining_time_in_millis(),
        "client": context.client_context.custom if context.client_context else None,
    }

def fail(event, context):
    raise ValueError(event["message"])

def leave(event, context):
    print("about to leave")
    sys.exit(event["status"])

def kill(event, context):
    os.kill(os.getpid(), 9)

def hang(event, context):
    time.sleep(60)

def repeat(event, context):
    return "x" * event["length"]

def whoami(event, context):
    import boto3
    return boto3.client("sts").get_caller_identity()["Arn"]

def log(event, context):
    print(event["printed"])
    logging.info(event["logged"])

def touch(event, context):
    pathlib.Path(event["path"]).write_text(str(os.getpid()))

def meet(event, context):
    folder = pathlib.Path(event["folder"])
    (folder / event["name"]).touch()
    while len(list(folder.iterdir())) < event["expected"]:
        time.sleep(0.01)
    return os.getpid()
"""


def zipped(files: Mapping[str, str | bytes]) -> bytes:
    """A zip of these files, readable by all."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            member = zipfile.ZipInfo(name)
            member.external_attr = (stat.S_IFREG | 0o644) << 16
            archive.writestr(member, content)
    return buffer.getvalue()


@pytest.fixture(scope="session", name="zipped")
def zipped_fixture() -> Callable[[Mapping[str, str | bytes]], bytes]:
    return zipped


@dataclass(frozen=True)
class Result:
    """An answer of Invoke. payload: parsed, None where it is empty."""

    status: int
    payload: Any
    error: str | None
    log: str
    version: str | None
    request_id: str


@dataclass(frozen=True)
class Functions:
    """Creates and invokes functions as the account's operator."""

    client: Any
    iam: Any
    role: str

    def create(self, code: str | Mapping[str, str | bytes] = PROBE, **settings: Any) -> str:
        """A function of a fresh name, whose handler is `app.handler`."""
        files = {"app.py": code} if isinstance(code, str) else code
        defaults: dict[str, Any] = {
            "Runtime": "python3.13",
            "Role": self.role,
            "Handler": "app.handler",
            "Timeout": 20,
            "Code": {"ZipFile": zipped(files)},
        }
        name = f"lam-{uuid.uuid4().hex[:12]}"
        self.client.create_function(FunctionName=name, **(defaults | settings))
        return name

    def update_code(self, name: str, code: str) -> None:
        """Deploy another `app.py`."""
        self.client.update_function_code(FunctionName=name, ZipFile=zipped({"app.py": code}))

    def layer(self, files: Mapping[str, str | bytes]) -> str:
        """The ARN of a new layer version."""
        name = f"lam-{uuid.uuid4().hex[:12]}"
        version = self.client.publish_layer_version(LayerName=name, Content={"ZipFile": zipped(files)})
        return str(version["LayerVersionArn"])

    def invoke(self, name: str, event: Any = None, **options: Any) -> Result:
        """Invoke and read everything that comes back."""
        payload = {"Payload": json.dumps(event)} if event is not None else {}
        answer = self.client.invoke(FunctionName=name, LogType="Tail", **(payload | options))
        body = answer["Payload"].read()
        return Result(
            status=answer["StatusCode"],
            payload=json.loads(body) if body else None,
            error=answer.get("FunctionError"),
            log=base64.b64decode(answer.get("LogResult", "")).decode(),
            version=answer.get("ExecutedVersion"),
            request_id=answer["ResponseMetadata"]["RequestId"],
        )

    def create_role(self, *, trusted: str = "lambda.amazonaws.com", **policy: Any) -> str:
        """A role that a service may assume, with one inline policy statement."""
        name = f"lam-{uuid.uuid4().hex[:12]}"
        trust = {"Effect": "Allow", "Principal": {"Service": trusted}, "Action": "sts:AssumeRole"}
        role = self.iam.create_role(
            RoleName=name, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        )
        if policy:
            document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **policy}]}
            self.iam.put_role_policy(RoleName=name, PolicyName="inline", PolicyDocument=json.dumps(document))
        return str(role["Role"]["Arn"])


@pytest.fixture(scope="session")
def functions(aws: Callable[[str], Any]) -> Functions:
    bare = Functions(aws("lambda"), aws("iam"), "")
    log = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]
    role = bare.create_role(Action=[*log, "xray:PutTraceSegments", "sqs:SendMessage"], Resource="*")
    return Functions(bare.client, bare.iam, role)


@pytest.fixture(scope="session")
def probe(functions: Functions) -> Iterator[str]:
    """One function that does what its event says: `{"do": "echo", "value": 1}`."""
    name = functions.create(Environment={"Variables": {"COLOUR": "blue"}})
    yield name
    functions.client.delete_function(FunctionName=name)
