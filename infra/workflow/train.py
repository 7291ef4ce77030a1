"""The training job, and the roles SageMaker works under."""

from __future__ import annotations

from aws_cdk import Aws, Duration, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infra.encryption import may_lend
from infra.network import place_of_job, sagemaker_may_join
from infra.permissions import EXECUTION_NAME, Permission
from infra.settings import Stage
from infra.storage import RUNS, may_list, may_read, may_write
from infra.workflow.capacity import ATTEMPTS, SPOT, LostCapacity
from infra.workflow.models import BranchFailure, Model
from infra.workflow.states import LIMIT_REACHED, TRANSIENT_SAGEMAKER, Step, caught, retried, tags, task
from infra.workflow.volumes import of_training


# Names of training jobs are used up for ever: a retry or a redrive takes another one, as does a further attempt.
def attempt(*, attempts: str | None = None) -> str:
    """The JSONata expression that ends the name of a job. attempts: that of the list of earlier ones.

    Their number is the first digit of the last part, in which no state's own retries reach ten.
    """
    earlier = f" + 10 * $count({attempts})" if attempts else ""
    return (
        "'-' & $string($exists($states.context.Execution.RedriveCount) ? $states.context.Execution.RedriveCount : 0) "
        f"& '-' & $string($states.context.State.RetryCount{earlier})"
    )


# Several instances share the training rows, a shard or more each; there are at least as many shards (prep.job).
BY_INSTANCES = "{% $job.training.instance_count > 1 ? 'ShardedByS3Key' : 'FullyReplicated' %}"


def sagemaker_role(scope: Construct, id_: str) -> iam.Role:
    """A role that SageMaker assumes on behalf of this account only."""
    return iam.Role(
        scope,
        id_,
        assumed_by=iam.ServicePrincipal(
            "sagemaker.amazonaws.com",
            conditions={"StringEquals": {"aws:SourceAccount": Stack.of(scope).account}},
        ),
    )


def may_log(log_group: str) -> Permission:
    """Create that log group and write to it (`/aws/sagemaker/TrainingJobs`)."""
    return Permission(
        actions=["logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
        resources=[f"arn:{Aws.PARTITION}:logs:{Aws.REGION}:{Aws.ACCOUNT_ID}:log-group:{log_group}*"],
        because="SageMaker names the log streams",
    )


def may_publish_metrics(namespace: str) -> Permission:
    """Put metrics into that namespace: CloudWatch knows no resources to put them on."""
    return Permission(
        actions=["cloudwatch:PutMetricData"],
        resources=["*"],
        conditions={"StringEquals": {"cloudwatch:namespace": namespace}},
        because=f"PutMetricData takes no resource; the condition limits it to the namespace {namespace}",
    )


def may_pass(role: iam.IRole) -> Permission:
    """Hand that role to SageMaker, and to no other service."""
    return Permission(
        actions=["iam:PassRole"],
        resources=[role.role_arn],
        conditions={"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
    )


def sagemaker_arn(kind: str, name: str) -> str:
    """ARN of a SageMaker resource of this account and region (`training-job`, `movie-recommender-dev-*`)."""
    return f"arn:{Aws.PARTITION}:sagemaker:{Aws.REGION}:{Aws.ACCOUNT_ID}:{kind}/{name}"


class TrainingRole(Construct):
    """What SageMaker trains as, and what Step Functions may do with its jobs. `place` are arguments that say where."""

    def __init__(self, scope: Construct, id_: str, *, stage: Stage, bucket: s3.IBucket) -> None:
        super().__init__(scope, id_)
        self.role, self.tags = sagemaker_role(self, "Role"), tags(stage)
        may_read(bucket, f"{RUNS}/*/prepared/*").grant(self.role)
        may_list(bucket, f"{RUNS}/").grant(self.role)
        may_write(bucket, f"{RUNS}/*/model/*").grant(self.role)
        may_log("/aws/sagemaker/TrainingJobs").grant(self.role)
        may_publish_metrics("/aws/sagemaker/TrainingJobs").grant(self.role)
        for permission in sagemaker_may_join(self):
            permission.grant(self.role)
        self.place = place_of_job(self)
        self.permissions = _permissions(stage, self.role)
        if bucket.encryption_key is not None:  # also for the volumes of endpoints: the machine asks for those too
            self.permissions.append(may_lend(bucket.encryption_key))


class TrainModel(Construct):
    """A Factorization Machines job on a model's prepared channels, which ends its branch.

    The branch's result has `prepared`, and in `training` what SageMaker says of the job afterwards. On spot it begins
    where the input says so; without capacity it goes on by demand, and then again after a while, each time by a job of
    another name.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        model: Model,
        image: str,
        bucket: s3.IBucket,
        training: TrainingRole,
        hyperparameters: str,
        tuning: str,
        on_error: BranchFailure,
    ) -> None:
        """hyperparameters, tuning: JSONata expressions, of what to train with and of how that was found, or null."""
        super().__init__(scope, id_)
        attempts, spot = model.variable(ATTEMPTS), model.variable(SPOT)
        state = task(
            self,
            model.state("Train", "Model"),
            resource="sagemaker:createTrainingJob.sync",
            arguments=_job(model, image=image, training=training, bucket=bucket, hyperparameters=hyperparameters),
            timeout=Duration.hours(25),
            output={
                "prepared": f"{{% ${model.variable('prepared')} %}}",
                "training": {
                    **_TRAINED,
                    "spot": f"{{% ${spot} %}}",
                    "attempts": f"{{% ${attempts} %}}",
                    "tuning": f"{{% {tuning} %}}",
                },
            },
        )
        retried(state, LIMIT_REACHED, interval_s=30, attempts=5)
        retried(state, TRANSIENT_SAGEMAKER, interval_s=1, attempts=2)
        lost = LostCapacity(self, "Capacity", model=model, train=state, on_error=on_error)
        caught(state, lost.start, variable=on_error.variable)
        begin = sfn.Pass.jsonata(
            self,
            model.state("Begin", "Training"),
            assign={attempts: [], spot: "{% $job.training.spot %}"},
        )
        begin.next(state)
        self.step = Step(start=begin, ends=[], permissions=training.permissions)


_TRAINED = {
    "job": "{% $states.result.TrainingJobName %}",
    "model_data": "{% $states.result.ModelArtifacts.S3ModelArtifacts %}",
    "metrics": "{% $exists($states.result.FinalMetricDataList) ? "
    "[$states.result.FinalMetricDataList.{'name': MetricName, 'value': Value}] : [] %}",
    "seconds": "{% $exists($states.result.TrainingTimeInSeconds) ? $states.result.TrainingTimeInSeconds : null %}",
    "billable_seconds": "{% $exists($states.result.BillableTimeInSeconds) ? "
    "$states.result.BillableTimeInSeconds : null %}",
    "hyperparameters": "{% $states.result.HyperParameters %}",
}


def _job(
    model: Model, *, image: str, training: TrainingRole, bucket: s3.IBucket, hyperparameters: str
) -> dict[str, object]:
    run, job, spot = f"s3://{bucket.bucket_name}/", model.job, f"${model.variable(SPOT)}"
    dim = f"{{'feature_dim': $string(${model.variable('prepared')}.feature_dim)}}"
    return {
        "TrainingJobName": f"{{% {job}.name & {attempt(attempts='$' + model.variable(ATTEMPTS))} %}}",
        "AlgorithmSpecification": {"TrainingImage": image, "TrainingInputMode": "File"},
        "RoleArn": training.role.role_arn,
        "HyperParameters": f"{{% $merge([{hyperparameters}, {dim}]) %}}",
        "InputDataConfig": [
            channel(model, bucket, "train", distribution=BY_INSTANCES),
            channel(model, bucket, "test"),
        ],
        **output(f"{{% '{run}' & {job}.run & 'model' %}}", key=bucket.encryption_key),
        **resources(key=bucket.encryption_key),
        **training.place,
        "EnableManagedSpotTraining": f"{{% {spot} %}}",
        "StoppingCondition": (
            "{% $merge([{'MaxRuntimeInSeconds': $job.training.max_runtime_s}, "
            f"{spot} ? {{'MaxWaitTimeInSeconds': $job.training.max_wait_s}} : {{}}]) %}}"
        ),
        "Tags": training.tags,
    }


def output(path: str, *, key: kms.IKey | None) -> dict[str, object]:
    """Where the artifact goes. Without a key SageMaker takes S3's own, whatever the bucket's is (OutputDataConfig)."""
    return {"OutputDataConfig": {"S3OutputPath": path, **({"KmsKeyId": key.key_arn} if key else {})}}


def resources(*, key: kms.IKey | None) -> dict[str, object]:
    """Where a training runs, and for how long at most: by demand."""
    config = {
        "InstanceType": "{% $job.training.instance_type %}",
        "InstanceCount": "{% $job.training.instance_count %}",
        "VolumeSizeInGB": "{% $job.training.volume_gb %}",
    }
    return {
        "ResourceConfig": of_training(config, key),
        "StoppingCondition": {"MaxRuntimeInSeconds": "{% $job.training.max_runtime_s %}"},
    }


def channel(
    model: Model, bucket: s3.IBucket, name: str, *, of: str | None = None, distribution: str = "FullyReplicated"
) -> dict[str, object]:
    """A channel of a training job; `of` is the prepared one, where it has another name."""
    return {
        "ChannelName": name,
        "ContentType": "application/x-recordio-protobuf",
        "DataSource": {
            "S3DataSource": {
                "S3DataType": "S3Prefix",
                "S3DataDistributionType": distribution,
                # With the slash at its end the prefix matches this channel's objects and no other's.
                "S3Uri": f"{{% 's3://{bucket.bucket_name}/' & {model.job}.run & 'prepared/{of or name}/' %}}",
            }
        },
    }


def _permissions(stage: Stage, role: iam.IRole) -> list[Permission]:
    jobs = sagemaker_arn("training-job", f"{stage.name}-*")
    rule = "rule/StepFunctionsGetEventsForSageMakerTrainingJobsRule"
    return [
        Permission(
            actions=["sagemaker:CreateTrainingJob", "sagemaker:DescribeTrainingJob", "sagemaker:StopTrainingJob"],
            resources=[jobs],
            because=EXECUTION_NAME,
        ),
        # Step Functions also tags the jobs it waits for itself (MANAGED_BY_AWS).
        Permission(actions=["sagemaker:AddTags", "sagemaker:ListTags"], resources=[jobs], because=EXECUTION_NAME),
        may_pass(role),
        Permission(
            actions=["events:PutTargets", "events:PutRule", "events:DescribeRule"],
            resources=[f"arn:{Aws.PARTITION}:events:{Aws.REGION}:{Aws.ACCOUNT_ID}:{rule}"],
        ),
    ]
