"""The life of a run: script and libraries down, process run, streams logged. All of it with the job's role."""

from __future__ import annotations

import logging
import shutil
import subprocess
import threading
from pathlib import Path
from typing import IO, NamedTuple
from urllib.parse import urlsplit

from botocore.exceptions import ClientError

from local_aws import iam
from local_aws.credentials import Holder, issue
from local_aws.glue import arguments
from local_aws.glue.environment import BOOTSTRAP, NoSpark, environment, python, write_spark_settings
from local_aws.glue.network import CannotConnect, Joining
from local_aws.glue.runs import LOG_GROUP, Run
from local_aws.iam.errors import RoleNotAssumable
from local_aws.log_streams import LogStream, Place
from local_aws.world import World

SESSION = "GlueJobRunnerSession"
LOG_TIMEOUT_S = 30
"""How long a run that is done waits for the last lines of its log to be written."""

_log = logging.getLogger(__name__)


class RunFailed(Exception):
    """The run is to end FAILED; the message is its ErrorMessage."""


class Object(NamedTuple):
    """Where something is in S3."""

    bucket: str
    key: str


class Execution:
    """Runs one run to its end in a thread."""

    def __init__(self, world: World, run: Run, joining: Joining, *, job_arn: str) -> None:
        self._world, self._job_run, self._joining = world, run, joining
        self._region, self._role_arn, self._job_arn = joining.region, joining.role_arn, job_arn
        self._folder: Path = world.running / "glue" / self._region / run.id

    def start(self) -> None:
        """Begin; the run tells how far it is."""
        threading.Thread(target=self._run, name=f"glue {self._job_run.job_name}", daemon=True).start()

    def _run(self) -> None:
        run = self._job_run
        timer = threading.Timer(run.timeout_min * 60, run.stop, ["TIMEOUT"])
        timer.daemon = True
        try:
            timer.start()
            self._execute()
            run.finish("SUCCEEDED")
        except RunFailed as failure:
            run.finish("FAILED", message=str(failure))
        except Exception as error:  # noqa: BLE001 - a thread has no caller: else it would be RUNNING for ever
            _log.exception("glue job run %s", run.id)
            run.finish("FAILED", message=f"Internal service failure: {type(error).__name__}: {error}")
        finally:
            timer.cancel()
            shutil.rmtree(self._folder, ignore_errors=True)

    def _execute(self) -> None:
        run = self._job_run
        self._check_trust()
        holder = self._join()
        try:
            interpreter = python()
        except NoSpark as error:
            raise RunFailed(str(error)) from error
        for name in ("conf", "files", "tmp", "work"):
            (self._folder / name).mkdir(parents=True)
        script = self._download(run.command["ScriptLocation"], "files")
        libraries = [self._library(uri) for uri in arguments.listed(run.arguments, "--extra-py-files")]
        for uri in arguments.listed(run.arguments, "--extra-files"):
            self._download(uri, "work")
        write_spark_settings(self._folder, arguments.spark_settings(run.arguments))
        if run.stopped_as is None:
            self._run_script(interpreter, script, libraries, holder)

    def _join(self) -> Holder:
        """Enter the network of a connection, if the job has one."""
        try:
            place = self._joining.place(self._job_run.connections)
        except CannotConnect as error:
            raise RunFailed(f"{self._named()} failed to execute with exception {error}") from error
        return Holder(name=f"Glue job {self._job_run.job_name}", place=place)

    def _named(self) -> str:
        return f"JobName:{self._job_run.job_name} and JobRunId:{self._job_run.id}"

    def _check_trust(self) -> None:
        try:
            iam.assert_trusts(self._role_arn, "glue.amazonaws.com", context={"aws:SourceArn": self._job_arn})
        except RoleNotAssumable as error:
            raise RunFailed(
                f"{self._named()} failed to execute with exception Role {self._role_arn} "
                "should be given assume role permissions for Glue Service."
            ) from error

    def _library(self, uri: str) -> Path:
        """What goes on the path of modules for one of --extra-py-files: an archive, or a module's folder."""
        path = self._download(uri, "files")
        if path.suffix not in (".zip", ".egg", ".whl", ".py"):
            raise RunFailed(f"--extra-py-files {uri}: expected .py, .zip, .egg or .whl")
        return path.parent if path.suffix == ".py" else path

    def _download(self, uri: str, folder: str) -> Path:
        at = _object(uri)
        path = self._folder / folder / at.key.rpartition("/")[2]
        s3 = self._world.client("s3", region=self._region, role_arn=self._role_arn, session=SESSION)
        try:
            with path.open("wb") as file:
                shutil.copyfileobj(s3.get_object(Bucket=at.bucket, Key=at.key)["Body"], file, 1 << 20)
        except ClientError as error:
            details, status = error.response["Error"], error.response["ResponseMetadata"]["HTTPStatusCode"]
            raise RunFailed(
                f"LAUNCH ERROR | Error downloading from S3 for bucket: {at.bucket}, key: {at.key}."
                f"{details.get('Message', '')} (Service: Amazon S3; Status Code: {status}; Error Code: "
                f"{details['Code']}) Please refer logs for details."
            ) from error
        return path

    def _run_script(self, interpreter: Path, script: Path, libraries: list[Path], holder: Holder) -> None:
        run, failure = self._job_run, self._folder / "failure"
        given = arguments.for_script(run.arguments, job=run.job_name, run=run.id)
        child = self._world.children.start(
            [str(interpreter), "-P", str(BOOTSTRAP), str(failure), str(script), *given],
            env=environment(
                self._folder,
                interpreter=interpreter,
                libraries=libraries,
                credentials=issue(self._role_arn, SESSION, region=self._region, holder=holder),
                endpoint_url=self._world.endpoint_url,
                region=self._region,
            ),
            cwd=self._folder / "work",
            stderr=subprocess.PIPE,
        )
        run.running(lambda: self._world.children.stop(child))
        followers = [self._follow(child.stdout, "output"), self._follow(child.stderr, "error")]
        # Its streams may be held open by what it left running, which ends with the wait.
        status = self._world.children.wait(child)
        for follower in followers:
            follower.join()
        if status and run.stopped_as is None:
            said = failure.read_text(errors="replace").strip() if failure.exists() else ""
            raise RunFailed(said or f"Command failed with exit code {status if status >= 0 else 128 - status}")

    def _follow(self, stream: IO[bytes] | None, name: str) -> threading.Thread:
        assert stream is not None  # noqa: S101 - both are pipes
        log = self._world.logs.open(
            Place(
                group=f"{LOG_GROUP}/{name}",
                name=self._job_run.id,
                region=self._region,
                role_arn=self._role_arn,
                session=SESSION,
            )
        )
        thread = threading.Thread(target=_copy, args=(stream, log), name=f"{name} {self._job_run.id}", daemon=True)
        thread.start()
        return thread


def _copy(stream: IO[bytes], log: LogStream) -> None:
    with stream:
        for raw in stream:
            log.write(raw.decode(errors="replace").rstrip())
    log.close(timeout_s=LOG_TIMEOUT_S)


def _object(uri: str) -> Object:
    parts = urlsplit(uri)
    key = uri.removeprefix(f"s3://{parts.netloc}/")
    if parts.scheme != "s3" or not parts.netloc or not key or key.endswith("/"):
        raise RunFailed(f"{uri!r}: expected s3://<bucket>/<key>")
    return Object(parts.netloc, key)
