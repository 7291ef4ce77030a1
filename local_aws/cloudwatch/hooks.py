"""Where this package meets moto: the one place that replaces its private parts.

Each replacement has a contract test in tests/local_aws/cloudwatch/test_moto_contract.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import wraps
from typing import Any, cast

from moto.cloudwatch.models import cloudwatch_backends
from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.responses import ActionResult, EmptyResult
from moto.core.utils import camelcase_to_underscores, get_service_model
from moto.logs.models import LogsBackend

from local_aws.cloudwatch import alarm_actions, dashboards, data_actions, embedded, supported
from local_aws.cloudwatch.backend import Backend
from local_aws.cloudwatch.errors import ValidationError
from local_aws.cloudwatch.notifier import Notifier
from local_aws.cloudwatch.watch import Watch
from local_aws.sagemaker import constraints
from local_aws.sagemaker.errors import ValidationException
from local_aws.world import World

Operation = Callable[[Backend, dict[str, Any]], dict[str, Any] | None]

OPERATIONS: Mapping[str, Operation] = {
    "PutMetricData": data_actions.put_data,
    "GetMetricData": data_actions.get_data,
    "GetMetricStatistics": data_actions.get_statistics,
    "ListMetrics": data_actions.list_metrics,
    "PutMetricAlarm": alarm_actions.put_metric_alarm,
    "PutCompositeAlarm": alarm_actions.put_composite_alarm,
    "DescribeAlarms": alarm_actions.describe,
    "DescribeAlarmsForMetric": alarm_actions.describe_for_metric,
    "DescribeAlarmHistory": alarm_actions.history,
    "DeleteAlarms": alarm_actions.delete,
    "SetAlarmState": alarm_actions.set_state,
    "EnableAlarmActions": alarm_actions.enable_actions,
    "DisableAlarmActions": alarm_actions.disable_actions,
    "PutDashboard": dashboards.put,
}
MOTOS = frozenset(
    {
        *("GetDashboard", "ListDashboards", "DeleteDashboards"),
        *("TagResource", "UntagResource", "ListTagsForResource"),
    }
)
"""Actions that moto does well enough. Its others are refused: rules of Contributor Insights would find nothing."""


def install(world: World) -> None:
    """Put watched alarms in the place of moto's, and read metrics out of logs; call before the first request."""
    Backend.world = world
    Backend.notifier = Notifier(world)
    cloudwatch_backends.backend = Backend
    for action, operation in OPERATIONS.items():
        setattr(CloudWatchResponse, camelcase_to_underscores(action), _performing(action, operation))
    for action in set(get_service_model("cloudwatch").operation_names) - OPERATIONS.keys() - MOTOS:
        setattr(CloudWatchResponse, camelcase_to_underscores(action), _refuse)
    _read_logs(world)
    world.closing.append(Watch(_backends).close)


def _performing(action: str, operation: Operation) -> Callable[[CloudWatchResponse], ActionResult]:
    # moto finds an action's handler by name among the functions of the class.
    def perform(self: CloudWatchResponse) -> ActionResult:
        request = self._get_params()
        try:
            constraints.check(action, request, service="cloudwatch")
        except ValidationException as error:
            raise ValidationError(error.message) from error
        supported.check(action, request)
        answer = operation(cast(Backend, self.cloudwatch_backend), request)
        return EmptyResult() if answer is None else ActionResult(answer)

    return perform


def _refuse(self: CloudWatchResponse) -> ActionResult:
    """local_aws.emulation makes it the answer that names the action."""
    raise NotImplementedError(self._get_action())


def _read_logs(world: World) -> None:
    put = LogsBackend.put_log_events

    @wraps(put)
    def put_log_events(
        self: LogsBackend, log_group_name: str, log_stream_name: str, log_events: list[dict[str, Any]]
    ) -> Any:
        answer = put(self, log_group_name, log_stream_name, log_events)
        for event in log_events:
            for metric, sample in embedded.samples(event["message"]):
                world.metrics.add(self.region_name, metric, sample)
        return answer

    setattr(LogsBackend, "put_log_events", put_log_events)  # noqa: B010 - replaces a method, which mypy refuses


def _backends() -> Iterator[Backend]:
    for regions in list(cloudwatch_backends.values()):
        yield from (cast(Backend, backend) for backend in list(regions.values()))
