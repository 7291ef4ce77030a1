"""The deployed alarms, and a queue that hears of them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tests.e2e.conftest import PREFIX, Cloud

DEADLINE_S = 60
NAMES = {
    "executions-failed",
    "executions-timed-out",
    "executions-aborted",
    "drift",
    "endpoint-errors",
    "endpoint-latency",
    "challenger-errors",
    "challenger-latency",
    "api-function-errors",
    "api-errors",
}


@dataclass(frozen=True)
class Alarms:
    """Those of one stage, by their names after its prefix."""

    cloud: Cloud
    prefix: str = PREFIX

    def states(self) -> dict[str, str]:
        """OK, ALARM or INSUFFICIENT_DATA of each."""
        found = self.cloud.client("cloudwatch").describe_alarms(AlarmNamePrefix=f"{self.prefix}-")["MetricAlarms"]
        return {alarm["AlarmName"].removeprefix(f"{self.prefix}-"): alarm["StateValue"] for alarm in found}

    def ringing(self) -> set[str]:
        """Those in ALARM."""
        return {name for name, state in self.states().items() if state == "ALARM"}

    def await_states(self, wanted: dict[str, str], *, trying: Callable[[], object] = lambda: None) -> None:
        """Until each is in that state. trying: done again each time."""
        deadline = time.monotonic() + DEADLINE_S
        while not wanted.items() <= (states := self.states()).items():
            assert time.monotonic() < deadline, f"{wanted} expected, {states} there"
            trying()
            time.sleep(0.1)


@dataclass(frozen=True)
class Ear:
    """A queue that is subscribed to a topic."""

    cloud: Cloud
    url: str

    def await_news(self, name: str, state: str) -> dict[str, Any]:
        """The topic's message that the alarm is in that state now; others are passed over."""
        deadline = time.monotonic() + DEADLINE_S
        while time.monotonic() < deadline:
            heard = self.cloud.client("sqs").receive_message(QueueUrl=self.url, WaitTimeSeconds=1)
            for message in heard.get("Messages", []):
                self.cloud.client("sqs").delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
                news: dict[str, Any] = json.loads(json.loads(message["Body"])["Message"])
                if (news["AlarmName"], news["NewStateValue"]) == (f"{PREFIX}-{name}", state):
                    return news
        raise AssertionError(f"nobody said that {name} is {state}")


@contextmanager
def listening(cloud: Cloud) -> Iterator[Ear]:
    """Subscribe a queue to the stage's topic for a while."""
    sqs, sns = cloud.client("sqs"), cloud.client("sns")
    url = sqs.create_queue(QueueName="ear")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    topic = cloud.outputs["TopicArn"]
    subscription = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, ReturnSubscriptionArn=True)
    try:
        yield Ear(cloud, url)
    finally:
        sns.unsubscribe(SubscriptionArn=subscription["SubscriptionArn"])
        sqs.delete_queue(QueueUrl=url)
