"""SageMaker: Service Authorization Reference, "Actions, resources, and condition keys for Amazon SageMaker AI".

Names are lower-cased in SageMaker's ARNs.
"""

from __future__ import annotations

from collections.abc import Iterator

from moto.applicationautoscaling.models import applicationautoscaling_backends

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


def _deregisters(call: Call) -> Iterator[Check]:
    """DeleteEndpoint deregisters the scalable targets of the endpoint's variants, with its caller's permission."""
    store = applicationautoscaling_backends[call.account][call.region]
    registered = store.targets.get("sagemaker:variant:DesiredInstanceCount", {})
    for resource_id, target in registered.items():
        if resource_id.startswith(f"endpoint/{call.get('EndpointName')}/variant/"):
            yield Check("application-autoscaling:DeregisterScalableTarget", target.arn)


def _package(parameter: str) -> Rule:
    """A version of a group, by ARN or as `<group>/<version>`."""

    def rule(call: Call) -> Iterator[Check]:
        name = str(call.get(parameter) or "*").lower()
        resource = name if name.startswith("arn:") else call.arn(f"model-package/{name}")
        yield Check(f"sagemaker:{call.operation}", resource)

    return rule


def _group(call: Call) -> Iterator[Check]:
    """A model package group by name or ARN."""
    name = str(call.get("ModelPackageGroupName") or "*").rpartition("/")[2]
    yield Check(f"sagemaker:{call.operation}", call.arn(f"model-package-group/{name.lower()}"))


_ENDPOINT = _named("endpoint", "EndpointName")
_ENDPOINT_AND_CONFIG = every(_ENDPOINT, _named("endpoint-config", "EndpointConfigName"))

OPERATIONS: dict[str, Rule] = {
    **dict(_of_types()),
    "CreateEndpoint": every(_ENDPOINT_AND_CONFIG, _tags(_ENDPOINT)),
    "UpdateEndpoint": _ENDPOINT_AND_CONFIG,
    "DeleteEndpoint": every(_ENDPOINT, _deregisters),
    **same(_ENDPOINT, "UpdateEndpointWeightsAndCapacities", "InvokeEndpoint", "InvokeEndpointAsync"),
    "InvokeEndpointWithResponseStream": _ENDPOINT,
    "ListTrainingJobsForHyperParameterTuningJob": _named("hyper-parameter-tuning-job", "HyperParameterTuningJobName"),
    **same(_group, "CreateModelPackage", "DescribeModelPackageGroup", "DeleteModelPackageGroup"),
    **same(_package("ModelPackageName"), "DescribeModelPackage", "DeleteModelPackage"),
    "UpdateModelPackage": _package("ModelPackageArn"),
    **same(anywhere, "ListModelPackages", "Search"),
    **same(on("{ResourceArn}"), "AddTags", "ListTags", "DeleteTags"),
}

SAGEMAKER = Service(prefix="sagemaker", models=("sagemaker-runtime", "sagemaker"), operations=OPERATIONS)
