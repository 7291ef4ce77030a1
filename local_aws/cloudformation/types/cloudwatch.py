"""AWS::CloudWatch::Alarm, AWS::CloudWatch::CompositeAlarm and AWS::CloudWatch::Dashboard."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from local_aws.cloudformation.types.base import Job, ResourceType, changed, tag_changes, tag_list

_ACTIONS = ("ActionsEnabled", "AlarmActions", "AlarmDescription", "InsufficientDataActions", "OKActions")
_METRIC = (
    *_ACTIONS,
    "ComparisonOperator",
    "DatapointsToAlarm",
    "Dimensions",
    "EvaluateLowSampleCountPercentile",
    "EvaluationPeriods",
    "ExtendedStatistic",
    "MetricName",
    "Metrics",
    "Namespace",
    "Period",
    "Statistic",
    "Threshold",
    "TreatMissingData",
    "Unit",
)
_GONE = {"ResourceNotFound", "ResourceNotFoundException"}


class _Alarm(ResourceType):
    """What both kinds have in common: an update overwrites everything but the state and the tags."""

    operation: str
    settings: tuple[str, ...]

    def create(self, job: Job) -> str:
        name = job.name("AlarmName", limit=255)
        tags = {"Tags": tag_list(job.properties["Tags"])} if "Tags" in job.properties else {}
        job.call("cloudwatch", self.operation, AlarmName=name, **job.given(*self.settings), **tags)
        return name

    def configure(self, job: Job, before: Mapping[str, Any]) -> None:
        if not before:
            return
        if changed(job, before, *self.settings):
            job.call("cloudwatch", self.operation, AlarmName=job.physical_id, **job.given(*self.settings))
        _tag(job, before, _arn(job))

    def delete(self, job: Job) -> None:
        job.remove("cloudwatch", "delete_alarms", gone=_GONE, AlarmNames=[job.physical_id])

    def describe(self, job: Job) -> dict[str, str]:
        return {"Arn": _arn(job)}


class Alarm(_Alarm):
    """A metric alarm; `Ref` is its name."""

    type_name = "AWS::CloudWatch::Alarm"
    operation = "put_metric_alarm"
    settings = _METRIC
    properties = frozenset({"AlarmName", "Tags", *_METRIC})
    required = frozenset({"ComparisonOperator", "EvaluationPeriods"})
    immutable = frozenset({"AlarmName"})
    attributes = frozenset({"Arn"})


class CompositeAlarm(_Alarm):
    """An alarm made of others; `Ref` is its name."""

    type_name = "AWS::CloudWatch::CompositeAlarm"
    operation = "put_composite_alarm"
    settings = (*_ACTIONS, "AlarmRule")
    properties = frozenset({"AlarmName", "AlarmRule", "Tags", *_ACTIONS})
    required = frozenset({"AlarmRule"})
    immutable = frozenset({"AlarmName"})
    attributes = frozenset({"Arn"})


class Dashboard(ResourceType):
    """A dashboard, kept as it is written; `Ref` is its name."""

    type_name = "AWS::CloudWatch::Dashboard"
    properties = frozenset({"DashboardName", "DashboardBody", "Tags"})
    required = frozenset({"DashboardBody"})
    immutable = frozenset({"DashboardName"})

    def create(self, job: Job) -> str:
        name = job.name("DashboardName", limit=255)
        tags = {"Tags": tag_list(job.properties["Tags"])} if "Tags" in job.properties else {}
        self._put(job.made(name), **tags)
        return name

    def configure(self, job: Job, before: Mapping[str, Any]) -> None:
        if not before:
            return
        if changed(job, before, "DashboardBody"):
            self._put(job)
        _tag(job, before, f"arn:{job.partition}:cloudwatch::{job.account}:dashboard/{job.physical_id}")

    def delete(self, job: Job) -> None:
        job.remove("cloudwatch", "delete_dashboards", gone=_GONE, DashboardNames=[job.physical_id])

    def _put(self, job: Job, **tags: Any) -> None:
        body = job.properties["DashboardBody"]
        job.call("cloudwatch", "put_dashboard", DashboardName=job.physical_id, DashboardBody=body, **tags)


def _tag(job: Job, before: Mapping[str, Any], arn: str) -> None:
    tags, removed = tag_changes(job, before)
    if tags:
        job.call("cloudwatch", "tag_resource", ResourceARN=arn, Tags=tag_list(tags))
    if removed:
        job.call("cloudwatch", "untag_resource", ResourceARN=arn, TagKeys=removed)


def _arn(job: Job) -> str:
    return f"arn:{job.partition}:cloudwatch:{job.region}:{job.account}:alarm:{job.physical_id}"
