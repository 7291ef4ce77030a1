"""Which members of a request this local AWS honours, or may in truth ignore (docs/fidelity/sagemaker.md says which).

Any other member is refused by its name: a setting without effect would be a lie about what will happen on AWS.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from local_aws.members import ANY, Members, first_unsupported
from local_aws.sagemaker.errors import ValidationException

MOST_INSTANCES = 16
"""Of a training job."""

_TRAINING_JOB: Members = {
    "TrainingJobName": ANY,
    "HyperParameters": ANY,
    "AlgorithmSpecification.TrainingImage": ANY,
    "AlgorithmSpecification.TrainingInputMode": ("File",),
    "AlgorithmSpecification.EnableSageMakerMetricsTimeSeries": (False,),
    "RoleArn": ANY,
    "InputDataConfig.ChannelName": ANY,
    "InputDataConfig.DataSource.S3DataSource.S3DataType": ("S3Prefix",),
    "InputDataConfig.DataSource.S3DataSource.S3Uri": ANY,
    "InputDataConfig.DataSource.S3DataSource.S3DataDistributionType": ("FullyReplicated", "ShardedByS3Key"),
    "InputDataConfig.ContentType": ANY,
    "InputDataConfig.CompressionType": ("None",),
    "InputDataConfig.RecordWrapperType": ("None",),
    "InputDataConfig.InputMode": ("File",),
    "OutputDataConfig.S3OutputPath": ANY,
    "OutputDataConfig.KmsKeyId": ANY,
    "OutputDataConfig.CompressionType": ("GZIP",),
    "ResourceConfig.InstanceType": ANY,
    # One process trains on what they share.
    "ResourceConfig.InstanceCount": range(1, MOST_INSTANCES + 1),
    "ResourceConfig.VolumeSizeInGB": ANY,
    "ResourceConfig.VolumeKmsKeyId": ANY,
    "ResourceConfig.KeepAlivePeriodInSeconds": ANY,
    "VpcConfig": ANY,
    "StoppingCondition": ANY,
    "Tags": ANY,
    "EnableNetworkIsolation": ANY,
    "EnableInterContainerTrafficEncryption": ANY,
    "EnableManagedSpotTraining": ANY,
    "CheckpointConfig": ANY,
    "Environment": ANY,
    "RetryStrategy": ANY,
}

_TUNING = "HyperParameterTuningJobConfig"
_OF_TRAINING_ALONE = (
    "TrainingJobName",
    "HyperParameters",
    "AlgorithmSpecification.EnableSageMakerMetricsTimeSeries",
    "Tags",
)
_TUNING_JOB: Members = {
    "HyperParameterTuningJobName": ANY,
    f"{_TUNING}.Strategy": ("Bayesian", "Random", "Grid"),
    f"{_TUNING}.HyperParameterTuningJobObjective": ANY,
    f"{_TUNING}.ResourceLimits.MaxNumberOfTrainingJobs": ANY,
    f"{_TUNING}.ResourceLimits.MaxParallelTrainingJobs": ANY,
    f"{_TUNING}.ParameterRanges.IntegerParameterRanges": ANY,
    f"{_TUNING}.ParameterRanges.ContinuousParameterRanges": ANY,
    f"{_TUNING}.ParameterRanges.CategoricalParameterRanges": ANY,
    f"{_TUNING}.TrainingJobEarlyStoppingType": ("Off",),
    f"{_TUNING}.RandomSeed": ANY,
    "TrainingJobDefinition.DefinitionName": ANY,
    "TrainingJobDefinition.StaticHyperParameters": ANY,
    **{
        f"TrainingJobDefinition.{path}": _TRAINING_JOB[path] for path in _TRAINING_JOB if path not in _OF_TRAINING_ALONE
    },
    "Tags": ANY,
}

_CONTAINER = ("ContainerHostname", "Image", "ModelDataUrl", "Environment", "ModelPackageName")
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
_DESIRED = "DesiredWeightsAndCapacities"
_VARIANTS = ("ProductionVariants", "ShadowProductionVariants")
_BLUE_GREEN = "DeploymentConfig.BlueGreenUpdatePolicy"
_ROLLING = "DeploymentConfig.RollingUpdatePolicy"
_DEPLOYMENT: Members = dict.fromkeys(
    (
        f"{_BLUE_GREEN}.TrafficRoutingConfiguration",
        f"{_BLUE_GREEN}.TerminationWaitInSeconds",
        f"{_BLUE_GREEN}.MaximumExecutionTimeoutInSeconds",
        f"{_ROLLING}.MaximumBatchSize",
        f"{_ROLLING}.WaitIntervalInSeconds",
        f"{_ROLLING}.MaximumExecutionTimeoutInSeconds",
        "DeploymentConfig.AutoRollbackConfiguration",
    ),
    ANY,
)

_MODEL_PACKAGE: Members = dict.fromkeys(
    (
        "ModelPackageName",
        "ModelPackageGroupName",
        "ModelPackageDescription",
        "InferenceSpecification",
        "ModelApprovalStatus",
        "MetadataProperties",
        "ModelMetrics",
        "CustomerMetadataProperties",
        "Domain",
        "Task",
        "SamplePayloadUrl",
        "SourceUri",
        "ClientToken",
        "Tags",
    ),
    ANY,
)

_LIST: Members = dict.fromkeys(
    ("NextToken", "MaxResults", "NameContains", "CreationTimeAfter", "CreationTimeBefore", "SortBy", "SortOrder"), ANY
)
_LIST_OF_WORK: Members = {
    **_LIST,
    **dict.fromkeys(("StatusEquals", "LastModifiedTimeAfter", "LastModifiedTimeBefore"), ANY),
}

SUPPORTED: Mapping[str, Members] = {
    "CreateTrainingJob": _TRAINING_JOB,
    "CreateHyperParameterTuningJob": _TUNING_JOB,
    "CreateModel": {
        **{f"PrimaryContainer.{name}": ANY for name in _CONTAINER},
        **{f"Containers.{name}": ANY for name in _CONTAINER},
        "PrimaryContainer.Mode": ("SingleModel",),
        "Containers.Mode": ("SingleModel",),
        **dict.fromkeys(("ModelName", "ExecutionRoleArn", "Tags", "VpcConfig", "EnableNetworkIsolation"), ANY),
    },
    "CreateEndpointConfig": {
        **{f"{variants}.{name}": ANY for name in _VARIANT for variants in _VARIANTS},
        **dict.fromkeys(("EndpointConfigName", "Tags", "KmsKeyId", "EnableNetworkIsolation"), ANY),
    },
    "CreateEndpoint": {**dict.fromkeys(("EndpointName", "EndpointConfigName", "Tags"), ANY), **_DEPLOYMENT},
    "UpdateEndpoint": {
        **dict.fromkeys(("EndpointName", "EndpointConfigName", "RetainDeploymentConfig"), ANY),
        **dict.fromkeys(("RetainAllVariantProperties", "ExcludeRetainedVariantProperties"), ANY),
        **_DEPLOYMENT,
    },
    "UpdateEndpointWeightsAndCapacities": {
        "EndpointName": ANY,
        **{f"{_DESIRED}.{name}": ANY for name in ("VariantName", "DesiredWeight", "DesiredInstanceCount")},
    },
    "CreateModelPackageGroup": dict.fromkeys(("ModelPackageGroupName", "ModelPackageGroupDescription", "Tags"), ANY),
    "CreateModelPackage": _MODEL_PACKAGE,
    "UpdateModelPackage": dict.fromkeys(
        (
            "ModelPackageArn",
            "ModelApprovalStatus",
            "ApprovalDescription",
            "CustomerMetadataProperties",
            "CustomerMetadataPropertiesToRemove",
            "SourceUri",
            "ClientToken",
        ),
        ANY,
    ),
    "ListTrainingJobs": _LIST_OF_WORK,
    "ListHyperParameterTuningJobs": _LIST_OF_WORK,
    "ListTrainingJobsForHyperParameterTuningJob": dict.fromkeys(
        ("HyperParameterTuningJobName", "NextToken", "MaxResults", "StatusEquals", "SortBy", "SortOrder"), ANY
    ),
    "ListModels": _LIST,
    "ListModelPackageGroups": {**_LIST, "CrossAccountFilterOption": ("SameAccount",)},
    "ListModelPackages": {
        **_LIST,
        **dict.fromkeys(("ModelApprovalStatus", "ModelPackageGroupName", "ModelPackageType"), ANY),
    },
    "ListEndpointConfigs": _LIST,
    "ListEndpoints": _LIST_OF_WORK,
}


def check(action: str, request: Mapping[str, Any]) -> None:
    """Raise ValidationException naming the first member that would have no effect here."""
    found = first_unsupported(SUPPORTED[action], request) if action in SUPPORTED else None
    if found is None:
        return
    if found.expected:
        said = f"{found.path} {found.value!r} is not supported locally, expected {found.choices}"
        raise ValidationException(f"{action}: {said}")
    raise ValidationException(f"{action}: {found.path} is not supported locally")
