"""What the tests of CloudWatch share: names that nobody else uses, a topic with a queue behind it, alarms awaited."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

DEADLINE_S = 60.0
POLL_S = 0.05
ACCOUNT = "123456789012"


def name(prefix: str = "cw") -> str:
    return f"{prefix}-{uuid.uuid4().hex[:12]}"


def eventually(what: Callable[[], Any]) -> Any:
    """What it answers, as soon as that is true."""
    deadline = time.monotonic() + DEADLINE_S
    while not (found := what()):
        assert time.monotonic() < deadline, what
        time.sleep(POLL_S)
    return found


@dataclass(frozen=True)
class Lab:
    """The local AWS, as its operator sees it."""

    aws: Callable[[str], Any]
    made: list[str] = field(default_factory=list)
    """Alarms to be deleted, in this order."""

    @property
    def cloudwatch(self) -> Any:
        return self.aws("cloudwatch")

    def topic(self) -> tuple[str, Inbox]:
        """A topic's ARN, and where its messages arrive."""
        sns, sqs = self.aws("sns"), self.aws("sqs")
        topic = sns.create_topic(Name=name("topic"))["TopicArn"]
        url = sqs.create_queue(QueueName=name("queue"))["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
        return topic, Inbox(sqs, url)

    def put(self, namespace: str, metric: str, value: float, **more: Any) -> None:
        self.cloudwatch.put_metric_data(
            Namespace=namespace, MetricData=[{"MetricName": metric, "Value": value, **more}]
        )

    def alarm(self, namespace: str, **settings: Any) -> str:
        """A metric alarm on `Errors` of the namespace: more than none in the last minute."""
        defaults: dict[str, Any] = {
            "AlarmName": name("alarm"),
            "Namespace": namespace,
            "MetricName": "Errors",
            "Statistic": "Sum",
            "Period": 60,
            "EvaluationPeriods": 1,
            "Threshold": 0,
            "ComparisonOperator": "GreaterThanThreshold",
            "TreatMissingData": "notBreaching",
        }
        if "Metrics" in settings:
            for of_one_metric in ("Namespace", "MetricName", "Statistic", "Period"):
                defaults.pop(of_one_metric)
        request = {name: value for name, value in (defaults | settings).items() if value is not None}
        self.cloudwatch.put_metric_alarm(**request)
        self.made.append(request["AlarmName"])
        return str(request["AlarmName"])

    def composite(self, rule: str, **settings: Any) -> str:
        made = name("composite")
        self.cloudwatch.put_composite_alarm(AlarmName=made, AlarmRule=rule, **settings)
        self.made.insert(0, made)
        return made

    def describe(self, alarm: str) -> Mapping[str, Any]:
        kinds = ["MetricAlarm", "CompositeAlarm"]
        answer = self.cloudwatch.describe_alarms(AlarmNames=[alarm], AlarmTypes=kinds)
        alarms: list[dict[str, Any]] = answer["MetricAlarms"] + answer["CompositeAlarms"]
        return alarms[0]

    def await_state(self, alarm: str, state: str) -> Mapping[str, Any]:
        eventually(lambda: self.describe(alarm)["StateValue"] == state)
        return self.describe(alarm)

    def history(self, alarm: str, kind: str) -> list[dict[str, Any]]:
        """The oldest first."""
        answer = self.cloudwatch.describe_alarm_history(
            AlarmName=alarm, HistoryItemType=kind, ScanBy="TimestampAscending"
        )
        return list(answer["AlarmHistoryItems"])

    def sums(self, namespace: str, metric: str, dimensions: Mapping[str, str], *, stat: str = "Sum") -> list[float]:
        """A statistic of all that was measured in the last hour: one value, or none."""
        now = datetime.now(UTC)
        answer = self.cloudwatch.get_metric_statistics(
            Namespace=namespace,
            MetricName=metric,
            Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
            StartTime=now - timedelta(minutes=30),
            EndTime=now + timedelta(minutes=30),
            Period=3600,
            Statistics=[stat],
        )
        return [point[stat] for point in answer["Datapoints"]]

    def clean_up(self) -> None:
        for alarm in self.made:
            self.cloudwatch.delete_alarms(AlarmNames=[alarm])


@dataclass(frozen=True)
class Inbox:
    """A queue that is subscribed to a topic."""

    sqs: Any
    url: str

    def messages(self) -> Iterator[dict[str, Any]]:
        """Every notification that arrives, as it arrives."""
        while True:
            yield eventually(self._next)

    def _next(self) -> dict[str, Any] | None:
        for message in self.sqs.receive_message(QueueUrl=self.url).get("Messages", []):
            self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
            found: dict[str, Any] = json.loads(message["Body"])
            return found
        return None
