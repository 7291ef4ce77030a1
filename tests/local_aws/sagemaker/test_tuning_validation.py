"""What CreateHyperParameterTuningJob refuses before anything runs, and how it says so."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.core.utils import get_service_model

from local_aws.sagemaker import tuning_algorithms
from tests.local_aws.sagemaker.laboratory import IMAGE, Lab
from tests.local_aws.sagemaker.tuning_laboratory import categorical, config, continuous, create, definition, ended

RANGES = continuous("factors_lr", "0.001", "0.1")


def refusal(
    lab: Lab, tuning: dict[str, Any] | None = None, training: dict[str, Any] | None = None, **others: Any
) -> str:
    """Message of the answer to a request with these members changed; no training is left behind."""
    before = lab.aws("sagemaker").list_hyper_parameter_tuning_jobs(MaxResults=100)["HyperParameterTuningJobSummaries"]
    with pytest.raises(ClientError) as caught:
        create(lab, config(RANGES, jobs=1) | (tuning or {}), definition(lab, "factors_lr") | (training or {}), **others)
    after = lab.aws("sagemaker").list_hyper_parameter_tuning_jobs(MaxResults=100)["HyperParameterTuningJobSummaries"]
    assert after == before
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert caught.value.response["Error"]["Code"] == "ValidationException"
    message: str = caught.value.response["Error"]["Message"]
    return message


@pytest.mark.parametrize("name", ["a" * 33, "a_b", "-a"])
def test_names_follow_the_pattern(lab: Lab, name: str) -> None:
    with pytest.raises(ClientError, match="at 'hyperParameterTuningJobName' failed to satisfy constraint"):
        lab.aws("sagemaker").create_hyper_parameter_tuning_job(
            HyperParameterTuningJobName=name,
            HyperParameterTuningJobConfig=config(RANGES, jobs=1),
            TrainingJobDefinition=definition(lab),
        )


NOT_HERE: list[tuple[dict[str, Any], str]] = [
    ({"tuning": {"Strategy": "Hyperband"}}, "HyperParameterTuningJobConfig.Strategy 'Hyperband'"),
    ({"tuning": {"StrategyConfig": {"HyperbandStrategyConfig": {"MaxResource": 9}}}}, "Config.StrategyConfig"),
    ({"tuning": {"TrainingJobEarlyStoppingType": "Auto"}}, "TrainingJobEarlyStoppingType 'Auto'"),
    (
        {"tuning": {"TuningJobCompletionCriteria": {"TargetObjectiveMetricValue": 0.5}}},
        "HyperParameterTuningJobConfig.TuningJobCompletionCriteria",
    ),
    (
        {"tuning": {"ResourceLimits": {"MaxParallelTrainingJobs": 1, "MaxRuntimeInSeconds": 600}}},
        "ResourceLimits.MaxRuntimeInSeconds",
    ),
    (
        {"tuning": {"ParameterRanges": {"AutoParameters": [{"Name": "factors_lr", "ValueHint": "0.1"}]}}},
        "ParameterRanges.AutoParameters",
    ),
    (
        {
            "WarmStartConfig": {
                "ParentHyperParameterTuningJobs": [{"HyperParameterTuningJobName": "older"}],
                "WarmStartType": "TransferLearning",
            }
        },
        "WarmStartConfig",
    ),
    ({"Autotune": {"Mode": "Enabled"}}, "Autotune"),
    (
        {
            "training": {
                "AlgorithmSpecification": {
                    "TrainingImage": IMAGE,
                    "TrainingInputMode": "File",
                    "MetricDefinitions": [{"Name": "mine", "Regex": "mine=(.*)"}],
                }
            }
        },
        "TrainingJobDefinition.AlgorithmSpecification.MetricDefinitions",
    ),
    (
        {"training": {"HyperParameterTuningResourceConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large"}}},
        "TrainingJobDefinition.HyperParameterTuningResourceConfig",
    ),
    (
        {"training": {"TuningObjective": {"Type": "Minimize", "MetricName": "m"}}},
        "TrainingJobDefinition.TuningObjective",
    ),
    ({"training": {"HyperParameterRanges": RANGES}}, "TrainingJobDefinition.HyperParameterRanges"),
    (
        {"training": {"ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 17, "VolumeSizeInGB": 1}}},
        "TrainingJobDefinition.ResourceConfig.InstanceCount 17",
    ),
]


@pytest.mark.parametrize(("changes", "named"), NOT_HERE, ids=[named for _, named in NOT_HERE])
def test_what_is_not_emulated_is_refused_by_name(lab: Lab, changes: dict[str, Any], named: str) -> None:
    message = refusal(lab, **changes)
    assert named in message
    assert "not supported locally" in message


def test_several_definitions_are_refused(lab: Lab) -> None:
    with pytest.raises(ClientError, match="TrainingJobDefinitions is not supported locally"):
        lab.aws("sagemaker").create_hyper_parameter_tuning_job(
            HyperParameterTuningJobName=lab.name("tune"),
            HyperParameterTuningJobConfig=config(RANGES, jobs=1),
            TrainingJobDefinitions=[definition(lab)],
        )


def metric(name: str, kind: str) -> dict[str, Any]:
    return {"HyperParameterTuningJobObjective": {"Type": kind, "MetricName": name}}


REFUSED: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    (metric("test:auc", "Maximize"), {}, "Objective Maximize test:auc is not one of this algorithm's"),
    (metric("test:rmse", "Maximize"), {}, "Minimize test:rmse"),
    ({"ParameterRanges": categorical("num_factors", "8", "16")}, {}, "'num_factors' is not tunable"),
    ({"ParameterRanges": continuous("epochs", "1", "9")}, {}, "'epochs' is not in IntegerParameterRanges"),
    ({"ParameterRanges": continuous("linear_lr", "0.1", "0.9")}, {}, "'linear_lr' is in StaticHyperParameters and"),
    ({"ParameterRanges": {}}, {}, "0 hyperparameter ranges"),
    ({"ParameterRanges": continuous("factors_lr", "0.5", "0.1")}, {}, "MinValue 0.5 is greater than MaxValue 0.1"),
    ({"ResourceLimits": {"MaxParallelTrainingJobs": 1}}, {}, "MaxNumberOfTrainingJobs is required"),
    ({"Strategy": "Grid"}, {}, "Strategy Grid takes categorical ranges only, 'factors_lr' is numeric"),
    (
        {"Strategy": "Grid", "ParameterRanges": categorical("factors_lr", "0.1", "0.2")},
        {},
        "MaxNumberOfTrainingJobs 1 with strategy Grid, expected the number of combinations, 2",
    ),
    (
        {
            "ParameterRanges": categorical("factors_lr", "0.1"),
            "ResourceLimits": {"MaxNumberOfTrainingJobs": 3, "MaxParallelTrainingJobs": 1},
        },
        {},
        "for the provided ranges [1.0] must be equal or greater than the value of MaxNumberOfJobs, [3]",
    ),
    ({}, {"StaticHyperParameters": {f"h{number}": "1" for number in range(99)}}, "are more than 100"),
    ({}, {"RoleArn": "arn:aws:iam::123456789012:role/nobody"}, "Could not assume role"),
    ({}, {"OutputDataConfig": {"S3OutputPath": "https://bucket.s3.amazonaws.com/"}}, "is not supported locally"),
    ({}, {"EnableManagedSpotTraining": True}, "MaxWaitTimeInSeconds None"),
    (
        {},
        {
            "AlgorithmSpecification": {
                "TrainingImage": IMAGE.replace("factorization-machines", "xgboost"),
                "TrainingInputMode": "File",
            }
        },
        "A metric is required for this hyperparameter tuning job objective.",
    ),
]


@pytest.mark.parametrize(("tuning", "training", "named"), REFUSED, ids=[named for _, _, named in REFUSED])
def test_what_cannot_be_tuned_is_refused_by_name(
    lab: Lab, tuning: dict[str, Any], training: dict[str, Any], named: str
) -> None:
    assert named in refusal(lab, tuning, training)


@pytest.mark.parametrize("missing", ["HyperParameterTuningJobObjective", "ParameterRanges"])
def test_what_there_is_no_other_way_to_say_is_required(lab: Lab, missing: str) -> None:
    tuning = config(RANGES, jobs=1)
    del tuning[missing]
    with pytest.raises(ClientError, match=f"HyperParameterTuningJobConfig.{missing} is required"):
        create(lab, tuning, definition(lab, "factors_lr"))


def test_the_training_job_definition_is_required(lab: Lab) -> None:
    with pytest.raises(ClientError, match="TrainingJobDefinition is required"):
        lab.aws("sagemaker").create_hyper_parameter_tuning_job(
            HyperParameterTuningJobName=lab.name("tune"), HyperParameterTuningJobConfig=config(RANGES, jobs=1)
        )


def test_a_prefix_without_objects_is_refused(lab: Lab) -> None:
    channels = [lab.channel("train", prefix="nothing/here/")]
    assert refusal(lab, training={"InputDataConfig": channels}).startswith("No S3 objects found under S3 URL")


def test_a_name_is_taken_for_ever(lab: Lab) -> None:
    training = definition(lab, "factors_lr", num_factors="many")
    name = create(lab, config(RANGES, jobs=1), training)
    ended(lab, name)
    with pytest.raises(ClientError) as caught:
        lab.aws("sagemaker").create_hyper_parameter_tuning_job(
            HyperParameterTuningJobName=name,
            HyperParameterTuningJobConfig=config(RANGES, jobs=1),
            TrainingJobDefinition=training,
        )
    assert caught.value.response["Error"] == {
        "Code": "ResourceInUse",
        "Message": f"A hyperparameter tuning job with the name, {name}, already exists. Choose a different name.",
    }


@pytest.mark.parametrize(
    "action",
    [
        "describe_hyper_parameter_tuning_job",
        "stop_hyper_parameter_tuning_job",
        "list_training_jobs_for_hyper_parameter_tuning_job",
    ],
)
def test_a_job_that_does_not_exist_is_not_found(lab: Lab, action: str) -> None:
    with pytest.raises(ClientError) as caught:
        getattr(lab.aws("sagemaker"), action)(HyperParameterTuningJobName="nobody")
    assert caught.value.response["Error"] == {
        "Code": "ResourceNotFound",
        "Message": "Amazon SageMaker can't find a tuning job called nobody. Type another name.",
    }
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_the_objectives_are_metrics_that_the_algorithm_reports() -> None:
    """Other than the rest of this module, against the image's own definitions rather than over HTTP."""
    from local_aws.sagemaker.images import FACTORIZATION_MACHINES

    assert set(tuning_algorithms.FACTORIZATION_MACHINES.objectives) <= set(FACTORIZATION_MACHINES.metrics)


def test_what_is_taken_over_from_a_definition_is_in_both_requests() -> None:
    """A member that one of the two shapes lacked would be lost, or refused for a name that nobody wrote."""
    from local_aws.sagemaker.tuning_jobs import _OF_TRAINING

    model = get_service_model("sagemaker")
    assert set(model.shape_for("HyperParameterTrainingJobDefinition").members) >= _OF_TRAINING
    assert set(model.shape_for("CreateTrainingJobRequest").members) >= _OF_TRAINING
