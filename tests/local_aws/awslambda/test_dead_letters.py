"""Events that a function fails for good: what its dead-letter queue gets, and what is lost all the same."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

LATER = {"InvocationType": "Event"}
DEADLINE_S = 60
ACCOUNT = "123456789012"
LONG = "ü" * 600
"""1,200 bytes."""
PASSES_ITS_SECOND_TIME = """
import pathlib

def handler(event, context):
    here = pathlib.Path(event["folder"])
    tries = len(list(here.iterdir()))
    (here / str(tries)).write_text(context.aws_request_id)
    if tries < event["failures"]:
        raise ValueError("not yet")
"""
NO_PERMISSION = "The provided execution role does not have permissions to call SendMessage on SQS"


@dataclass(frozen=True)
class Queue:
    client: Any
    url: str
    arn: str

    @property
    def config(self) -> dict[str, str]:
        return {"TargetArn": self.arn}

    def letter(self) -> dict[str, Any]:
        """The next message; waits for it."""
        deadline = time.monotonic() + DEADLINE_S
        while time.monotonic() < deadline:
            answer = self.client.receive_message(QueueUrl=self.url, MessageAttributeNames=["All"], WaitTimeSeconds=1)
            for message in answer.get("Messages", []):
                self.client.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
                found: dict[str, Any] = message
                return found
        raise AssertionError("no letter came")


@pytest.fixture
def queue(aws: Callable[[str], Any]) -> Iterator[Queue]:
    client, name = aws("sqs"), f"dead-{uuid.uuid4().hex[:12]}"
    url = client.create_queue(QueueName=name)["QueueUrl"]
    yield Queue(client, url, f"arn:aws:sqs:eu-west-1:{ACCOUNT}:{name}")
    client.delete_queue(QueueUrl=url)


def test_the_queue_gets_the_event_as_it_was_and_why_it_failed(functions: Any, queue: Queue) -> None:
    name = functions.create(DeadLetterConfig=queue.config)
    event = {"do": "fail", "message": LONG}
    called = functions.invoke(name, event, **LATER)
    letter = queue.letter()
    assert json.loads(letter["Body"]) == event
    attributes = {key: (each["DataType"], each["StringValue"]) for key, each in letter["MessageAttributes"].items()}
    assert attributes == {
        "RequestID": ("String", called.request_id),
        "ErrorCode": ("Number", "200"),
        "ErrorMessage": ("String", LONG[:512]),
    }


def test_an_error_without_a_message_has_no_such_attribute(functions: Any, queue: Queue) -> None:
    name = functions.create(DeadLetterConfig=queue.config)
    functions.invoke(name, {"do": "fail", "message": ""}, **LATER)
    assert queue.letter()["MessageAttributes"].keys() == {"RequestID", "ErrorCode"}


@pytest.mark.parametrize("failures", [1, 2, 3])
def test_an_event_is_tried_three_times_with_one_request_id(
    functions: Any, queue: Queue, tmp_path: Any, failures: int
) -> None:
    name = functions.create(PASSES_ITS_SECOND_TIME, DeadLetterConfig=queue.config)
    tried = tmp_path / "tried"
    tried.mkdir()
    event = {"folder": str(tried), "failures": failures}
    called = functions.invoke(name, event, **LATER)
    if failures == 3:
        assert json.loads(queue.letter()["Body"]) == event
    else:
        _wait_for(lambda: len(list(tried.iterdir())) == failures + 1)
        last = tmp_path / "last"
        last.mkdir()
        functions.invoke(name, {"folder": str(last), "failures": 3}, **LATER)
        assert json.loads(queue.letter()["Body"])["folder"] == str(last), "of the one before there is none"
    assert len(list(tried.iterdir())) == min(failures + 1, 3)
    assert {path.read_text() for path in tried.iterdir()} == {called.request_id}


def test_a_role_that_may_not_send_is_refused(functions: Any, queue: Queue) -> None:
    log = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]
    role = functions.create_role(Action=log, Resource="*")
    with pytest.raises(ClientError, match=NO_PERMISSION) as refused:
        functions.create(Role=role, DeadLetterConfig=queue.config)
    assert refused.value.response["Error"]["Code"] == "InvalidParameterValueException"
    name = functions.create(Role=role)
    update = functions.client.update_function_configuration
    with pytest.raises(ClientError, match=NO_PERMISSION):
        update(FunctionName=name, DeadLetterConfig=queue.config)
    update(FunctionName=name, Role=functions.role, DeadLetterConfig=queue.config)
    with pytest.raises(ClientError, match=NO_PERMISSION):
        update(FunctionName=name, Role=role)
    update(FunctionName=name, Role=role, DeadLetterConfig={"TargetArn": ""})
    assert "DeadLetterConfig" not in functions.client.get_function_configuration(FunctionName=name)


def test_a_topic_is_refused_by_name(functions: Any) -> None:
    topic = {"TargetArn": f"arn:aws:sns:eu-west-1:{ACCOUNT}:any"}
    with pytest.raises(ClientError, match=r"DeadLetterConfig arn:aws:sns.*: the local AWS sends .* to queues only"):
        functions.create(DeadLetterConfig=topic)


def test_a_letter_that_reaches_no_queue_is_counted(functions: Any, aws: Callable[[str], Any]) -> None:
    name = functions.create(DeadLetterConfig={"TargetArn": f"arn:aws:sqs:eu-west-1:{ACCOUNT}:nowhere"})
    functions.invoke(name, {"do": "fail", "message": "no"}, **LATER)
    _wait_for(lambda: _sums(aws("cloudwatch"), name, "DeadLetterErrors") == [1])
    assert _sums(aws("cloudwatch"), name, "Errors") == [3]


def _wait_for(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _sums(cloudwatch: Any, function: str, metric: str) -> list[float]:
    now = datetime.now(UTC)
    answer = cloudwatch.get_metric_statistics(
        Namespace="AWS/Lambda",
        MetricName=metric,
        Dimensions=[{"Name": "FunctionName", "Value": function}],
        StartTime=now - timedelta(minutes=30),
        EndTime=now + timedelta(minutes=30),
        Period=3600,
        Statistics=["Sum"],
    )
    return [point["Sum"] for point in answer["Datapoints"]]
