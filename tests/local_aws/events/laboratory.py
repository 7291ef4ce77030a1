"""What tests of events are made with: rules, roles, queues to look into, and machines to be started."""

from __future__ import annotations

import io
import itertools
import json
import time
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

Found = TypeVar("Found")
DEADLINE_S = 60
ACCOUNT = "123456789012"
_numbers = itertools.count()
PASSING = {"StartAt": "Done", "States": {"Done": {"Type": "Pass", "End": True}}}


@dataclass(frozen=True)
class Lab:
    """Whatever it makes has a name of its own; what could go on by itself is removed by `clean_up`."""

    aws: Callable[[str], Any]
    prefix: str
    _undo: list[Callable[[], Any]] = field(default_factory=list)

    def name(self, stem: str) -> str:
        return f"{self.prefix}-{stem}-{next(_numbers)}"

    def clean_up(self) -> None:
        while self._undo:
            self._undo.pop()()

    def finally_do(self, undo: Callable[[], Any]) -> None:
        self._undo.append(undo)

    def role(self, service: str, *statements: tuple[str, str], context: Mapping[str, Any] | None = None) -> str:
        """A role that a service may assume and that allows (action, resource); its ARN."""
        iam, name = self.aws("iam"), self.name("role")
        trust = {"Effect": "Allow", "Principal": {"Service": f"{service}.amazonaws.com"}, "Action": "sts:AssumeRole"}
        if context:
            trust["Condition"] = {"StringEquals": dict(context)}
        made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(trust))
        if statements:
            allowed = [{"Effect": "Allow", "Action": action, "Resource": resource} for action, resource in statements]
            iam.put_role_policy(RoleName=name, PolicyName="allow", PolicyDocument=document(*allowed))
        return str(made["Role"]["Arn"])

    def queue(self, *, allows: str | None = None, **attributes: str) -> Queue:
        """A queue; `allows` is the ARN of the rule that may send to it."""
        name = self.name("queue") + (".fifo" if attributes.get("FifoQueue") else "")
        sqs = self.aws("sqs")
        url = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
        queue = Queue(sqs, url, f"arn:aws:sqs:eu-west-1:{ACCOUNT}:{name}")
        if allows:
            queue.allow(allows)
        return queue

    def rule(self, pattern: Mapping[str, Any] | None = None, **settings: Any) -> str:
        """A rule; its ARN."""
        events, name = self.aws("events"), self.name("rule")
        if pattern is not None:
            settings["EventPattern"] = json.dumps(pattern)
        arn = str(events.put_rule(Name=name, **settings)["RuleArn"])
        bus = {"EventBusName": settings["EventBusName"]} if "EventBusName" in settings else {}

        def undo() -> None:
            ids = [each["Id"] for each in events.list_targets_by_rule(Rule=name, **bus)["Targets"]]
            if ids:
                events.remove_targets(Rule=name, Ids=ids, **bus)
            events.delete_rule(Name=name, **bus)

        self.finally_do(undo)
        return arn

    def target(self, rule_arn: str, target_arn: str, **settings: Any) -> None:
        """Give the rule another target."""
        rule, bus = rule_arn.rpartition("/")[2], rule_arn.partition(":rule/")[2].rpartition("/")[0]
        target = {"Id": self.name("target"), "Arn": target_arn, **settings}
        self.aws("events").put_targets(Rule=rule, Targets=[target], **({"EventBusName": bus} if bus else {}))

    def put(self, source: str, detail: Any = None, **entry: Any) -> str:
        """Put an event on a bus; its id."""
        event = {"Source": source, "DetailType": "Test", "Detail": json.dumps(detail or {}), **entry}
        (answer,) = self.aws("events").put_events(Entries=[event])["Entries"]
        return str(answer["EventId"])

    def machine(self, definition: Mapping[str, Any] = PASSING) -> str:
        """A state machine; its ARN."""
        states = self.aws("stepfunctions")
        role = self.role("states")
        made = states.create_state_machine(
            name=self.name("machine"), definition=json.dumps(definition), roleArn=role, type="STANDARD"
        )
        self.finally_do(lambda: states.delete_state_machine(stateMachineArn=made["stateMachineArn"]))
        return str(made["stateMachineArn"])

    def executions(self, machine_arn: str) -> list[dict[str, Any]]:
        listed: list[dict[str, Any]] = self.aws("stepfunctions").list_executions(stateMachineArn=machine_arn)[
            "executions"
        ]
        return listed

    def input_of_the_execution(self, machine_arn: str) -> Any:
        """Await that there is one, and return what the first was started with."""
        *_, execution = until(lambda: self.executions(machine_arn))
        described = self.aws("stepfunctions").describe_execution(executionArn=execution["executionArn"])
        return json.loads(described["input"])

    def function(self, code: str, **environment: str) -> str:
        """A function whose handler is `index.handler`; its ARN."""
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as archive:
            archive.writestr("index.py", code)
        client = self.aws("lambda")
        made = client.create_function(
            FunctionName=self.name("function"),
            Runtime="python3.13",
            Handler="index.handler",
            Role=self.role("lambda", ("*", "*")),
            Timeout=30,
            Environment={"Variables": environment},
            Code={"ZipFile": stream.getvalue()},
        )
        self.finally_do(lambda: client.delete_function(FunctionName=made["FunctionName"]))
        return str(made["FunctionArn"])


@dataclass(frozen=True)
class Queue:
    """A queue to look into."""

    sqs: Any
    url: str
    arn: str

    def allow(self, source_arn: str) -> None:
        """Let EventBridge send, for this rule alone."""
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": self.arn,
            "Condition": {"ArnEquals": {"aws:SourceArn": source_arn}},
        }
        self.sqs.set_queue_attributes(QueueUrl=self.url, Attributes={"Policy": document(statement)})

    def messages(self, number: int = 1) -> list[dict[str, Any]]:
        """Await so many messages, and take them out."""
        found: list[dict[str, Any]] = []

        def enough() -> bool:
            found.extend(self._received())
            return len(found) >= number

        until(enough)
        return found

    def bodies(self, number: int = 1) -> list[Any]:
        """Those of so many messages, read as JSON."""
        return [json.loads(message["Body"]) for message in self.messages(number)]

    def is_empty(self) -> bool:
        """Whether there is nothing now; nothing that came meanwhile is lost."""
        attributes = self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=["ApproximateNumberOfMessages"])
        return int(attributes["Attributes"]["ApproximateNumberOfMessages"]) == 0

    def _received(self) -> list[dict[str, Any]]:
        answer = self.sqs.receive_message(
            QueueUrl=self.url, MaxNumberOfMessages=10, WaitTimeSeconds=1, MessageAttributeNames=["All"]
        )
        messages: list[dict[str, Any]] = answer.get("Messages", [])
        for message in messages:
            self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
        return messages


def document(*statements: Mapping[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def attributes(message: Mapping[str, Any]) -> dict[str, str]:
    """A dead letter's."""
    return {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}


def until(look: Callable[[], Found]) -> Found:
    """What `look` finds, once it finds something."""
    deadline = time.monotonic() + DEADLINE_S
    while not (found := look()):
        assert time.monotonic() < deadline, "the deadline has passed"
        time.sleep(0.02)
    return found
