"""The life of a training job: channels down, container run, model up. All of it with the job's role."""

from __future__ import annotations

import logging
import shutil
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from local_aws.iam.errors import AccessDenied
from local_aws.log_streams import LogStream
from local_aws.network.errors import NetworkError, NoRoute
from local_aws.network.places import Place
from local_aws.sagemaker import images, network, spot_capacity, storage
from local_aws.sagemaker.containers import Tree, environment, write_training_config
from local_aws.sagemaker.logs import TRAINING_GROUP, open_stream
from local_aws.sagemaker.metrics import MetricReader, publish
from local_aws.sagemaker.training_jobs import TrainingJob
from local_aws.world import World

STOP_GRACE_S = 120
"""What a container gets between SIGTERM and SIGKILL ("Stop a training job" in the developer guide)."""

LOG_TIMEOUT_S = 30
"""How long a job that is done waits for the last lines of its log to be written."""

_log = logging.getLogger(__name__)
_BLAMED = ("ClientError:", "AlgorithmError:", "InternalServerError:")


class JobFailedError(Exception):
    """The job is to end Failed; the message is its FailureReason."""


class TrainingRun:
    """Runs one job to its end in a thread."""

    def __init__(self, world: World, region: str, job: TrainingJob) -> None:
        self._world, self._region, self._job = world, region, job
        self._folder: Path = world.running / "sagemaker" / region / "training-jobs" / job.name
        self._tree = Tree(self._folder / "ml")
        self._place: Place | None = None

    def start(self) -> None:
        """Begin; the job tells how far it is."""
        threading.Thread(target=self._run, name=f"training {self._job.name}", daemon=True).start()

    def _run(self) -> None:
        limit_s = (self._job.request.get("StoppingCondition") or {}).get("MaxRuntimeInSeconds", 86_400)
        timer = threading.Timer(limit_s, self._job.stop, ["MaxRuntimeExceeded"])
        timer.daemon = True
        try:
            timer.start()
            self._train()
        except JobFailedError as failure:
            self._job.finish("Failed", reason=str(failure))
        except Exception as error:  # noqa: BLE001 - a thread has no caller: else it would be InProgress for ever
            _log.exception("training job %s", self._job.name)
            self._job.finish("Failed", reason=f"InternalServerError: {type(error).__name__}: {error}")
        finally:
            timer.cancel()
            # The instance and its disk are gone with the job.
            shutil.rmtree(self._folder, ignore_errors=True)

    def _train(self) -> None:
        if self._job.request.get("EnableManagedSpotTraining") and spot_capacity.is_refused(self._world.folder):
            raise JobFailedError(spot_capacity.REFUSAL)
        try:
            image = images.find(self._job.request["AlgorithmSpecification"]["TrainingImage"])
        except images.UnknownImage as error:
            raise JobFailedError(f"ClientError: Cannot pull the training image: {error}") from error
        s3 = self._client("s3")
        self._join()
        self._job.enter("Downloading")
        self._job.started()
        self._tree.make()
        write_training_config(self._tree, self._job.request)
        self._download(s3)
        metrics = MetricReader(image.metrics)
        if self._job.stopped_as is None:
            self._job.enter("Training")
            self._run_container(image, metrics)
        self._end(s3, metrics)

    def _join(self) -> None:
        """Enter the network, if there is to be one."""
        request = self._job.request
        try:
            self._place = network.join(self._world.account, self._region, request, role_arn=request["RoleArn"])
        except (NetworkError, AccessDenied) as error:
            raise JobFailedError(f"ClientError: {error}") from error

    def _reach_s3(self, otherwise: str) -> None:
        try:
            network.reach_s3(f"training job {self._job.name}", self._place)
        except NoRoute as error:
            raise JobFailedError(f"ClientError: {otherwise}:{network.NO_WAY}: {error}") from error

    def _download(self, s3: Any) -> None:
        self._reach_s3("Data download failed")
        for channel in self._job.request.get("InputDataConfig") or []:
            prefix = storage.location(channel["DataSource"]["S3DataSource"]["S3Uri"])
            folder = self._tree.channels / channel["ChannelName"]
            folder.mkdir()
            try:
                keys = list(storage.keys(s3, prefix))
                self._require_shards(channel, len(keys))
                for key in keys:
                    if self._job.stopped_as is None:
                        storage.download(s3, prefix.bucket, key, _inside(folder, storage.file_name(key, prefix.key)))
            except ClientError as error:
                raise JobFailedError(
                    f'ClientError: Data download failed: S3 URL "{prefix.uri}" of channel {channel["ChannelName"]!r}: '
                    f"{storage.said(error)}"
                ) from error

    def _require_shards(self, channel: dict[str, Any], objects: int) -> None:
        """AWS takes such a job, and some of its instances get no data; what they do then is not known."""
        instances = self._job.request["ResourceConfig"]["InstanceCount"]
        is_sharded = channel["DataSource"]["S3DataSource"].get("S3DataDistributionType") == "ShardedByS3Key"
        if is_sharded and objects < instances:
            raise JobFailedError(
                f"ClientError: channel {channel['ChannelName']!r} has {objects} objects for {instances} instances by "
                "ShardedByS3Key, expected at least one object for each"
            )

    def _run_container(self, image: images.Image, metrics: MetricReader) -> None:
        job = self._job
        own = {**(job.request.get("Environment") or {}), "TRAINING_JOB_NAME": job.name, "TRAINING_JOB_ARN": job.arn}
        container = self._world.children.start(
            [*image.command, "train"],
            env=environment(self._tree, region=self._region, own=own),
            cwd=self._tree.base,
        )
        job.running(lambda: self._world.children.stop(container, grace_s=STOP_GRACE_S))
        name, role_arn = f"{job.name}/algo-1-{int(time.time())}", job.request["RoleArn"]
        log = open_stream(self._world, self._region, role_arn, group=TRAINING_GROUP, name=name)
        try:
            self._follow(container, log, metrics)
        finally:
            log.close(timeout_s=LOG_TIMEOUT_S)
        publish(self._client("cloudwatch"), job.name, metrics.final())
        status = self._world.children.wait(container)
        if status and job.stopped_as is None:
            raise JobFailedError(self._failure(status))

    def _client(self, service: str) -> Any:
        role_arn = self._job.request["RoleArn"]
        return self._world.client(service, region=self._region, role_arn=role_arn, session="SageMaker")

    @staticmethod
    def _follow(container: subprocess.Popen[bytes], log: LogStream, metrics: MetricReader) -> None:
        assert container.stdout is not None  # noqa: S101 - Children gives every child a pipe
        with container.stdout as output:
            for raw in output:
                line = raw.decode(errors="replace").rstrip()
                metrics.read(line)
                log.write(line)

    def _failure(self, returncode: int) -> str:
        """The container's own words; whom they blame is theirs to say, else the algorithm is to blame."""
        words = self._tree.failure.read_text(errors="replace").strip() if self._tree.failure.exists() else ""
        # A shell's way to say that a signal ended it, which is what the container's supervisor reports.
        code = returncode if returncode >= 0 else 128 - returncode
        return f"{words if words.startswith(_BLAMED) else f'AlgorithmError: {words}'}, exit code: {code}"

    def _end(self, s3: Any, metrics: MetricReader) -> None:
        """Upload and finish. A job that was stopped uploads what its container saved in time."""
        is_stopped = self._job.stopped_as is not None
        has_model = not is_stopped or any(self._tree.model.iterdir())
        if not is_stopped:
            self._job.enter("Uploading")
        if has_model:
            self._upload(s3, self._tree.model, storage.location(self._job.artifact))
        if any(self._tree.extra_output.iterdir()):
            self._upload(s3, self._tree.extra_output, storage.location(_beside(self._job.artifact, "output.tar.gz")))
        status = "Stopped" if is_stopped else "Completed"
        self._job.finish(status, metrics=metrics.final(), has_model=has_model)

    def _upload(self, s3: Any, folder: Path, to: storage.Location) -> None:
        self._reach_s3("Artifact upload failed")
        archive = self._folder / to.key.rpartition("/")[2]
        storage.pack(folder, archive)
        kms_key = self._job.request["OutputDataConfig"].get("KmsKeyId")
        try:
            storage.upload(s3, archive, to, kms_key=kms_key)
        except ClientError as error:
            raise JobFailedError(
                f'ClientError: Artifact upload failed: S3 URL "{to.uri}": {storage.said(error)}'
            ) from error


def _inside(folder: Path, name: str) -> Path:
    """A key may hold `..`; a file stays in its channel."""
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()) or path == folder.resolve():
        raise JobFailedError(f"ClientError: Data download failed: object name {name!r} is not a path inside a channel")
    return path


def _beside(uri: str, name: str) -> str:
    return f"{uri.rpartition('/')[0]}/{name}"
