"""Where a function's log goes, in which form, and by whose permission."""

from __future__ import annotations

import json
import time
import uuid
from dataclasses import dataclass
from typing import Any
from urllib.request import urlopen

import pytest

EVENT = {"do": "log", "printed": "printed line", "logged": "logged line"}


@dataclass(frozen=True)
class Audit:
    """The local AWS's own page of IAM checks."""

    url: str

    def denials(self, role: str) -> set[str]:
        """Actions that the role was refused."""
        name = role.rpartition("/")[2]
        with urlopen(self.url) as page:  # noqa: S310 - the local AWS's own http address
            return {denial["action"] for denial in json.load(page)["denials"] if denial["role"] == name}

    def wait_for_denial(self, role: str, action: str) -> None:
        """Delivery comes after the answer."""
        deadline = time.monotonic() + 10
        while action not in (found := self.denials(role)):
            assert time.monotonic() < deadline, f"{action} is not in {found}"
            time.sleep(0.05)


@pytest.fixture(scope="module")
def audit(local_aws: Any) -> Audit:
    return Audit(f"{local_aws.endpoint_url}/_local_aws/iam")


def messages(logs: Any, group: str, *, until: str) -> list[str]:
    """Everything in the group, once a line holding `until` is there: delivery comes after the answer."""
    deadline = time.monotonic() + 10
    found: list[str] = []
    while not any(until in message for message in found):
        assert time.monotonic() < deadline, f"{until!r} is not in {found}"
        time.sleep(0.05)
        groups = logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]
        if any(each["logGroupName"] == group for each in groups):
            found = [event["message"] for event in logs.filter_log_events(logGroupName=group)["events"]]
    return found


def test_lines_reach_the_default_group(functions: Any, aws: Any) -> None:
    name = functions.create()
    result = functions.invoke(name, EVENT)
    found = messages(aws("logs"), f"/aws/lambda/{name}", until=f"REPORT RequestId: {result.request_id}")
    assert found == result.log.splitlines()
    assert found[1:4:2] == ["module loaded, ñ", "printed line"]


def test_lines_reach_the_group_of_logging_config(functions: Any, aws: Any) -> None:
    group = f"/lam/{uuid.uuid4().hex}"
    aws("logs").create_log_group(logGroupName=group)
    name = functions.create(LoggingConfig={"LogGroup": group})
    result = functions.invoke(name, {"do": "process"})
    assert "START RequestId" in messages(aws("logs"), group, until=result.request_id)[2]
    assert result.payload["environment"]["AWS_LAMBDA_LOG_GROUP_NAME"] == group
    streams = aws("logs").describe_log_streams(logGroupName=group)["logStreams"]
    assert [each["logStreamName"] for each in streams] == [result.payload["environment"]["AWS_LAMBDA_LOG_STREAM_NAME"]]


def test_role_of_one_group_writes_there_and_asks_for_nothing_more(functions: Any, aws: Any, audit: Any) -> None:
    group = f"/lam/{uuid.uuid4().hex}"
    aws("logs").create_log_group(logGroupName=group)
    arn = f"arn:aws:logs:*:*:log-group:{group}:*"
    role = functions.create_role(Action=["logs:CreateLogStream", "logs:PutLogEvents"], Resource=arn)
    name = functions.create(Role=role, LoggingConfig={"LogGroup": group})
    result = functions.invoke(name, EVENT)
    assert messages(aws("logs"), group, until=f"REPORT RequestId: {result.request_id}") == result.log.splitlines()
    assert audit.denials(role) == set()


def test_log_that_the_role_may_not_write_is_dropped(functions: Any, aws: Any, audit: Any) -> None:
    role = functions.create_role()
    name = functions.create(Role=role)
    result = functions.invoke(name, EVENT)
    assert (result.error, "printed line" in result.log) == (None, True)
    audit.wait_for_denial(role, "logs:CreateLogStream")
    assert aws("logs").describe_log_groups(logGroupNamePrefix=f"/aws/lambda/{name}")["logGroups"] == []


def test_json_format_structures_platform_and_application_lines(functions: Any) -> None:
    name = functions.create(LoggingConfig={"LogFormat": "JSON", "ApplicationLogLevel": "DEBUG"})
    result = functions.invoke(name, EVENT)
    lines = [json.loads(line) for line in result.log.splitlines() if line.startswith("{")]
    kinds = [line["type"] for line in lines if "type" in line]
    assert kinds == ["platform.initStart", "platform.start", "platform.report"]
    logged = next(line for line in lines if line.get("message") == "logged line")
    assert (logged["level"], logged["requestId"]) == ("INFO", result.request_id)
    report = lines[-1]["record"]
    assert (report["requestId"], report["status"]) == (result.request_id, "success")
    assert report["metrics"]["memorySizeMB"] == 128


def test_system_level_warn_hides_what_went_well(functions: Any) -> None:
    config = {"LogFormat": "JSON", "SystemLogLevel": "WARN"}
    name = functions.create(LoggingConfig=config)
    assert "platform." not in functions.invoke(name, EVENT).log
    failed = functions.invoke(name, {"do": "fail", "message": "x"}).log
    assert json.loads(failed.splitlines()[-1])["record"]["errorType"] == "ValueError"
