"""CloudWatch, CloudWatch Logs and X-Ray: their pages in the Service Authorization Reference."""

from __future__ import annotations

from collections.abc import Iterator

from local_aws.iam.context import Context
from local_aws.iam.services.base import Call, Check, Service, anywhere, on, same


def _metric_data(call: Call) -> Iterator[Check]:
    namespace = call.get("Namespace")
    context = Context.of({"cloudwatch:namespace": namespace} if namespace else {})
    yield Check("cloudwatch:PutMetricData", "*", context)


def _alarms(call: Call) -> Iterator[Check]:
    for name in call.get("AlarmNames") or ["*"]:
        yield Check(f"cloudwatch:{call.operation}", call.arn(f"alarm:{name}"))


def _alarm_or_all(call: Call) -> Iterator[Check]:
    """Without a name it is about all alarms."""
    yield Check(f"cloudwatch:{call.operation}", call.arn(f"alarm:{call.get('AlarmName') or '*'}"))


def _dashboards(call: Call) -> Iterator[Check]:
    """Dashboards are of an account, not of a region."""
    for name in call.get("DashboardNames") or [call.get("DashboardName")]:
        arn = f"arn:{call.partition}:cloudwatch::{call.account}:dashboard/{name}"
        yield Check(f"cloudwatch:{call.operation}", arn)


CLOUDWATCH = Service(
    prefix="cloudwatch",
    models=("cloudwatch",),
    operations={
        "PutMetricData": _metric_data,
        **same(
            anywhere,
            "GetMetricData",
            "GetMetricStatistics",
            "ListMetrics",
            "ListDashboards",
            "DescribeAlarmsForMetric",
            # Its documentation: the permission must be scoped to `*`.
            "PutCompositeAlarm",
        ),
        **same(on("alarm:{AlarmName}"), "PutMetricAlarm", "SetAlarmState"),
        **same(_alarms, "DescribeAlarms", "DeleteAlarms", "EnableAlarmActions", "DisableAlarmActions"),
        "DescribeAlarmHistory": _alarm_or_all,
        **same(_dashboards, "PutDashboard", "GetDashboard", "DeleteDashboards"),
        **same(on("{ResourceARN}"), "TagResource", "UntagResource", "ListTagsForResource"),
    },
)


def _log_group(call: Call) -> Iterator[Check]:
    """Logs asks about `log-group:NAME:log-stream:STREAM` throughout, with an empty stream for what is of the group."""
    group = call.get("logGroupName") or call.get("logGroupNamePrefix") or ""
    identifier = call.get("logGroupIdentifier") or ""
    group = group or (identifier.partition(":log-group:")[2] or identifier).removesuffix(":*")
    stream = call.get("logStreamName") or ""
    yield Check(f"logs:{call.operation}", call.arn(f"log-group:{group}:log-stream:{stream}"))


def _log_groups(call: Call) -> Iterator[Check]:
    names = call.get("logGroupNames") or [call.get("logGroupName") or ""]
    for name in names:
        yield Check(f"logs:{call.operation}", call.arn(f"log-group:{name}:log-stream:"))


def _group_only(call: Call) -> Iterator[Check]:
    """CreateLogStream names a stream, but is an action on the group."""
    yield Check(f"logs:{call.operation}", call.arn(f"log-group:{call.get('logGroupName') or ''}:log-stream:"))


LOGS = Service(
    prefix="logs",
    models=("logs",),
    operations={
        **same(
            _log_group,
            "AssociateKmsKey",
            "CreateLogGroup",
            "DeleteLogGroup",
            "DeleteLogStream",
            "DeleteRetentionPolicy",
            "DescribeLogGroups",
            "DescribeLogStreams",
            "DescribeMetricFilters",
            "DescribeSubscriptionFilters",
            "DisassociateKmsKey",
            "FilterLogEvents",
            "GetLogEvents",
            "PutLogEvents",
            "PutMetricFilter",
            "PutRetentionPolicy",
        ),
        "CreateLogStream": _group_only,
        "StartQuery": _log_groups,
        **same(on("{resourceArn}"), "TagResource", "UntagResource", "ListTagsForResource"),
        **same(
            anywhere,
            "PutResourcePolicy",
            "DescribeResourcePolicies",
            "DeleteResourcePolicy",
            "GetQueryResults",
            "StopQuery",
        ),
    },
)

XRAY = Service(
    prefix="xray",
    models=("xray",),
    operations=same(
        anywhere,
        "PutTraceSegments",
        "PutTelemetryRecords",
        "GetSamplingRules",
        "GetSamplingTargets",
        "BatchGetTraces",
        "GetTraceSummaries",
    ),
)
