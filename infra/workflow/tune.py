"""Hyperparameters that are looked for instead of given: a tuning job for each number of factors."""

from __future__ import annotations

from aws_cdk import Aws, Duration
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infra.permissions import EXECUTION_NAME, Permission
from infra.settings import Stage
from infra.workflow.models import LIKE, BranchFailure
from infra.workflow.states import LIMIT_REACHED, TRANSIENT_SAGEMAKER, Json, Step, retried, task, what_failed
from infra.workflow.train import BY_INSTANCES, TrainingRole, attempt, channel, output, resources, sagemaker_arn

HYPERPARAMETERS = LIKE.variable("hyperparameters")
TUNING = LIKE.variable("tuning")
_TUNE = "Tune Model"
_NAME = f"{{% $job.tune.name & '-' & $string($states.input) & {attempt()} %}}"
_FACTORS = "{'num_factors': $string($states.input)}"
_DIM = f"{{'feature_dim': $string(${LIKE.variable('prepared')}.feature_dim)}}"


class TuneModel(Construct):
    """`$like_hyperparameters` are the job's, or the best that tuning found; `$like_tuning` says how, or is null.

    Each training is scored on the validation channel, which is the tuning jobs' channel `test`: the test ratings decide
    nothing here. The number of factors is none of the algorithm's tunable hyperparameters: each has a job of its own.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        stage: Stage,
        image: str,
        bucket: s3.IBucket,
        training: TrainingRole,
        on_error: BranchFailure,
    ) -> None:
        super().__init__(scope, id_)
        keep = sfn.Pass.jsonata(
            self,
            "Take Hyperparameters as Given",
            assign={HYPERPARAMETERS: "{% $job.hyperparameters %}", TUNING: "{% null %}"},
        )
        tune = sfn.Map.jsonata(
            self,
            "Tune Each Number of Factors",
            items=sfn.ProvideItems.jsonata("{% $job.tune.num_factors %}"),
            max_concurrency=1,
            assign={HYPERPARAMETERS: _BEST_HYPERPARAMETERS, TUNING: _TUNING},
        )
        tune.item_processor(_tuning_job(self, image=image, bucket=bucket, training=training))
        tune.add_catch(on_error.start, errors=["States.ALL"], assign={on_error.variable: what_failed(_TUNE)})
        choice = (
            sfn.Choice.jsonata(self, "Choose Tuning")
            .when(sfn.Condition.jsonata("{% $job.tune != null %}"), tune)
            .otherwise(keep)
        )
        self.step = Step(start=choice, ends=[tune, keep], permissions=_permissions(stage))


def _tuning_job(scope: Construct, *, image: str, bucket: s3.IBucket, training: TrainingRole) -> sfn.CustomState:
    state = task(
        scope,
        _TUNE,
        resource="sagemaker:createHyperParameterTuningJob.sync",
        arguments={
            "HyperParameterTuningJobName": _NAME,
            "HyperParameterTuningJobConfig": {
                "Strategy": "{% $job.tune.strategy %}",
                "HyperParameterTuningJobObjective": "{% $job.tune.objective %}",
                "ResourceLimits": {
                    "MaxNumberOfTrainingJobs": "{% $job.tune.jobs %}",
                    "MaxParallelTrainingJobs": "{% $job.tune.parallel %}",
                },
                "ParameterRanges": "{% $job.tune.ranges %}",
                "RandomSeed": "{% $job.tune.seed %}",
            },
            "TrainingJobDefinition": {
                "StaticHyperParameters": f"{{% $merge([$job.tune.static, {_FACTORS}, {_DIM}]) %}}",
                "AlgorithmSpecification": {"TrainingImage": image, "TrainingInputMode": "File"},
                "RoleArn": training.role.role_arn,
                "InputDataConfig": [
                    channel(LIKE, bucket, "train", distribution=BY_INSTANCES),
                    channel(LIKE, bucket, "test", of="validation"),
                ],
                **output(
                    f"{{% 's3://{bucket.bucket_name}/' & $job.run & 'model/tuning' %}}", key=bucket.encryption_key
                ),
                **resources(key=bucket.encryption_key),
                **training.place,
            },
            "Tags": training.tags,
        },
        timeout=Duration.hours(25),
        output=_FOUND,
    )
    retried(state, LIMIT_REACHED, interval_s=30, attempts=5)
    return retried(state, TRANSIENT_SAGEMAKER, interval_s=1, attempts=2)


_FOUND: Json = {
    "num_factors": "{% $states.input %}",
    "job": "{% $states.result.HyperParameterTuningJobName %}",
    "trainings": "{% $states.result.TrainingJobStatusCounters %}",
    "best": {
        "job": "{% $states.result.BestTrainingJob.TrainingJobName %}",
        "value": "{% $states.result.BestTrainingJob.FinalHyperParameterTuningJobObjectiveMetric.Value %}",
        "hyperparameters": "{% $states.result.BestTrainingJob.TunedHyperParameters %}",
    },
}
# The first of those that reached it: how `$sort` leaves equals is up to the engine.
_BEST = (
    "($values := $states.result.best.value; "
    "$reached := $job.tune.objective.Type = 'Minimize' ? $min($values) : $max($values); "
    "$states.result[best.value = $reached][0])"
)
_BEST_HYPERPARAMETERS = (
    f"{{% ($best := {_BEST}; $merge([$job.hyperparameters, $best.best.hyperparameters, "
    "{'num_factors': $string($best.num_factors)}])) %}"
)
_TUNING: Json = {
    "objective": "{% $job.tune.objective %}",
    "strategy": "{% $job.tune.strategy %}",
    "jobs": "{% [$states.result] %}",
    "best": f"{{% {_BEST} %}}",
}


def _permissions(stage: Stage) -> list[Permission]:
    """Step Functions, "IAM policies for calling Amazon SageMaker AI": create, watch, stop and tag tuning jobs."""
    jobs = sagemaker_arn("hyper-parameter-tuning-job", f"{stage.tuning_name}-*")
    rule = "rule/StepFunctionsGetEventsForSageMakerTuningJobsRule"
    verbs = ("Create", "Describe", "Stop")
    return [
        Permission(
            actions=[f"sagemaker:{verb}HyperParameterTuningJob" for verb in verbs],
            resources=[jobs],
            because=EXECUTION_NAME,
        ),
        Permission(actions=["sagemaker:AddTags", "sagemaker:ListTags"], resources=[jobs], because=EXECUTION_NAME),
        Permission(
            actions=["events:PutTargets", "events:PutRule", "events:DescribeRule"],
            resources=[f"arn:{Aws.PARTITION}:events:{Aws.REGION}:{Aws.ACCOUNT_ID}:{rule}"],
        ),
    ]
