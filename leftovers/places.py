"""Where something of a stage may be, service by service."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import ClientError


@dataclass(frozen=True)
class Stage:
    """name: begins the names of all that the stage has, but for its tuning jobs. client: of a service, by its name."""

    client: Callable[[str], Any]
    name: str
    tuning_name: str
    tags: Mapping[str, str]

    def owns(self, name: str) -> bool:
        """Whether a resource of that name is this stage's."""
        return name == self.name or name.startswith((f"{self.name}-", f"{self.tuning_name}-"))

    def pages(self, service: str, action: str, key: str, **request: Any) -> list[Any]:
        """All that an action lists under `key`."""
        listed = self.client(service).get_paginator(action).paginate(**request).build_full_result()
        return list(listed.get(key, []))


Place = Callable[[Stage], Iterable[str]]


def _named(service: str, action: str, key: str, member: str, **request: Any) -> Place:
    """What is told by its own name."""

    def found(stage: Stage) -> Iterator[str]:
        yield from (each[member] for each in stage.pages(service, action, key, **request) if stage.owns(each[member]))

    return found


def _stacks(stage: Stage) -> Iterator[str]:
    for stack in stage.pages("cloudformation", "list_stacks", "StackSummaries"):
        if stack["StackStatus"] != "DELETE_COMPLETE" and stage.owns(stack["StackName"]):
            yield f"{stack['StackName']} ({stack['StackStatus']})"


def _scaling_targets(stage: Stage) -> Iterator[str]:
    targets = stage.pages(
        "application-autoscaling", "describe_scalable_targets", "ScalableTargets", ServiceNamespace="sagemaker"
    )
    yield from (each["ResourceId"] for each in targets if stage.owns(each["ResourceId"].split("/")[1]))


def _schedules(stage: Stage) -> Iterator[str]:
    for schedule in stage.pages("scheduler", "list_schedules", "Schedules"):
        if stage.owns(schedule["GroupName"]):
            yield f"{schedule['GroupName']}/{schedule['Name']}"


def _log_groups(stage: Stage) -> Iterator[str]:
    """Of functions and the API by their stacks' names, of the machine and the endpoint by theirs."""
    for start in ("", "/aws/vendedlogs/states/", "/aws/sagemaker/Endpoints/", "/aws/lambda/"):
        prefix = f"{start}{stage.name}"
        for group in stage.pages("logs", "describe_log_groups", "logGroups", logGroupNamePrefix=prefix):
            if stage.owns(group["logGroupName"].removeprefix(start)):
                yield group["logGroupName"]


def _log_streams(stage: Stage) -> Iterator[str]:
    """Of training jobs, which write into a group of the account."""
    group = "/aws/sagemaker/TrainingJobs"
    for prefix in (f"{stage.name}-", f"{stage.tuning_name}-"):
        try:
            streams = stage.pages(
                "logs", "describe_log_streams", "logStreams", logGroupName=group, logStreamNamePrefix=prefix
            )
        except ClientError as error:
            if error.response["Error"]["Code"] == "ResourceNotFoundException":
                return
            raise
        yield from (f"{group}: {stream['logStreamName']}" for stream in streams)


def _parameters(stage: Stage) -> Iterator[str]:
    listed = stage.pages("ssm", "get_parameters_by_path", "Parameters", Path=f"/{stage.name}", Recursive=True)
    yield from (parameter["Name"] for parameter in listed)


def _tables(stage: Stage) -> Iterator[str]:
    yield from filter(stage.owns, stage.pages("dynamodb", "list_tables", "TableNames"))


def _topics(stage: Stage) -> Iterator[str]:
    arns = (topic["TopicArn"] for topic in stage.pages("sns", "list_topics", "Topics"))
    yield from (arn for arn in arns if stage.owns(arn.rpartition(":")[2]))


def _queues(stage: Stage) -> Iterator[str]:
    urls = stage.pages("sqs", "list_queues", "QueueUrls", QueueNamePrefix=stage.name)
    yield from (url for url in urls if stage.owns(url.rpartition("/")[2]))


def _keys(stage: Stage) -> Iterator[str]:
    """By their tags. One that waits for its deletion is as good as gone: it is paid for no more."""
    client = stage.client("kms")
    for key in stage.pages("kms", "list_keys", "Keys"):
        described = client.describe_key(KeyId=key["KeyId"])["KeyMetadata"]
        if described["KeyManager"] == "CUSTOMER" and described["KeyState"] != "PendingDeletion":
            tags = client.list_resource_tags(KeyId=key["KeyId"])["Tags"]
            if {tag["TagKey"]: tag["TagValue"] for tag in tags}.items() >= stage.tags.items():
                yield f"{key['KeyId']} ({described['Description']})"


def _networks(stage: Stage) -> Iterator[str]:
    """By their tags. What cannot go stands in one, and keeps it."""
    tags = [{"Name": f"tag:{name}", "Values": [value]} for name, value in stage.tags.items()]
    yield from (each["VpcId"] for each in stage.pages("ec2", "describe_vpcs", "Vpcs", Filters=tags))


def _budgets(stage: Stage) -> Iterator[str]:
    account = stage.client("sts").get_caller_identity()["Account"]
    listed = stage.pages("budgets", "describe_budgets", "Budgets", AccountId=account)
    yield from (each["BudgetName"] for each in listed if stage.owns(each["BudgetName"]))


PLACES: Final[tuple[tuple[str, Place], ...]] = (
    ("stack", _stacks),
    ("endpoint", _named("sagemaker", "list_endpoints", "Endpoints", "EndpointName")),
    ("endpoint config", _named("sagemaker", "list_endpoint_configs", "EndpointConfigs", "EndpointConfigName")),
    ("model", _named("sagemaker", "list_models", "Models", "ModelName")),
    (
        "model package group",
        _named("sagemaker", "list_model_package_groups", "ModelPackageGroupSummaryList", "ModelPackageGroupName"),
    ),
    ("training job", _named("sagemaker", "list_training_jobs", "TrainingJobSummaries", "TrainingJobName")),
    (
        "tuning job",
        _named(
            "sagemaker",
            "list_hyper_parameter_tuning_jobs",
            "HyperParameterTuningJobSummaries",
            "HyperParameterTuningJobName",
        ),
    ),
    ("scaling target", _scaling_targets),
    ("state machine", _named("stepfunctions", "list_state_machines", "stateMachines", "name")),
    ("function", _named("lambda", "list_functions", "Functions", "FunctionName")),
    ("layer", _named("lambda", "list_layers", "Layers", "LayerName")),
    ("Glue job", lambda stage: filter(stage.owns, stage.pages("glue", "list_jobs", "JobNames"))),
    ("API", _named("apigatewayv2", "get_apis", "Items", "Name")),
    ("schedule group", _named("scheduler", "list_schedule_groups", "ScheduleGroups", "Name")),
    ("schedule", _schedules),
    ("rule", _named("events", "list_rules", "Rules", "Name")),
    ("table", _tables),
    ("parameter", _parameters),
    ("alarm", _named("cloudwatch", "describe_alarms", "MetricAlarms", "AlarmName")),
    ("dashboard", _named("cloudwatch", "list_dashboards", "DashboardEntries", "DashboardName")),
    ("topic", _topics),
    ("queue", _queues),
    ("key", _keys),
    ("budget", _budgets),
    ("network", _networks),
    ("role", _named("iam", "list_roles", "Roles", "RoleName")),
    ("bucket", _named("s3", "list_buckets", "Buckets", "Name")),
    ("log group", _log_groups),
    ("log stream", _log_streams),
)
"""Each kind of resource, and how those of a stage are found."""
