"""What the calls of CloudWatch, CloudWatch Logs and X-Ray need."""

from __future__ import annotations

from typing import Any

from tests.local_aws.iam.services.needs import Call, arn, assert_needs_exactly, calls

CALLS: list[Call] = [
    (
        "logs",
        "create_log_group",
        {"logGroupName": "/iam/g"},
        [("logs:CreateLogGroup", arn("logs", "log-group:/iam/g:*"))],
    ),
    (
        "logs",
        "create_log_stream",
        {"logGroupName": "/iam/g", "logStreamName": "s"},
        [("logs:CreateLogStream", arn("logs", "log-group:/iam/g:*"))],
    ),
    (
        "logs",
        "put_log_events",
        {"logGroupName": "/iam/g", "logStreamName": "s", "logEvents": [{"timestamp": 1, "message": "m"}]},
        [("logs:PutLogEvents", arn("logs", "log-group:/iam/g:log-stream:s"))],
    ),
    (
        "logs",
        "describe_log_streams",
        {"logGroupName": "/iam/g"},
        [("logs:DescribeLogStreams", arn("logs", "log-group:/iam/g:*"))],
    ),
    ("logs", "describe_log_groups", {}, [("logs:DescribeLogGroups", arn("logs", "log-group:*"))]),
    (
        "cloudwatch",
        "put_metric_data",
        {"Namespace": "Iam", "MetricData": [{"MetricName": "m", "Value": 1}]},
        [("cloudwatch:PutMetricData", "*")],
    ),
    (
        "cloudwatch",
        "describe_alarms",
        {"AlarmNames": ["a"]},
        [("cloudwatch:DescribeAlarms", arn("cloudwatch", "alarm:a"))],
    ),
    (
        "cloudwatch",
        "put_metric_alarm",
        {
            "AlarmName": "iam-a",
            "Namespace": "Iam",
            "MetricName": "m",
            "Statistic": "Sum",
            "Period": 60,
            "EvaluationPeriods": 1,
            "Threshold": 1,
            "ComparisonOperator": "GreaterThanThreshold",
        },
        [("cloudwatch:PutMetricAlarm", arn("cloudwatch", "alarm:iam-a"))],
    ),
    (
        "cloudwatch",
        "put_composite_alarm",
        {"AlarmName": "iam-c", "AlarmRule": "FALSE"},
        [("cloudwatch:PutCompositeAlarm", "*")],
    ),
    (
        "cloudwatch",
        "disable_alarm_actions",
        {"AlarmNames": ["iam-a"]},
        [("cloudwatch:DisableAlarmActions", arn("cloudwatch", "alarm:iam-a"))],
    ),
    (
        "cloudwatch",
        "describe_alarm_history",
        {"AlarmName": "iam-a"},
        [("cloudwatch:DescribeAlarmHistory", arn("cloudwatch", "alarm:iam-a"))],
    ),
    (
        "cloudwatch",
        "tag_resource",
        {"ResourceARN": arn("cloudwatch", "alarm:iam-a"), "Tags": [{"Key": "k", "Value": "v"}]},
        [("cloudwatch:TagResource", arn("cloudwatch", "alarm:iam-a"))],
    ),
    (
        "cloudwatch",
        "delete_alarms",
        {"AlarmNames": ["iam-a", "iam-c"]},
        [
            ("cloudwatch:DeleteAlarms", arn("cloudwatch", "alarm:iam-a")),
            ("cloudwatch:DeleteAlarms", arn("cloudwatch", "alarm:iam-c")),
        ],
    ),
    (
        "cloudwatch",
        "put_dashboard",
        {"DashboardName": "iam-d", "DashboardBody": '{"widgets": []}'},
        [("cloudwatch:PutDashboard", "arn:aws:cloudwatch::123456789012:dashboard/iam-d")],
    ),
    ("xray", "put_trace_segments", {"TraceSegmentDocuments": ["{}"]}, [("xray:PutTraceSegments", "*")]),
]


@calls(CALLS)
def test_call_needs_exactly_these_permissions(role: Any, call: Call) -> None:
    assert_needs_exactly(role, call)
