"""Lambda, Step Functions and Glue jobs: their pages in the Service Authorization Reference."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import unquote

from local_aws.iam.context import Context
from local_aws.iam.services.base import Call, Check, Rule, Service, anywhere, every, on, passes_role, same


def _function(action: str | None = None) -> Rule:
    """The function's ARN; with its qualifier when the request names one, which an unqualified policy does not cover."""

    def rule(call: Call) -> Iterator[Check]:
        name = unquote(call.get("FunctionName") or "")
        arn = name if name.startswith("arn:") else call.arn(f"function:{name.rpartition('function:')[2]}")
        qualifier = call.get("Qualifier")
        resource = f"{arn}:{qualifier}" if qualifier else arn
        yield Check(f"lambda:{action or call.operation}", resource if name else "*")

    return rule


_PASSES_TO_LAMBDA = passes_role("Role", to="lambda.amazonaws.com")

LAMBDA = Service(
    prefix="lambda",
    models=("lambda",),
    operations={
        **same(_function("InvokeFunction"), "Invoke", "InvokeAsync", "InvokeWithResponseStream"),
        **same(every(_function(), _PASSES_TO_LAMBDA), "CreateFunction", "UpdateFunctionConfiguration"),
        **same(
            _function(),
            "AddPermission",
            "CreateAlias",
            "DeleteAlias",
            "DeleteFunction",
            "DeleteFunctionConcurrency",
            "GetAlias",
            "GetFunction",
            "GetFunctionConcurrency",
            "GetFunctionConfiguration",
            "GetPolicy",
            "ListAliases",
            "ListVersionsByFunction",
            "PublishVersion",
            "PutFunctionConcurrency",
            "RemovePermission",
            "UpdateAlias",
            "UpdateFunctionCode",
        ),
        **same(on("layer:{LayerName}:{VersionNumber}"), "GetLayerVersion", "DeleteLayerVersion"),
        "PublishLayerVersion": on("layer:{LayerName}"),
        "ListLayerVersions": anywhere,
        **same(anywhere, "ListFunctions", "ListLayers", "GetAccountSettings"),
        **same(on("{Resource}"), "TagResource", "UntagResource", "ListTags"),
    },
)

_MACHINE = on("{stateMachineArn}")
_EXECUTION = on("{executionArn}")
_PASSES_TO_STATES = passes_role("roleArn", to="states.amazonaws.com")

STATES = Service(
    prefix="states",
    models=("stepfunctions",),
    operations={
        "CreateStateMachine": every(on("stateMachine:{name}"), _PASSES_TO_STATES),
        "UpdateStateMachine": every(_MACHINE, _PASSES_TO_STATES),
        "TestState": every(anywhere, _PASSES_TO_STATES),
        **same(
            _MACHINE,
            "DeleteStateMachine",
            "DescribeStateMachine",
            "ListExecutions",
            "ListStateMachineVersions",
            "ListStateMachineAliases",
            "PublishStateMachineVersion",
            "StartExecution",
            "StartSyncExecution",
        ),
        **same(
            _EXECUTION,
            "DescribeExecution",
            "DescribeStateMachineForExecution",
            "GetExecutionHistory",
            "ListMapRuns",
            "RedriveExecution",
            "StopExecution",
        ),
        **same(on("{mapRunArn}"), "DescribeMapRun", "UpdateMapRun"),
        **same(on("{resourceArn}"), "TagResource", "UntagResource", "ListTagsForResource"),
        **same(on("{activityArn}"), "DescribeActivity", "DeleteActivity", "GetActivityTask"),
        "CreateActivity": on("activity:{name}"),
        **same(
            anywhere,
            "ListStateMachines",
            "ListActivities",
            "SendTaskSuccess",
            "SendTaskFailure",
            "SendTaskHeartbeat",
            "ValidateStateMachineDefinition",
        ),
    },
)

_JOB = on("job/{JobName}")


def _passes_role_of(member: str) -> Rule:
    """Glue takes a role's ARN, or its name."""

    def rule(call: Call) -> Iterator[Check]:
        if role := call.get(member):
            arn = role if role.startswith("arn:") else f"arn:{call.partition}:iam::{call.account}:role/{role}"
            yield Check("iam:PassRole", arn, Context.of({"iam:PassedToService": "glue.amazonaws.com"}))

    return rule


def _connection(member: str) -> Rule:
    """Of the catalog too (AWS Glue Developer Guide, "Specifying AWS Glue resource ARNs")."""
    return on("catalog", f"connection/{{{member}}}")


GLUE = Service(
    prefix="glue",
    models=("glue",),
    operations={
        **same(_JOB, "StartJobRun", "GetJobRun", "GetJobRuns", "BatchStopJobRun", "GetJob", "DeleteJob"),
        "CreateJob": every(on("job/{Name}"), _passes_role_of("Role")),
        "UpdateJob": every(_JOB, _passes_role_of("JobUpdate.Role")),
        "CreateConnection": _connection("ConnectionInput.Name"),
        **same(_connection("Name"), "UpdateConnection", "GetConnection"),
        "DeleteConnection": _connection("ConnectionName"),
        "GetConnections": on("catalog"),
        **same(on("{ResourceArn}"), "TagResource", "UntagResource", "GetTags"),
        **same(anywhere, "GetJobs", "ListJobs"),
    },
)
