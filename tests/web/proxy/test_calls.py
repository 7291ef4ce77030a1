"""The page's calls against the local AWS."""

from __future__ import annotations

import json
import socket
import struct
from datetime import UTC, datetime

import pytest

from tests.local_server import LocalAws
from tests.web.proxy.browser import Client
from tests.web.proxy.conftest import Deployed
from tests.web.proxy.stack import ENDPOINT, PARAMETER
from tests.web.proxy.upstream import Upstream
from web.proxy.answers import REPORT_POLICY, json_answer
from web.proxy.routes import SCHEMA


def test_config_names_the_deployment(client: Client, deployed: Deployed, local_aws: LocalAws) -> None:
    outputs = deployed.outputs
    assert client.ask("GET", "/config.json").json() == {
        "stage": "dev",
        "region": local_aws.region,
        "local": True,
        "state_machine": outputs["StateMachineArn"],
        "bucket": outputs["BucketName"],
        "endpoint": ENDPOINT,
        "version_parameter": PARAMETER,
        "api": True,
        "functions": {outputs["FunctionName"]: outputs["FunctionLogName"]},
        "log_groups": sorted([outputs["FunctionLogName"], outputs["MachineLogName"]]),
    }


def test_an_execution_is_started_and_followed(client: Client, deployed: Deployed) -> None:
    machine = {"stateMachineArn": deployed.outputs["StateMachineArn"]}
    started = client.aws("stepfunctions/StartExecution", {**machine, "input": '{"a": 1}'}).json()
    execution = {"executionArn": started["executionArn"]}
    at = datetime.fromisoformat(started["startDate"])
    assert at.tzinfo is not None
    assert abs((datetime.now(UTC) - at).total_seconds()) < 300
    assert set(started) == {"executionArn", "startDate"}
    described = client.aws("stepfunctions/DescribeExecution", execution).json()
    assert described["input"] == '{"a": 1}'
    events = client.aws("stepfunctions/GetExecutionHistory", execution).json()["events"]
    assert events[0]["type"] == "ExecutionStarted"
    listed = client.aws("stepfunctions/ListExecutions", machine).json()["executions"]
    assert started["executionArn"] in [each["executionArn"] for each in listed]
    assert "StartAt" in client.aws("stepfunctions/DescribeStateMachine", machine).json()["definition"]


def test_logs_and_the_version_are_read(client: Client, deployed: Deployed, local_aws: LocalAws) -> None:
    group, stream = deployed.outputs["FunctionLogName"], "2026/01/01/[$LATEST]abc"
    logs = local_aws.client("logs")
    logs.create_log_stream(logGroupName=group, logStreamName=stream)
    now = int(datetime.now(UTC).timestamp() * 1000)
    logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=[{"timestamp": now, "message": "Léon"}])
    read = client.aws("logs/GetLogEvents", {"logGroupName": group, "logStreamName": stream}).json()
    assert [event["message"] for event in read["events"]] == ["Léon"]
    assert client.aws("ssm/GetParameter", {"Name": PARAMETER}).json()["Parameter"]["Value"] == "none"


def test_errors_of_aws_keep_their_code_and_status(client: Client, deployed: Deployed) -> None:
    reply = client.aws("sagemaker/DescribeEndpoint", {"EndpointName": ENDPOINT})
    assert (reply.status, reply.code) == (400, "ValidationException")
    assert ENDPOINT in reply.message
    missing = deployed.outputs["StateMachineArn"].replace(":stateMachine:", ":execution:") + ":none"
    reply = client.aws("stepfunctions/DescribeExecution", {"executionArn": missing})
    assert (reply.status, reply.code) == (400, "ExecutionDoesNotExist")


def test_errors_of_boto3_are_the_callers(client: Client, deployed: Deployed) -> None:
    machine = deployed.outputs["StateMachineArn"]
    reply = client.aws("stepfunctions/ListExecutions", {"stateMachineArn": machine, "maxResults": "many"})
    assert (reply.status, reply.code) == (400, "ParamValidation")
    assert "maxResults" in reply.message


@pytest.mark.parametrize("body", [b"[]", b"nothing", b"\xff", b"[" * 100_000, b'"text"'], ids=range(5))
def test_parameters_are_a_json_object(client: Client, body: bytes) -> None:
    reply = client.ask("POST", "/aws/ssm/GetParameter", body)
    assert (reply.status, reply.code) == (400, "BadJson")


def test_other_calls_are_refused_over_http_too(client: Client) -> None:
    for call in ("iam/CreateUser", "stepfunctions/DeleteStateMachine", "ssm/PutParameter", "", "ssm", "ssm/a/b"):
        assert client.aws(call, {"Name": PARAMETER}).status == 403


def test_objects_and_reports_are_read(client: Client, deployed: Deployed, local_aws: LocalAws) -> None:
    bucket, s3 = deployed.outputs["BucketName"], local_aws.client("s3")
    report = b"<!doctype html><style>p{}</style>" + b"<p>report</p>" * 20_000
    for key, body in (
        ("models/run-1/manifest.json", b'{"format": 1}'),
        ("runs/run-1/result.json", b'{"decision": "deployed"}'),
        ("runs/run-1/report.html", report),
        ("runs/run-1/secret.json", b"secret"),
    ):
        s3.put_object(Bucket=bucket, Key=key, Body=body)
    assert client.ask("GET", "/object/models/run-1/manifest.json").json() == {"format": 1}
    assert client.ask("GET", "/object/runs/run%2D1/result.json").json() == {"decision": "deployed"}
    found = client.ask("GET", "/report/run-1")
    assert (found.status, found.body) == (200, report)
    assert found.headers["Content-Security-Policy"] == REPORT_POLICY
    assert "sandbox" in REPORT_POLICY
    assert client.aws("s3/ListObjectsV2", {"Bucket": bucket, "Prefix": "models/"}).json()["KeyCount"] == 1


@pytest.mark.parametrize(
    "path",
    [
        "/object/runs/run-1/secret.json",
        "/object/runs/run-1/report.html",
        "/object/models/a/b/manifest.json",
        "/object/models/../manifest.json",
        "/object/models//manifest.json",
        "/object/datasets/a/manifest.json",
        "/report/",
        "/report/..",
        "/report/a%2Fb",
        "/report/a%00",
        "/report/" + "a" * 81,
    ],
)
def test_other_objects_are_refused(client: Client, path: str) -> None:
    reply = client.ask("GET", path)
    assert (reply.status, reply.code) == (403, "NotAllowed")
    assert "expected" in reply.message


@pytest.mark.parametrize("path", ["/object/models/none/manifest.json", "/report/none"])
def test_missing_objects_are_404(client: Client, path: str) -> None:
    reply = client.ask("GET", path)
    assert (reply.status, reply.code) == (404, "NoSuchKey")


def test_the_schema_is_the_machines_own(client: Client) -> None:
    assert client.ask("GET", "/schema").json() == json.loads(SCHEMA.read_text())


def test_json_takes_what_boto3_answers() -> None:
    answer = json_answer({"nan": float("nan"), "bytes": b"\xff", "at": datetime(2026, 1, 2, tzinfo=UTC)})
    assert b"".join(answer.body) == b'{"nan": null, "bytes": "/w==", "at": "2026-01-02T00:00:00+00:00"}'


@pytest.mark.parametrize("is_reset", [True, False], ids=["reset", "closed"])
def test_a_browser_that_goes_away_leaves_no_traceback(
    client: Client, upstream: Upstream, is_reset: bool, capfd: pytest.CaptureFixture[str]
) -> None:
    upstream.received.clear()
    half = f"Origin: http://localhost:{client.port}\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{{"
    for line, rest in (("GET /large.txt", "\r\n"), ("POST /api/model", half)):
        with socket.create_connection(("127.0.0.1", client.port)) as raw:
            if is_reset:
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            raw.sendall(f"{line} HTTP/1.1\r\nHost: localhost:{client.port}\r\n{rest}".encode())
    for _ in range(5):
        assert client.ask("GET", "/config.json").status == 200
    assert upstream.received == [], "half a body went on to the API"
    assert capfd.readouterr().err == ""
