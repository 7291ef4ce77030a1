"""SageMaker: Service Authorization Reference, "Actions, resources, and condition keys for Amazon SageMaker AI".

Names are lower-cased in SageMaker's ARNs.
"""

from __future__ import annotations

from collections.abc import Iterator

from local_aws.iam.services.base import Call, Check, Rule, Service, anywhere, every, on, passes_role, same

# Resource type → (parameter that names it, the part of the operations' names, operations besides Create and Describe)
_TYPES = {
    "training-job": ("TrainingJobName", "TrainingJob", ("Stop", "Update", "Delete")),
    "transform-job": ("TransformJobName", "TransformJob", ("Stop",)),
    "processing-job": ("ProcessingJobName", "ProcessingJob", ("Stop", "Delete")),
    "hyper-parameter-tuning-job": (
        "HyperParameterTuningJobName",
        "HyperParameterTuningJob",
        ("Stop", "Delete"),
    ),
    "model": ("ModelName", "Model", ("Delete",)),
    "endpoint-config": ("EndpointConfigName", "EndpointConfig", ("Delete",)),
    "endpoint": ("EndpointName", "Endpoint", ("Update", "Delete")),
    "model-package-group": ("ModelPackageGroupName", "ModelPackageGroup", ("Delete",)),
}

_ROLES = (
    "RoleArn",
    "ExecutionRoleArn",
    "TrainingJobDefinition.RoleArn",
)


def _named(kind: str, parameter: str) -> Rule:
    def rule(call: Call) -> Iterator[Check]:
        name = call.get(parameter)
        yield Check(f"sagemaker:{call.operation}", call.arn(f"{kind}/{str(name).lower()}") if name else "*")

    return rule


def _tags(rule: Rule) -> Rule:
    """`sagemaker:AddTags` on whatever is created, when the call carries tags."""

    def tagging(call: Call) -> Iterator[Check]:
        if call.get("Tags"):
            for check in rule(call):
                yield Check("sagemaker:AddTags", check.resource)

    return tagging


def _passes_roles(call: Call) -> Iterator[Check]:
    yield from passes_role(*_ROLES, to="sagemaker.amazonaws.com")(call)
    for definition in call.get("TrainingJobDefinitions") or ():
        inner = Call(
            service=call.service,
            model=call.model,
            operation=call.operation,
            parameters=definition,
            region=call.region,
            account=call.account,
        )
        yield from passes_role("RoleArn", to="sagemaker.amazonaws.com")(inner)


def _of_types() -> Iterator[tuple[str, Rule]]:
    for kind, (parameter, noun, verbs) in _TYPES.items():
        rule = _named(kind, parameter)
        yield f"Create{noun}", every(rule, _passes_roles, _tags(rule))
        yield from ((f"{verb}{noun}", rule) for verb in ("Describe", *verbs))
        yield f"List{noun}s", anywhere


_ENDPOINT = _named("endpoint", "EndpointName")
_ENDPOINT_AND_CONFIG = every(_ENDPOINT, _named("endpoint-config", "EndpointConfigName"))

OPERATIONS: dict[str, Rule] = {
    **dict(_of_types()),
    "CreateEndpoint": every(_ENDPOINT_AND_CONFIG, _tags(_ENDPOINT)),
    "UpdateEndpoint": _ENDPOINT_AND_CONFIG,
    **same(_ENDPOINT, "UpdateEndpointWeightsAndCapacities", "InvokeEndpoint", "InvokeEndpointAsync"),
    "InvokeEndpointWithResponseStream": _ENDPOINT,
    "ListTrainingJobsForHyperParameterTuningJob": _named("hyper-parameter-tuning-job", "HyperParameterTuningJobName"),
    "CreateModelPackage": every(
        _named("model-package-group", "ModelPackageGroupName"),
        _tags(_named("model-package-group", "ModelPackageGroupName")),
    ),
    **same(on("{ModelPackageName}"), "DescribeModelPackage", "DeleteModelPackage"),
    "UpdateModelPackage": on("{ModelPackageArn}"),
    **same(anywhere, "ListModelPackages", "Search"),
    **same(on("{ResourceArn}"), "AddTags", "ListTags", "DeleteTags"),
}

SAGEMAKER = Service(prefix="sagemaker", models=("sagemaker-runtime", "sagemaker"), operations=OPERATIONS)
