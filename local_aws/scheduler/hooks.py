"""Where this package meets moto: its store and its answers are put aside, its routes are used.

Each replacement has a contract test in tests/local_aws/scheduler/test_moto_contract.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, cast

from moto.core.responses import ActionResult, BaseResponse
from moto.core.utils import camelcase_to_underscores
from moto.scheduler.models import scheduler_backends
from moto.scheduler.responses import EventBridgeSchedulerResponse as Response

from local_aws.events.backend import Backend as Events
from local_aws.events.deliveries import Deliveries
from local_aws.members import ANY, Members, first_unsupported
from local_aws.sagemaker import constraints
from local_aws.scheduler.actions import OPERATIONS, Operation
from local_aws.scheduler.backend import Backend
from local_aws.scheduler.errors import NotEmulated
from local_aws.world import World

_TARGET = ("Arn", "RoleArn", "DeadLetterConfig", "RetryPolicy", "Input", "EventBridgeParameters", "SqsParameters")
_SCHEDULE: Members = {
    **dict.fromkeys(("Name", "GroupName", "ScheduleExpression", "StartDate", "EndDate", "Description"), ANY),
    **dict.fromkeys(("ScheduleExpressionTimezone", "State", "KmsKeyArn", "FlexibleTimeWindow", "ClientToken"), ANY),
    "ActionAfterCompletion": ANY,
    **{f"Target.{name}": ANY for name in _TARGET},
}
SUPPORTED: Mapping[str, Members] = {"CreateSchedule": _SCHEDULE, "UpdateSchedule": _SCHEDULE}
"""Members with an effect here; all of the other actions have one."""


def install(world: World) -> None:
    """Put schedules that are kept in the place of moto's; after EventBridge, with which they share the timetable."""
    Backend.world, Backend.timetable = world, Events.timetable
    Backend.deliveries = Deliveries(Backend.timetable)
    world.closing.append(Backend.deliveries.close)
    setattr(scheduler_backends, "backend", Backend)  # noqa: B010 - of another kind, which mypy refuses
    setattr(Response, "__init__", _init)  # noqa: B010 - replaces a method, which mypy refuses
    for action, operation in OPERATIONS.items():
        setattr(Response, camelcase_to_underscores(action), _performing(action, operation))


def _aware(value: Any) -> Any:
    """moto reads a request's times as UTC, and says so nowhere."""
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) else value


def _init(self: Response) -> None:
    BaseResponse.__init__(self, service_name="scheduler")
    self.automated_parameter_parsing = True


def _performing(action: str, operation: Operation) -> Callable[[Response], ActionResult]:
    # moto finds an action's handler by name among the functions of the class.
    def perform(self: Response) -> ActionResult:
        request = {name: _aware(value) for name, value in self._get_params().items()}
        constraints.check(action, request, service="scheduler")
        if action in SUPPORTED and (found := first_unsupported(SUPPORTED[action], request)):
            raise NotEmulated(f"{action}: {found}")
        return ActionResult(operation(cast(Backend, self.scheduler_backend), request))

    return perform
