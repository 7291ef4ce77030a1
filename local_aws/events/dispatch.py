"""The way of an event: onto a bus, through the patterns of its rules, to their targets."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from moto.events.models import EventBus, Rule

from local_aws import iam
from local_aws.events import managed, targets
from local_aws.events.deliveries import (
    Deliveries,
    Delivery,
    DeliveryFailed,
    Given,
    RetryPolicy,
    attributes_of,
    dead_letter,
)
from local_aws.events.inputs import payload
from local_aws.events.patterns import matcher
from local_aws.events.targets import PRINCIPAL, Route
from local_aws.iam import AccessDenied
from local_aws.world import World

Event = Mapping[str, Any]


def envelope(
    source: str,
    detail_type: str,
    detail: Any,
    *,
    account: str,
    region: str,
    resources: Sequence[str] = (),
    time: datetime | None = None,
) -> dict[str, Any]:
    """An event as targets see it (EventBridge User Guide, "Event structure reference")."""
    moment = (time or datetime.now(UTC)).astimezone(UTC)
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": detail_type,
        "source": source,
        "account": account,
        "time": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": region,
        "resources": list(resources),
        "detail": detail,
    }


@dataclass(frozen=True)
class Dispatcher:
    """Sends events on their way; find_bus gives the bus of an ARN."""

    world: World
    deliveries: Deliveries
    find_bus: Callable[[str], EventBus]

    def put(self, bus: EventBus, event: Event, *, is_forwarded: bool = False) -> None:
        """Hand an event to the targets of all rules that it matches. A forwarded one is not forwarded again."""
        for rule in list(bus.rules.values()):
            pattern = rule.event_pattern.dump()
            if rule.state == "ENABLED" and pattern and not managed.is_managed(rule.name) and matcher(pattern)(event):
                self.fire(rule, event, is_forwarded=is_forwarded)

    def fire(self, rule: Rule, event: Event, *, is_forwarded: bool = False) -> None:
        """Hand an event to a rule's targets."""
        ingested = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        for target in list(rule.targets):
            route = Route(world=self.world, rule_arn=rule.arn, target=target, event_id=event["id"])
            if targets.is_bus(target["Arn"]):
                attempt = self._forwarding(route, event, is_forwarded=is_forwarded)
            else:
                attempt = _sending(route, event, ingested)
            self.deliveries.send(
                Delivery(
                    attempt=attempt,
                    given_up=_burying(route, event),
                    policy=RetryPolicy.of(target),
                    about=f"event {event['id']} of {rule.arn} for {target['Arn']}",
                )
            )

    def _forwarding(self, route: Route, event: Event, *, is_forwarded: bool) -> Callable[[int], None]:
        def attempt(_: int) -> None:
            if is_forwarded:
                message = "an event that came from another bus is not sent to a third"
                raise DeliveryFailed("THIRD_ACCOUNT_HOP_DETECTED", message, is_final=True)
            route.client("events")  # as which it is done, if the role lets itself be assumed
            try:
                iam.authorize(route.target["RoleArn"], "events:PutEvents", route.arn)
            except AccessDenied as error:
                raise DeliveryFailed("NO_PERMISSIONS", str(error), is_final=True) from error
            self.put(self.find_bus(route.arn), event, is_forwarded=True)

        return attempt


def _sending(route: Route, event: Event, ingested: str) -> Callable[[int], None]:
    return lambda _: targets.send(route, payload(route.target, event, rule_arn=route.rule_arn, ingested=ingested))


def _burying(route: Route, event: Event) -> Callable[[Given], None]:
    """The target's dead-letter queue, whose own policy must let the rule in, gets the event as it was."""

    def given_up(given: Given) -> None:
        queue_arn = (route.target.get("DeadLetterConfig") or {}).get("Arn")
        if not queue_arn:
            return
        client = route.world.client("sqs", region=queue_arn.split(":")[3])
        policy = targets.queue_policy(client, queue_arn)
        try:
            iam.authorize_service(PRINCIPAL, "sqs:SendMessage", queue_arn, policy=policy, context=route.context)
        except AccessDenied as error:
            raise DeliveryFailed("NO_PERMISSIONS", str(error), is_final=True) from error
        attributes = {"RULE_ARN": route.rule_arn, "TARGET_ARN": route.arn, **attributes_of(given)}
        dead_letter(client, queue_arn, json.dumps(event), attributes)

    return given_up
