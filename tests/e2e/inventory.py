"""Every resource of every service of a local AWS, whoever made it and however it is called."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from local_aws.emulation import SERVICES
from tests.e2e.conftest import ACCOUNT, Cloud

BOOTSTRAP = "cdk-hnb659fds-"
"""Begins the names of the buckets that the CDK keeps assets in, which are the account's and stay (`cdk gc`)."""

List = tuple[str, str, str, str | Callable[[Any], str | None], Mapping[str, Any]]
"""(client, action, key of the answer, member that names a resource or a function that does, request)."""


def _not_managed(rule: Mapping[str, Any]) -> str | None:
    """Step Functions makes rules for all machines of the account, and never deletes them."""
    return None if rule.get("ManagedBy") else str(rule["Arn"])


def _alive(stack: Mapping[str, Any]) -> str | None:
    return None if stack["StackStatus"] == "DELETE_COMPLETE" else str(stack["StackName"])


def _any(name: str) -> str:
    return name


def _target(target: Mapping[str, Any]) -> str:
    return f"{target['ResourceId']} {target['ScalableDimension']}"


def _schedule(schedule: Mapping[str, Any]) -> str:
    return f"{schedule['GroupName']}/{schedule['Name']}"


_SCALING = {"ServiceNamespace": "sagemaker"}
_LISTS: Mapping[str, list[List]] = {
    "apigateway": [("apigatewayv2", "get_apis", "Items", "ApiId", {})],
    "application-autoscaling": [
        ("application-autoscaling", "describe_scalable_targets", "ScalableTargets", _target, _SCALING),
        ("application-autoscaling", "describe_scaling_policies", "ScalingPolicies", "PolicyARN", _SCALING),
    ],
    "budgets": [("budgets", "describe_budgets", "Budgets", "BudgetName", {"AccountId": ACCOUNT})],
    "cloudformation": [
        ("cloudformation", "list_stacks", "StackSummaries", _alive, {}),
        ("cloudformation", "list_exports", "Exports", "Name", {}),
    ],
    "dynamodb": [("dynamodb", "list_tables", "TableNames", _any, {})],
    "ec2": [
        ("ec2", "describe_vpcs", "Vpcs", "VpcId", {}),
        ("ec2", "describe_security_groups", "SecurityGroups", "GroupId", {}),
        ("ec2", "describe_network_interfaces", "NetworkInterfaces", "NetworkInterfaceId", {}),
        ("ec2", "describe_vpc_endpoints", "VpcEndpoints", "VpcEndpointId", {}),
        ("ec2", "describe_flow_logs", "FlowLogs", "FlowLogId", {}),
    ],
    "ecr": [("ecr", "describe_repositories", "repositories", "repositoryName", {})],
    "events": [
        ("events", "list_rules", "Rules", _not_managed, {}),
        ("events", "list_event_buses", "EventBuses", "Name", {}),
    ],
    "glue": [
        ("glue", "list_jobs", "JobNames", _any, {}),
        ("glue", "get_connections", "ConnectionList", "Name", {}),
    ],
    "iam": [
        ("iam", "list_roles", "Roles", "RoleName", {}),
        ("iam", "list_policies", "Policies", "PolicyName", {"Scope": "Local"}),
    ],
    "kms": [("kms", "list_aliases", "Aliases", "AliasName", {})],
    "lambda": [
        ("lambda", "list_functions", "Functions", "FunctionName", {}),
        ("lambda", "list_layers", "Layers", "LayerName", {}),
    ],
    "logs": [
        ("logs", "describe_log_groups", "logGroups", "logGroupName", {}),
        ("logs", "describe_resource_policies", "resourcePolicies", "policyName", {}),
    ],
    "monitoring": [
        ("cloudwatch", "describe_alarms", "MetricAlarms", "AlarmName", {}),
        ("cloudwatch", "describe_alarms", "CompositeAlarms", "AlarmName", {}),
        ("cloudwatch", "list_dashboards", "DashboardEntries", "DashboardName", {}),
    ],
    "s3": [("s3", "list_buckets", "Buckets", "Name", {})],
    "sagemaker": [
        ("sagemaker", "list_endpoints", "Endpoints", "EndpointArn", {}),
        ("sagemaker", "list_endpoint_configs", "EndpointConfigs", "EndpointConfigArn", {}),
        ("sagemaker", "list_models", "Models", "ModelArn", {}),
        ("sagemaker", "list_training_jobs", "TrainingJobSummaries", "TrainingJobArn", {}),
        (
            "sagemaker",
            "list_hyper_parameter_tuning_jobs",
            "HyperParameterTuningJobSummaries",
            "HyperParameterTuningJobArn",
            {},
        ),
        ("sagemaker", "list_model_package_groups", "ModelPackageGroupSummaryList", "ModelPackageGroupArn", {}),
        (
            "sagemaker",
            "list_model_packages",
            "ModelPackageSummaryList",
            "ModelPackageArn",
            {"ModelPackageType": "Both"},
        ),
    ],
    "scheduler": [
        ("scheduler", "list_schedule_groups", "ScheduleGroups", "Name", {}),
        ("scheduler", "list_schedules", "Schedules", _schedule, {}),
    ],
    "sns": [
        ("sns", "list_topics", "Topics", "TopicArn", {}),
        ("sns", "list_subscriptions", "Subscriptions", "SubscriptionArn", {}),
    ],
    "sqs": [("sqs", "list_queues", "QueueUrls", _any, {})],
    "ssm": [("ssm", "describe_parameters", "Parameters", "Name", {})],
    "states": [("stepfunctions", "list_state_machines", "stateMachines", "name", {})],
    "sts": [],
    "xray": [],
}


def inventory(cloud: Cloud) -> set[str]:
    """`service: what: name` of each resource."""
    assert _LISTS.keys() == SERVICES.keys(), "a service that is not looked into"
    found = {
        f"{service}: {key}: {name}"
        for service, lists in _LISTS.items()
        for client, action, key, member, request in lists
        for name in _names(cloud.client(client), action, key, member, request)
    }
    return found | {f"{what}" for what in (*_keys(cloud), *_streams(cloud), *_objects(cloud))}


def _names(
    client: Any, action: str, key: str, member: str | Callable[[Any], str | None], request: Mapping[str, Any]
) -> Iterable[str]:
    if client.can_paginate(action):
        listed = client.get_paginator(action).paginate(**request).build_full_result().get(key, [])
    else:
        listed = getattr(client, action)(**request).get(key, [])
    named = (each[member] if isinstance(member, str) else member(each) for each in listed)
    return [name for name in named if name is not None]


def _keys(cloud: Cloud) -> Iterable[str]:
    """Those that wait for their deletion, which takes seven days at least, are as good as gone."""
    client = cloud.client("kms")
    for key in client.get_paginator("list_keys").paginate().build_full_result()["Keys"]:
        if client.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["KeyState"] != "PendingDeletion":
            yield f"kms: key: {key['KeyId']}"


def _streams(cloud: Cloud) -> Iterable[str]:
    """Of the groups that the account shares; in others they go with their group."""
    client = cloud.client("logs")
    for group in client.get_paginator("describe_log_groups").paginate().build_full_result()["logGroups"]:
        name = group["logGroupName"]
        if name.startswith("/aws/sagemaker/TrainingJobs"):
            streams = client.get_paginator("describe_log_streams").paginate(logGroupName=name).build_full_result()
            yield from (f"logs: stream: {name} {stream['logStreamName']}" for stream in streams["logStreams"])


def _objects(cloud: Cloud) -> Iterable[str]:
    client = cloud.client("s3")
    for bucket in client.list_buckets()["Buckets"]:
        if not bucket["Name"].startswith(BOOTSTRAP):
            page = client.list_object_versions(Bucket=bucket["Name"])
            yield from (f"s3: object: {bucket['Name']} {version['Key']}" for version in page.get("Versions", []))
