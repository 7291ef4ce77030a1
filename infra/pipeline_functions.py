"""The functions of the pipeline, and the objects each of them may touch."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import Aws, Duration, Size
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.functions import ONE_CPU_MB, SMALL_DISK, Capacity, Layers, PythonFunction
from infra.permissions import EXECUTION_NAME, Permission
from infra.registry import may_look_up, may_retire
from infra.settings import Stage
from infra.storage import DATASETS, MODELS, RUNS, may_abort, may_delete, may_list, may_read, may_write


class PipelineFunctions(Construct):
    """One function per step that computes something; attributes are their ARNs."""

    def __init__(self, scope: Construct, id_: str, *, stage: Stage, bucket: s3.IBucket) -> None:
        super().__init__(scope, id_)
        self._stage, self._bucket = stage, bucket
        self.layers = layers = Layers(self, "Layers")
        self.validate = self._function(
            "Validate",
            [layers.numpy, layers.schema],
            [],
            minutes=1,
            NAME_PREFIX=stage.name,
            TUNING_PREFIX=stage.tuning_name,
            APPROVAL=stage.approval,
            NETWORK=_network(stage),
            TTL_HOURS="none" if stage.endpoint_ttl_hours is None else str(stage.endpoint_ttl_hours),
        )
        self.fetch = self._function(
            "Fetch",
            [],
            [may_list(bucket, f"{DATASETS}/"), may_write(bucket, f"{DATASETS}/*")],
            minutes=15,
            NETWORK=_network(stage),
        )
        self.prepare = self._function(
            "Prepare",
            [layers.numpy, layers.arrow],
            [
                may_list(bucket, f"{DATASETS}/"),
                may_read(bucket, f"{DATASETS}/*"),
                *may_store_prepared(bucket),
            ],
            minutes=15,
            memory_mb=2 * ONE_CPU_MB,
            disk=Size.gibibytes(10),
        )
        self.collect = self._function("Collect", [], [may_read(bucket, f"{RUNS}/*/prepared.json")], minutes=1)
        of_champion = ("reference.json", "prepared.json", "side_data.npz")
        self.evaluate = self._evaluates(layers, "Evaluate", ["evaluation.json", "reference.json"], *of_champion)
        self.rank = self._evaluates(layers, "Rank", ["ranking.json"])
        self.verify = self._verifies(layers)
        self.report = self._reports(layers)
        self.publish = self._publishes(layers)
        self.batch = self._writes_batches(layers)
        self.restore, self.retire = self._restores(layers), self._retires(layers)

    def _evaluates(self, layers: Layers, id_: str, writes: Sequence[str], *reads: str) -> str:
        """A function that reads whole channels and models, and measures."""
        bucket = self._bucket
        read = may_read(bucket, *_of_runs("model/*", "prepared/*", *reads, "feature_space.json"))
        write = may_write(bucket, *_of_runs(*writes))
        return self._function(
            id_, [layers.numpy], [read, write], minutes=15, memory_mb=2 * ONE_CPU_MB, is_measuring=True
        )

    def _verifies(self, layers: Layers) -> str:
        read = _of_runs("model/*", "prepared/*", "feature_space.json", "side_data.npz", "items.json")
        permissions = [
            may_read(self._bucket, *read),
            may_write(self._bucket, f"{RUNS}/*/predictions.json"),
            may_predict(self._stage),
        ]
        return self._function("Verify", [layers.numpy], permissions, minutes=5)

    def _reports(self, layers: Layers) -> str:
        permissions = [
            may_read(self._bucket, *_of_runs("evaluation.json", "ranking.json", "predictions.json")),
            *_may_read_training_logs(self._stage),
            _may_read_history(self._stage),
            may_write(self._bucket, f"{RUNS}/*/report.html", f"{RUNS}/*/result.json"),
        ]
        return self._function("Report", [layers.numpy, layers.plot], permissions, minutes=5)

    def _publishes(self, layers: Layers) -> str:
        """What it writes it has read from the run: models and channels, and the documents that explain them."""
        read = _of_runs("model/*", "prepared/*", "feature_space.json", "side_data.npz", "items.json")
        written = f"{MODELS}/*"
        permissions = [
            may_read(self._bucket, *read),
            may_write(self._bucket, written),
            may_abort(self._bucket, written),
        ]
        return self._function("Publish", [layers.numpy], permissions, minutes=15, memory_mb=2 * ONE_CPU_MB)

    def _writes_batches(self, layers: Layers) -> str:
        written = f"{RUNS}/*/batch/*"
        permissions = [
            may_read(self._bucket, f"{MODELS}/*"),
            may_write(self._bucket, written),
            may_abort(self._bucket, written),
        ]
        given = [layers.numpy, layers.arrow]
        return self._function("Batch", given, permissions, minutes=15, memory_mb=2 * ONE_CPU_MB)

    def _restores(self, layers: Layers) -> str:
        manifests = may_read(self._bucket, f"{MODELS}/*/manifest.json")
        permissions = [self._may_list_versions(), manifests, may_look_up(self._stage)]
        where, group = _network(self._stage), self._stage.name
        return self._function("Restore", [layers.numpy], permissions, minutes=1, NETWORK=where, GROUP=group)

    def _retires(self, layers: Layers) -> str:
        permissions = [self._may_list_versions(), may_delete(self._bucket, f"{MODELS}/*"), *may_retire(self._stage)]
        group = self._stage.name
        return self._function("Retire", [layers.numpy], permissions, minutes=5, is_measuring=True, GROUP=group)

    def _may_list_versions(self) -> Permission:
        return may_list(self._bucket, f"{MODELS}/")

    def _function(
        self,
        id_: str,
        layers: Sequence[lambda_.ILayerVersion],
        permissions: Sequence[Permission],
        *,
        minutes: int,
        memory_mb: int = ONE_CPU_MB,
        disk: Size = SMALL_DISK,
        is_measuring: bool = False,
        **environment: str,
    ) -> str:
        metrics = self._stage.metrics if is_measuring else {}
        return PythonFunction(
            self,
            id_,
            stage=self._stage,
            module=id_.lower(),
            layers=layers,
            environment={"BUCKET": self._bucket.bucket_name, **metrics, **environment},
            permissions=permissions,
            capacity=Capacity(timeout=Duration.minutes(minutes), memory_mb=memory_mb, disk=disk),
        ).arn


def _network(stage: Stage) -> str:
    """Where functions are: some things cannot be done from there."""
    return "vpc" if stage.vpc == "own" else "internet"


def may_store_prepared(bucket: s3.IBucket) -> list[Permission]:
    """Write what a preparation writes, in parts, and throw parts away that are of no use."""
    keys = _of_runs("prepared/*", "feature_space.json", "side_data.npz", "items.json", "rejected.json", "prepared.json")
    return [may_write(bucket, *keys), may_abort(bucket, *keys)]


def _may_read_history(stage: Stage) -> Permission:
    """When the states of an execution ran."""
    executions = f"arn:{Aws.PARTITION}:states:{Aws.REGION}:{Aws.ACCOUNT_ID}:execution:{stage.name}:*"
    return Permission(actions=["states:GetExecutionHistory"], resources=[executions], because=EXECUTION_NAME)


def may_predict(stage: Stage) -> Permission:
    """Ask the endpoint, and no other one."""
    endpoint = f"arn:{Aws.PARTITION}:sagemaker:{Aws.REGION}:{Aws.ACCOUNT_ID}:endpoint/{stage.name}"
    return Permission(actions=["sagemaker:InvokeEndpoint"], resources=[endpoint])


def _may_read_training_logs(stage: Stage) -> list[Permission]:
    """Find the streams of a training job of this stage, and read what it printed."""
    group = f"arn:{Aws.PARTITION}:logs:{Aws.REGION}:{Aws.ACCOUNT_ID}:log-group:/aws/sagemaker/TrainingJobs"
    because = "SageMaker names the log streams after the job, an instance and the time"
    return [
        Permission(actions=["logs:DescribeLogStreams"], resources=[f"{group}:*"], because=because),
        Permission(actions=["logs:GetLogEvents"], resources=[f"{group}:log-stream:{stage.name}-*"], because=because),
    ]


def _of_runs(*keys: str) -> list[str]:
    return [f"{RUNS}/*/{key}" for key in keys]
