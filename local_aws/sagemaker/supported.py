"""Which members of a request this local AWS honours, or may in truth ignore (docs/fidelity/sagemaker.md says which).

Any other member is refused by its name: a setting without effect would be a lie about what will happen on AWS.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from local_aws.sagemaker.errors import ValidationException

MOST_INSTANCES = 16
"""Of a training job."""

_ANY: tuple[Any, ...] = ()
"""Every value that the service model allows."""

Members = Mapping[str, Sequence[Any]]
"""Dotted path (lists are walked through) to the values that are supported; a path covers what is below it."""

_TRAINING_JOB: Members = {
    "TrainingJobName": _ANY,
    "HyperParameters": _ANY,
    "AlgorithmSpecification.TrainingImage": _ANY,
    "AlgorithmSpecification.TrainingInputMode": ("File",),
    "AlgorithmSpecification.EnableSageMakerMetricsTimeSeries": (False,),
    "RoleArn": _ANY,
    "InputDataConfig.ChannelName": _ANY,
    "InputDataConfig.DataSource.S3DataSource.S3DataType": ("S3Prefix",),
    "InputDataConfig.DataSource.S3DataSource.S3Uri": _ANY,
    "InputDataConfig.DataSource.S3DataSource.S3DataDistributionType": ("FullyReplicated", "ShardedByS3Key"),
    "InputDataConfig.ContentType": _ANY,
    "InputDataConfig.CompressionType": ("None",),
    "InputDataConfig.RecordWrapperType": ("None",),
    "InputDataConfig.InputMode": ("File",),
    "OutputDataConfig.S3OutputPath": _ANY,
    "OutputDataConfig.KmsKeyId": _ANY,
    "OutputDataConfig.CompressionType": ("GZIP",),
    "ResourceConfig.InstanceType": _ANY,
    # One process trains on what they share.
    "ResourceConfig.InstanceCount": range(1, MOST_INSTANCES + 1),
    "ResourceConfig.VolumeSizeInGB": _ANY,
    "ResourceConfig.VolumeKmsKeyId": _ANY,
    "ResourceConfig.KeepAlivePeriodInSeconds": _ANY,
    "VpcConfig": _ANY,
    "StoppingCondition": _ANY,
    "Tags": _ANY,
    "EnableNetworkIsolation": _ANY,
    "EnableInterContainerTrafficEncryption": _ANY,
    "EnableManagedSpotTraining": _ANY,
    "CheckpointConfig": _ANY,
    "Environment": _ANY,
    "RetryStrategy": _ANY,
}

_TUNING = "HyperParameterTuningJobConfig"
_OF_TRAINING_ALONE = (
    "TrainingJobName",
    "HyperParameters",
    "AlgorithmSpecification.EnableSageMakerMetricsTimeSeries",
    "Tags",
)
_TUNING_JOB: Members = {
    "HyperParameterTuningJobName": _ANY,
    f"{_TUNING}.Strategy": ("Bayesian", "Random", "Grid"),
    f"{_TUNING}.HyperParameterTuningJobObjective": _ANY,
    f"{_TUNING}.ResourceLimits.MaxNumberOfTrainingJobs": _ANY,
    f"{_TUNING}.ResourceLimits.MaxParallelTrainingJobs": _ANY,
    f"{_TUNING}.ParameterRanges.IntegerParameterRanges": _ANY,
    f"{_TUNING}.ParameterRanges.ContinuousParameterRanges": _ANY,
    f"{_TUNING}.ParameterRanges.CategoricalParameterRanges": _ANY,
    f"{_TUNING}.TrainingJobEarlyStoppingType": ("Off",),
    f"{_TUNING}.RandomSeed": _ANY,
    "TrainingJobDefinition.DefinitionName": _ANY,
    "TrainingJobDefinition.StaticHyperParameters": _ANY,
    **{
        f"TrainingJobDefinition.{path}": _TRAINING_JOB[path] for path in _TRAINING_JOB if path not in _OF_TRAINING_ALONE
    },
    "Tags": _ANY,
}

_CONTAINER = ("ContainerHostname", "Image", "ModelDataUrl", "Environment")
_VARIANT = (
    "VariantName",
    "ModelName",
    "InitialInstanceCount",
    "InstanceType",
    "InitialVariantWeight",
    "ServerlessConfig",
    "VolumeSizeInGB",
    "ModelDataDownloadTimeoutInSeconds",
    "ContainerStartupHealthCheckTimeoutInSeconds",
)
_ROLLOUT = "DeploymentConfig.BlueGreenUpdatePolicy"
_DEPLOYMENT: Members = {
    f"{_ROLLOUT}.TrafficRoutingConfiguration.Type": ("ALL_AT_ONCE",),
    f"{_ROLLOUT}.TrafficRoutingConfiguration.WaitIntervalInSeconds": (0,),
    f"{_ROLLOUT}.TerminationWaitInSeconds": (0,),
    f"{_ROLLOUT}.MaximumExecutionTimeoutInSeconds": _ANY,
}

_LIST: Members = dict.fromkeys(
    ("NextToken", "MaxResults", "NameContains", "CreationTimeAfter", "CreationTimeBefore", "SortBy", "SortOrder"), _ANY
)
_LIST_OF_WORK: Members = {
    **_LIST,
    **dict.fromkeys(("StatusEquals", "LastModifiedTimeAfter", "LastModifiedTimeBefore"), _ANY),
}

SUPPORTED: Mapping[str, Members] = {
    "CreateTrainingJob": _TRAINING_JOB,
    "CreateHyperParameterTuningJob": _TUNING_JOB,
    "CreateModel": {
        **{f"PrimaryContainer.{name}": _ANY for name in _CONTAINER},
        **{f"Containers.{name}": _ANY for name in _CONTAINER},
        "PrimaryContainer.Mode": ("SingleModel",),
        "Containers.Mode": ("SingleModel",),
        **dict.fromkeys(("ModelName", "ExecutionRoleArn", "Tags", "VpcConfig", "EnableNetworkIsolation"), _ANY),
    },
    "CreateEndpointConfig": {
        **{f"ProductionVariants.{name}": _ANY for name in _VARIANT},
        **dict.fromkeys(("EndpointConfigName", "Tags", "KmsKeyId", "EnableNetworkIsolation"), _ANY),
    },
    "CreateEndpoint": {**dict.fromkeys(("EndpointName", "EndpointConfigName", "Tags"), _ANY), **_DEPLOYMENT},
    "UpdateEndpoint": {
        **dict.fromkeys(("EndpointName", "EndpointConfigName"), _ANY),
        "RetainAllVariantProperties": (False,),
        "RetainDeploymentConfig": (False,),
        **_DEPLOYMENT,
    },
    "ListTrainingJobs": _LIST_OF_WORK,
    "ListHyperParameterTuningJobs": _LIST_OF_WORK,
    "ListTrainingJobsForHyperParameterTuningJob": dict.fromkeys(
        ("HyperParameterTuningJobName", "NextToken", "MaxResults", "StatusEquals", "SortBy", "SortOrder"), _ANY
    ),
    "ListModels": _LIST,
    "ListEndpointConfigs": _LIST,
    "ListEndpoints": _LIST_OF_WORK,
}


def check(action: str, request: Mapping[str, Any]) -> None:
    """Raise ValidationException naming the first member that would have no effect here."""
    if action in SUPPORTED:
        _check(SUPPORTED[action], action, request, "")


def _check(members: Members, action: str, value: Mapping[str, Any], prefix: str) -> None:
    for name, inner in value.items():
        path = prefix + name
        if inner is None:
            continue
        if path in members:
            expected = members[path]
            if expected and inner not in expected:
                is_range = isinstance(expected, range)
                choices = f"{expected[0]} to {expected[-1]}" if is_range else " or ".join(map(repr, expected))
                raise ValidationException(f"{action}: {path} {inner!r} is not supported locally, expected {choices}")
        elif any(known.startswith(f"{path}.") for known in members):
            for each in inner if isinstance(inner, list) else [inner]:
                _check(members, action, each, f"{path}.")
        else:
            raise ValidationException(f"{action}: {path} is not supported locally")
