"""What Step Functions does with a machine's role before and beside its tasks, so that a missing permission shows."""

from __future__ import annotations

import json
from typing import Any

from botocore.exceptions import ClientError

from local_aws import iam
from local_aws.iam.errors import AccessDenied, RoleNotAssumable
from local_aws.stepfunctions.clients import TaskClients
from local_aws.stepfunctions.errors import AccessDeniedException, InvalidLoggingConfiguration
from local_aws.stepfunctions.logs import group_arn
from local_aws.stepfunctions.resources import Task
from local_aws.stepfunctions.task_sagemaker import JOBS, Job

STATES = "states.amazonaws.com"
# "Logging using CloudWatch Logs": the role needs these, none of which can be limited to a resource.
LOG_DELIVERY = (
    "CreateLogDelivery",
    "DeleteLogDelivery",
    "DescribeLogGroups",
    "DescribeResourcePolicies",
    "GetLogDelivery",
    "ListLogDeliveries",
    "PutResourcePolicy",
    "UpdateLogDelivery",
)
TRACING = ("GetSamplingRules", "GetSamplingTargets", "PutTelemetryRecords", "PutTraceSegments")


def check_trust(role_arn: str, *, machine_arn: str, region: str) -> None:
    """Raise AccessDeniedException unless Step Functions may assume the role for this machine."""
    try:
        iam.assert_trusts(role_arn, STATES, context={"aws:SourceArn": machine_arn}, region=region)
    except RoleNotAssumable as error:
        raise AccessDeniedException(str(error)) from error


def check_log_delivery(role_arn: str, logging: dict[str, Any] | None) -> None:
    """Raise InvalidLoggingConfiguration or AccessDeniedException unless the history can be delivered."""
    try:
        arn = group_arn(logging)
    except ValueError as error:
        raise InvalidLoggingConfiguration(f"Invalid Logging Configuration: {error}") from error
    if arn is None:
        return
    for action in LOG_DELIVERY:
        try:
            iam.authorize(role_arn, f"logs:{action}", "*")
        except AccessDenied as error:
            message = "The state machine IAM Role is not authorized to access the Log Destination"
            raise AccessDeniedException(f"{message} ({error})") from error


def trace(role_arn: str, tracing: dict[str, Any] | None) -> None:
    """Ask for what X-Ray needs. A denial is dropped, as on AWS: the audit lists it among what was not enforced."""
    if tracing and tracing.get("enabled"):
        for action in TRACING:
            iam.is_allowed(role_arn, f"xray:{action}", "*")


def manage_rules(clients: TaskClients, role_arn: str, tasks: list[Task], *, machine_arn: str, region: str) -> None:
    """Put the EventBridge rules by which Step Functions hears of its jobs' ends, as the role.

    Raises AccessDeniedException: "... is not authorized to create managed-rule."
    """
    events = clients.get("events", region=region, role_arn=role_arn)
    waited_for = {JOBS[task.action] for task in tasks if task.service == "sagemaker" and task.pattern == "sync"}
    for job in sorted(waited_for, key=lambda job: job.rule):
        try:
            _put_rule(events, job, machine_arn)
        except ClientError as error:
            if error.response["Error"]["Code"] not in {"AccessDenied", "AccessDeniedException"}:
                raise
            message = f"'{role_arn}' is not authorized to create managed-rule."
            raise AccessDeniedException(f"{message} ({error.response['Error']['Message']})") from error


def _put_rule(events: Any, job: Job, machine_arn: str) -> None:
    words = {"TrainingJob": "Training", "TransformJob": "Transform", "ProcessingJob": "Processing"}
    detail_type = f"SageMaker {words.get(job.kind, 'HyperParameter Tuning')} Job State Change"
    pattern = {"source": ["aws.sagemaker"], "detail-type": [detail_type]}
    events.put_rule(Name=job.rule, EventPattern=json.dumps(pattern), Description="Managed by Step Functions")
    events.put_targets(Rule=job.rule, Targets=[{"Id": "StepFunctions", "Arn": machine_arn}])
    events.describe_rule(Name=job.rule)
