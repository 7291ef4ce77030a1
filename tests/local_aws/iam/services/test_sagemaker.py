"""What the calls of SageMaker and its runtime need."""

from __future__ import annotations

from typing import Any

from tests.local_aws.iam.services.needs import PASS, PASSED, TAGS, Call, arn, assert_needs_exactly, calls


def sagemaker(resource: str) -> str:
    return arn("sagemaker", resource)


TRAINING: dict[str, Any] = {
    "TrainingJobName": "Iam-Job",
    "AlgorithmSpecification": {"TrainingImage": "nowhere/image:1", "TrainingInputMode": "File"},
    "RoleArn": PASSED,
    "OutputDataConfig": {"S3OutputPath": "s3://b/o"},
    "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
    "StoppingCondition": {"MaxRuntimeInSeconds": 60},
}
TUNING: dict[str, Any] = {
    "HyperParameterTuningJobName": "Iam-T",
    "HyperParameterTuningJobConfig": {"Strategy": "Random", "ResourceLimits": {"MaxParallelTrainingJobs": 1}},
    "TrainingJobDefinition": {name: value for name, value in TRAINING.items() if name != "TrainingJobName"},
}
VARIANTS = [{"VariantName": "v", "ModelName": "iam-m", "InitialInstanceCount": 1, "InstanceType": "ml.m5.large"}]


CALLS: list[Call] = [
    (
        "sagemaker",
        "create_training_job",
        TRAINING,
        [("sagemaker:CreateTrainingJob", sagemaker("training-job/iam-job")), PASS],
    ),
    (
        "sagemaker",
        "create_training_job",
        {**TRAINING, "TrainingJobName": "iam-tagged", "Tags": TAGS},
        [
            ("sagemaker:CreateTrainingJob", sagemaker("training-job/iam-tagged")),
            PASS,
            ("sagemaker:AddTags", sagemaker("training-job/iam-tagged")),
        ],
    ),
    (
        "sagemaker",
        "describe_training_job",
        {"TrainingJobName": "none"},
        [("sagemaker:DescribeTrainingJob", sagemaker("training-job/none"))],
    ),
    (
        "sagemaker",
        "stop_training_job",
        {"TrainingJobName": "none"},
        [("sagemaker:StopTrainingJob", sagemaker("training-job/none"))],
    ),
    ("sagemaker", "list_training_jobs", {}, [("sagemaker:ListTrainingJobs", "*")]),
    (
        "sagemaker",
        "create_model",
        {"ModelName": "Iam-M", "ExecutionRoleArn": PASSED},
        [("sagemaker:CreateModel", sagemaker("model/iam-m")), PASS],
    ),
    ("sagemaker", "describe_model", {"ModelName": "none"}, [("sagemaker:DescribeModel", sagemaker("model/none"))]),
    ("sagemaker", "delete_model", {"ModelName": "none"}, [("sagemaker:DeleteModel", sagemaker("model/none"))]),
    (
        "sagemaker",
        "create_endpoint_config",
        {"EndpointConfigName": "Iam-C", "ProductionVariants": VARIANTS},
        [("sagemaker:CreateEndpointConfig", sagemaker("endpoint-config/iam-c"))],
    ),
    (
        "sagemaker",
        "delete_endpoint_config",
        {"EndpointConfigName": "none"},
        [("sagemaker:DeleteEndpointConfig", sagemaker("endpoint-config/none"))],
    ),
    (
        "sagemaker",
        "create_endpoint",
        {"EndpointName": "Iam-E", "EndpointConfigName": "none", "Tags": TAGS},
        [
            ("sagemaker:CreateEndpoint", sagemaker("endpoint/iam-e")),
            ("sagemaker:CreateEndpoint", sagemaker("endpoint-config/none")),
            ("sagemaker:AddTags", sagemaker("endpoint/iam-e")),
        ],
    ),
    (
        "sagemaker",
        "update_endpoint",
        {"EndpointName": "none", "EndpointConfigName": "none"},
        [
            ("sagemaker:UpdateEndpoint", sagemaker("endpoint/none")),
            ("sagemaker:UpdateEndpoint", sagemaker("endpoint-config/none")),
        ],
    ),
    (
        "sagemaker",
        "describe_endpoint",
        {"EndpointName": "none"},
        [("sagemaker:DescribeEndpoint", sagemaker("endpoint/none"))],
    ),
    (
        "sagemaker",
        "delete_endpoint",
        {"EndpointName": "none"},
        [("sagemaker:DeleteEndpoint", sagemaker("endpoint/none"))],
    ),
    (
        "sagemaker",
        "list_tags",
        {"ResourceArn": sagemaker("model/none")},
        [("sagemaker:ListTags", sagemaker("model/none"))],
    ),
    (
        "sagemaker",
        "add_tags",
        {"ResourceArn": sagemaker("model/none"), "Tags": TAGS},
        [("sagemaker:AddTags", sagemaker("model/none"))],
    ),
    (
        "sagemaker",
        "create_hyper_parameter_tuning_job",
        TUNING,
        [("sagemaker:CreateHyperParameterTuningJob", sagemaker("hyper-parameter-tuning-job/iam-t")), PASS],
    ),
    (
        "sagemaker",
        "create_hyper_parameter_tuning_job",
        {**TUNING, "HyperParameterTuningJobName": "iam-tagged", "Tags": TAGS},
        [
            ("sagemaker:CreateHyperParameterTuningJob", sagemaker("hyper-parameter-tuning-job/iam-tagged")),
            PASS,
            ("sagemaker:AddTags", sagemaker("hyper-parameter-tuning-job/iam-tagged")),
        ],
    ),
    (
        "sagemaker",
        "describe_hyper_parameter_tuning_job",
        {"HyperParameterTuningJobName": "none"},
        [("sagemaker:DescribeHyperParameterTuningJob", sagemaker("hyper-parameter-tuning-job/none"))],
    ),
    (
        "sagemaker",
        "stop_hyper_parameter_tuning_job",
        {"HyperParameterTuningJobName": "none"},
        [("sagemaker:StopHyperParameterTuningJob", sagemaker("hyper-parameter-tuning-job/none"))],
    ),
    ("sagemaker", "list_hyper_parameter_tuning_jobs", {}, [("sagemaker:ListHyperParameterTuningJobs", "*")]),
    (
        "sagemaker",
        "list_training_jobs_for_hyper_parameter_tuning_job",
        {"HyperParameterTuningJobName": "none"},
        [("sagemaker:ListTrainingJobsForHyperParameterTuningJob", sagemaker("hyper-parameter-tuning-job/none"))],
    ),
    (
        "sagemaker",
        "update_endpoint_weights_and_capacities",
        {"EndpointName": "none", "DesiredWeightsAndCapacities": [{"VariantName": "v", "DesiredWeight": 1.0}]},
        [("sagemaker:UpdateEndpointWeightsAndCapacities", sagemaker("endpoint/none"))],
    ),
    (
        "sagemaker",
        "create_model_package_group",
        {"ModelPackageGroupName": "Iam-G", "Tags": TAGS},
        [
            ("sagemaker:CreateModelPackageGroup", sagemaker("model-package-group/iam-g")),
            ("sagemaker:AddTags", sagemaker("model-package-group/iam-g")),
        ],
    ),
    (
        "sagemaker",
        "describe_model_package_group",
        {"ModelPackageGroupName": sagemaker("model-package-group/none")},
        [("sagemaker:DescribeModelPackageGroup", sagemaker("model-package-group/none"))],
    ),
    (
        "sagemaker",
        "delete_model_package_group",
        {"ModelPackageGroupName": "none"},
        [("sagemaker:DeleteModelPackageGroup", sagemaker("model-package-group/none"))],
    ),
    ("sagemaker", "list_model_package_groups", {}, [("sagemaker:ListModelPackageGroups", "*")]),
    (
        "sagemaker",
        "create_model_package",
        {"ModelPackageGroupName": "none"},
        [("sagemaker:CreateModelPackage", sagemaker("model-package-group/none"))],
    ),
    (
        "sagemaker",
        "describe_model_package",
        {"ModelPackageName": "none/1"},
        [("sagemaker:DescribeModelPackage", sagemaker("model-package/none/1"))],
    ),
    (
        "sagemaker",
        "update_model_package",
        {"ModelPackageArn": sagemaker("model-package/none/1")},
        [("sagemaker:UpdateModelPackage", sagemaker("model-package/none/1"))],
    ),
    (
        "sagemaker",
        "delete_model_package",
        {"ModelPackageName": sagemaker("model-package/none/1")},
        [("sagemaker:DeleteModelPackage", sagemaker("model-package/none/1"))],
    ),
    ("sagemaker", "list_model_packages", {}, [("sagemaker:ListModelPackages", "*")]),
    (
        "sagemaker-runtime",
        "invoke_endpoint",
        {"EndpointName": "None", "Body": b"{}", "ContentType": "application/json"},
        [("sagemaker:InvokeEndpoint", sagemaker("endpoint/none"))],
    ),
]


@calls(CALLS)
def test_call_needs_exactly_these_permissions(role: Any, call: Call) -> None:
    assert_needs_exactly(role, call)
