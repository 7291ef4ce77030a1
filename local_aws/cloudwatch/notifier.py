"""Calls the actions of alarms: SNS topics, which must let CloudWatch publish."""

from __future__ import annotations

import logging
import threading
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from local_aws import iam
from local_aws.cloudwatch import messages
from local_aws.cloudwatch.alarms import Alarm, State
from local_aws.world import World

if TYPE_CHECKING:
    from local_aws.cloudwatch.backend import Backend

SERVICE = "cloudwatch.amazonaws.com"
"""As whom CloudWatch publishes ("Amazon SNS access policies for alarms")."""

_log = logging.getLogger(__name__)


class Change(NamedTuple):
    """An alarm that got from one state into another."""

    backend: Backend
    alarm: Alarm
    before: State
    state: State
    actions: list[str]


class Notifier:
    """One thread, so that what changes later is told later; a topic's subscribers do not hold up the evaluation."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._changes: SimpleQueue[Change] = SimpleQueue()
        threading.Thread(target=self._tell_for_ever, name="alarm actions", daemon=True).start()

    def tell(self, backend: Backend, alarm: Alarm, before: State, state: State) -> None:
        """Have the actions of the new state called some time soon, those that are set and enabled now."""
        actions = alarm.actions(state.value) if alarm.actions_enabled else []
        self._changes.put(Change(backend, alarm, before, state, actions))

    def _tell_for_ever(self) -> None:
        while True:
            change = self._changes.get()
            self._emit(change)
            for action in change.actions:
                self._act(change, action)

    def _act(self, change: Change, action: str) -> None:
        try:
            self._publish(change, action)
            error = ""
        except (iam.IamError, ClientError, BotoCoreError) as refused:
            error = str(refused)
        except Exception as failed:  # noqa: BLE001 - a thread has no caller, and the next action is none the worse
            _log.exception("%s: %s", change.alarm.alarm_arn, action)
            error = f"{type(failed).__name__}: {failed}"
        summary = f"Successfully executed action {action}"
        if error:
            summary = f'Failed to execute action {action}. Received error: "{error}"'
        data = {
            "actionState": "Failed" if error else "Succeeded",
            "stateUpdateTimestamp": int(change.state.since.timestamp() * 1000),
            "notificationResource": action,
            **({"error": error} if error else {}),
        }
        change.backend.note(change.alarm, "Action", summary, data)

    def _emit(self, change: Change) -> None:
        self._world.emit(
            "aws.cloudwatch",
            "CloudWatch Alarm State Change",
            messages.detail(change.alarm, change.before, change.state),
            region=change.backend.region_name,
            resources=[change.alarm.alarm_arn],
        )

    def _publish(self, change: Change, topic: str) -> None:
        """Raises iam.AccessDenied when the topic's policy does not let CloudWatch in, ClientError when it is gone."""
        region = topic.split(":")[3]
        sns: Any = self._world.client("sns", region=region)
        policy = sns.get_topic_attributes(TopicArn=topic)["Attributes"].get("Policy")
        account = self._world.account
        context = {
            "aws:SourceArn": change.alarm.alarm_arn,
            "aws:SourceAccount": account,
            # What the policy of a topic that has no other asks for; SNS knows it for any caller of an account.
            "aws:SourceOwner": account,
        }
        iam.authorize_service(SERVICE, "sns:Publish", topic, policy=policy, context=context)
        source = change.backend.region_name
        sns.publish(
            TopicArn=topic,
            Subject=messages.subject(change.alarm, change.state, source),
            Message=messages.message(change.alarm, change.before, change.state, account=account, region=source),
        )
