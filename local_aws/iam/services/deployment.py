"""CloudFormation, ECR and SSM parameters: their pages in the Service Authorization Reference."""

from __future__ import annotations

from collections.abc import Iterator

from local_aws.iam.services.base import Call, Check, Rule, Service, anywhere, every, on, passes_role, same
from local_aws.iam.stacks import arn_of_stack


def _parameters(*names: str) -> Rule:
    def rule(call: Call) -> Iterator[Check]:
        for name in [text for field in names for text in _texts(call.get(field))] or [""]:
            arn = name if name.startswith("arn:") else call.arn(f"parameter/{name.removeprefix('/')}")
            yield Check(f"ssm:{call.operation}", arn if name else "*")

    return rule


def _texts(value: object) -> list[str]:
    return [value] if isinstance(value, str) else [str(item) for item in value] if isinstance(value, list) else []


SSM = Service(
    prefix="ssm",
    models=("ssm",),
    operations={
        **same(_parameters("Name", "Names"), "GetParameter", "GetParameters", "PutParameter", "DeleteParameter"),
        **same(_parameters("Name", "Names"), "DeleteParameters", "GetParameterHistory"),
        "GetParametersByPath": _parameters("Path"),
        **same(_parameters("ResourceId"), "AddTagsToResource", "RemoveTagsFromResource"),
        "DescribeParameters": anywhere,
    },
)

ECR = Service(
    prefix="ecr",
    models=("ecr",),
    operations={
        **same(
            on("repository/{repositoryName}"),
            "BatchCheckLayerAvailability",
            "BatchGetImage",
            "CompleteLayerUpload",
            "CreateRepository",
            "DeleteLifecyclePolicy",
            "DeleteRepository",
            "DeleteRepositoryPolicy",
            "DescribeImages",
            "GetDownloadUrlForLayer",
            "GetRepositoryPolicy",
            "InitiateLayerUpload",
            "ListImages",
            "PutImage",
            "PutImageScanningConfiguration",
            "PutImageTagMutability",
            "PutLifecyclePolicy",
            "SetRepositoryPolicy",
            "UploadLayerPart",
        ),
        "DescribeRepositories": lambda call: [
            Check("ecr:DescribeRepositories", call.arn(f"repository/{name}"))
            for name in call.get("repositoryNames") or ["*"]
        ],
        **same(on("{resourceArn}"), "TagResource", "UntagResource", "ListTagsForResource"),
        "GetAuthorizationToken": anywhere,
    },
)


def _stack(call: Call) -> Iterator[Check]:
    """A stack that exists is asked about with its id, one to be created with `*` in the id's place.

    A change set's ARN stands for its stack.
    """
    name, change_set = call.get("StackName"), call.get("ChangeSetName")
    known = arn_of_stack(call.region, str(name or change_set))
    wanted = "*" if not name else name if name.startswith("arn:") else call.arn(f"stack/{name}/*")
    yield Check(f"cloudformation:{call.operation}", known or wanted)


_DEPLOYING = every(_stack, passes_role("RoleARN", to="cloudformation.amazonaws.com"))

CLOUDFORMATION = Service(
    prefix="cloudformation",
    models=("cloudformation",),
    operations={
        **same(
            _DEPLOYING,
            "CreateStack",
            "UpdateStack",
            "DeleteStack",
            "CreateChangeSet",
            "RollbackStack",
            "ContinueUpdateRollback",
        ),
        **same(
            _stack,
            "CancelUpdateStack",
            "DeleteChangeSet",
            "DescribeChangeSet",
            "DescribeEvents",
            "DescribeStackDriftDetectionStatus",
            "DescribeStackEvents",
            "DescribeStackResource",
            "DescribeStackResources",
            "DescribeStacks",
            "DetectStackDrift",
            "ExecuteChangeSet",
            "GetStackPolicy",
            "GetTemplate",
            "GetTemplateSummary",
            "ListChangeSets",
            "ListStackResources",
            "UpdateTerminationProtection",
        ),
        **same(anywhere, "ListStacks", "ListExports", "ListImports", "ValidateTemplate", "DescribeType"),
    },
)
