"""What of EventBridge's API is here; docs/fidelity/events.md says what is behind it.

A member of a request that is not named here is refused by its name: a setting without effect would be a lie.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from local_aws.events.errors import NotEmulated
from local_aws.members import ANY, Members, first_unsupported

MOTOS = frozenset(
    {
        *("DescribeRule", "DisableRule", "EnableRule", "ListRuleNamesByTarget", "ListRules", "ListTargetsByRule"),
        *("DeleteEventBus", "DescribeEventBus", "ListEventBuses", "PutPermission", "RemovePermission"),
        *("ListTagsForResource", "TagResource", "UntagResource"),
    }
)
"""Actions that moto does well enough."""

_TARGET = ("Id", "Arn", "RoleArn", "Input", "InputPath", "InputTransformer", "RetryPolicy", "DeadLetterConfig")

SUPPORTED: Mapping[str, Members] = {
    "CreateEventBus": dict.fromkeys(("Name", "Description", "KmsKeyIdentifier", "Tags"), ANY),
    "UpdateEventBus": dict.fromkeys(("Name", "Description"), ANY),
    "PutRule": {
        **dict.fromkeys(
            ("Name", "ScheduleExpression", "EventPattern", "Description", "RoleArn", "Tags", "EventBusName"), ANY
        ),
        # The third state is for events of CloudTrail, which are not emitted.
        "State": ("ENABLED", "DISABLED"),
    },
    "DeleteRule": dict.fromkeys(("Name", "EventBusName", "Force"), ANY),
    "PutTargets": {
        **dict.fromkeys(("Rule", "EventBusName", "Targets.SqsParameters.MessageGroupId"), ANY),
        **{f"Targets.{name}": ANY for name in _TARGET},
    },
    "RemoveTargets": dict.fromkeys(("Rule", "EventBusName", "Ids", "Force"), ANY),
    "PutEvents": {
        f"Entries.{name}": ANY
        for name in ("Time", "Source", "Resources", "DetailType", "Detail", "EventBusName", "TraceHeader")
    },
    "TestEventPattern": dict.fromkeys(("EventPattern", "Event"), ANY),
}
"""Actions with checks of their own. Those that are neither here nor moto's are refused by name."""


def check(action: str, request: Mapping[str, Any]) -> None:
    """Raise NotEmulated naming the first member or value that would have no effect here."""
    if found := first_unsupported(SUPPORTED[action], request):
        raise NotEmulated(f"{action}: {found}")
