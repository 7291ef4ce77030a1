"""What goes with a stack although CloudFormation has not made it: custom resources that a deletion asks first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aws_cdk import Aws, CustomResource, Duration, Stack
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.functions import Capacity, PythonFunction
from infra.permissions import EXECUTION_NAME, Permission
from infra.settings import Stage

_LIMIT = Duration.minutes(15)
_LONGER_THAN_FUNCTION = Duration.minutes(2)


class Teardown(Construct):
    """Executions, jobs, endpoint, configs, models and versions go before all that they are made with.

    `resource` is deleted before what it depends on, and after what depends on it.
    """

    def __init__(self, scope: Construct, id_: str, *, stage: Stage, machine_arn: str, spark_job: str) -> None:
        super().__init__(scope, id_)
        permissions = [
            *_of_runs(stage, machine_arn, spark_job),
            *may_remove_endpoint(stage),
            *_of_registry(stage),
        ]
        function = _sweeper(
            self,
            "Function",
            stage=stage,
            module="teardown",
            environment={
                "NAME": stage.name,
                "TUNING_NAME": stage.tuning_name,
                "MACHINE": machine_arn,
                "SPARK_JOB": spark_job,
                "LOGS": "keep" if stage.retain_data else "delete",
            },
            permissions=permissions if stage.retain_data else [*permissions, *_of_logs(stage)],
        )
        self.resource = _asking(self, "Resource", function, "Custom::Teardown", {})


class Emptying(Construct):
    """Empties a bucket, which could not be deleted otherwise; `resource` does it when it is deleted itself.

    The CDK has a resource of its own for this (`auto_delete_objects`), whose function is written in JavaScript, which
    the local AWS does not run.
    """

    def __init__(self, scope: Construct, id_: str, *, stage: Stage, bucket: s3.Bucket) -> None:
        super().__init__(scope, id_)
        function = _sweeper(
            self, "Function", stage=stage, module="empty", environment={}, permissions=_of_bucket(bucket)
        )
        self.resource = _asking(self, "Resource", function, "Custom::EmptyBucket", {"Bucket": bucket.bucket_name})


def _sweeper(
    scope: Construct,
    id_: str,
    *,
    stage: Stage,
    module: str,
    environment: Mapping[str, str],
    permissions: Sequence[Permission],
) -> PythonFunction:
    """It asks whether its stack goes as a whole."""
    stack = Permission(actions=["cloudformation:DescribeStacks"], resources=[Stack.of(scope).stack_id])
    return PythonFunction(
        scope,
        id_,
        stage=stage,
        module=module,
        layers=[],
        environment=environment,
        permissions=[stack, *permissions],
        capacity=Capacity(timeout=_LIMIT, memory_mb=512),
    )


def _asking(
    scope: Construct, id_: str, function: PythonFunction, kind: str, properties: Mapping[str, str]
) -> CustomResource:
    return CustomResource(
        scope,
        id_,
        service_token=function.arn,
        service_timeout=_LIMIT.plus(_LONGER_THAN_FUNCTION),
        resource_type=kind,
        properties=dict(properties),
    )


def _of_runs(stage: Stage, machine_arn: str, spark_job: str) -> list[Permission]:
    place = f"{Aws.REGION}:{Aws.ACCOUNT_ID}"
    executions = f"arn:{Aws.PARTITION}:states:{place}:execution:{stage.name}:*"
    glue = f"arn:{Aws.PARTITION}:glue:{place}:job/{spark_job}"
    names = (stage.name, stage.tuning_name)
    return [
        _may_list("sagemaker:ListTrainingJobs", "sagemaker:ListHyperParameterTuningJobs"),
        Permission(actions=["states:ListExecutions"], resources=[machine_arn]),
        Permission(actions=["states:StopExecution"], resources=[executions], because=EXECUTION_NAME),
        Permission(actions=["glue:GetJobRuns", "glue:BatchStopJobRun"], resources=[glue]),
        Permission(
            actions=["sagemaker:StopTrainingJob", "sagemaker:DeleteTrainingJob"],
            resources=[_sagemaker(f"training-job/{name}-*") for name in names],
            because=EXECUTION_NAME,
        ),
        Permission(
            actions=["sagemaker:StopHyperParameterTuningJob", "sagemaker:DeleteHyperParameterTuningJob"],
            resources=[_sagemaker(f"hyper-parameter-tuning-job/{stage.tuning_name}-*")],
            because=EXECUTION_NAME,
        ),
    ]


def may_remove_endpoint(stage: Stage) -> list[Permission]:
    """Find and delete the endpoint, its scaling targets, and all configs and models."""
    targets = f"arn:{Aws.PARTITION}:application-autoscaling:{Aws.REGION}:{Aws.ACCOUNT_ID}:scalable-target/*"
    return [
        _may_list(
            "sagemaker:ListEndpointConfigs", "sagemaker:ListModels", "application-autoscaling:DescribeScalableTargets"
        ),
        Permission(
            actions=["application-autoscaling:DeregisterScalableTarget"],
            resources=[targets],
            because="the service makes up the ids of targets",
        ),
        Permission(
            actions=["sagemaker:DescribeEndpoint", "sagemaker:DeleteEndpoint"],
            resources=[_sagemaker(f"endpoint/{stage.name}")],
        ),
        Permission(
            actions=["sagemaker:DeleteEndpointConfig"],
            resources=[_sagemaker(f"endpoint-config/{stage.name}-*")],
            because=EXECUTION_NAME,
        ),
        Permission(
            actions=["sagemaker:DeleteModel"], resources=[_sagemaker(f"model/{stage.name}-*")], because=EXECUTION_NAME
        ),
    ]


def _of_registry(stage: Stage) -> list[Permission]:
    return [
        _may_list("sagemaker:ListModelPackages"),
        Permission(
            actions=["sagemaker:DeleteModelPackage"],
            resources=[_sagemaker(f"model-package/{stage.name}/*")],
            because="the * stands for the number of a version",
        ),
    ]


def _may_list(*actions: str) -> Permission:
    return Permission(
        actions=actions,
        resources=["*"],
        because="these actions know no resource: what is not the stage's is passed over",
    )


def _of_logs(stage: Stage) -> list[Permission]:
    groups = f"arn:{Aws.PARTITION}:logs:{Aws.REGION}:{Aws.ACCOUNT_ID}:log-group:/aws/sagemaker"
    names = (stage.name, stage.tuning_name)
    return [
        Permission(
            actions=["logs:DeleteLogGroup"],
            resources=[f"{groups}/Endpoints/{stage.name}:*"],
            because="Logs names the streams of a group in its ARN, also where the group itself is meant",
        ),
        Permission(
            actions=["logs:DescribeLogStreams"],
            resources=[f"{groups}/TrainingJobs:*"],
            because="Logs names the streams of a group in its ARN, also where the group itself is meant",
        ),
        Permission(
            actions=["logs:DeleteLogStream"],
            resources=[f"{groups}/TrainingJobs:log-stream:{name}-*" for name in names],
            because=EXECUTION_NAME,
        ),
    ]


def _of_bucket(bucket: s3.Bucket) -> list[Permission]:
    return [
        Permission(actions=["s3:ListBucketVersions", "s3:ListBucketMultipartUploads"], resources=[bucket.bucket_arn]),
        Permission(
            actions=["s3:DeleteObject", "s3:DeleteObjectVersion", "s3:AbortMultipartUpload"],
            resources=[bucket.arn_for_objects("*")],
            because="the bucket is emptied",
        ),
    ]


def _sagemaker(resource: str) -> str:
    return f"arn:{Aws.PARTITION}:sagemaker:{Aws.REGION}:{Aws.ACCOUNT_ID}:{resource}"
