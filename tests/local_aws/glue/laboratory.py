"""What Glue's tests are made with: an account with a bucket, roles, and jobs whose scripts are given as text."""

from __future__ import annotations

import io
import itertools
import json
import textwrap
import time
import urllib.request
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

DEADLINE_S = 120
READS = ("s3:GetObject", "logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents")
_numbers = itertools.count()


@dataclass(frozen=True)
class Lab:
    """An account with one bucket."""

    aws: Callable[[str], Any]
    bucket: str = "glue-tests"

    @property
    def glue(self) -> Any:
        return self.aws("glue")

    def name(self, stem: str) -> str:
        """A name nobody else in the session has."""
        return f"glue-{stem}-{next(_numbers)}"

    def make_bucket(self) -> None:
        self.aws("s3").create_bucket(Bucket=self.bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})

    def put(self, key: str, body: bytes | str) -> str:
        self.aws("s3").put_object(Bucket=self.bucket, Key=key, Body=body)
        return f"s3://{self.bucket}/{key}"

    def get(self, key: str) -> bytes:
        body: bytes = self.aws("s3").get_object(Bucket=self.bucket, Key=key)["Body"].read()
        return body

    def has(self, key: str) -> bool:
        listed = self.aws("s3").list_objects_v2(Bucket=self.bucket, Prefix=key)
        return bool(listed.get("Contents"))

    def role(self, *actions: str, trusted: str = "glue.amazonaws.com") -> str:
        """A role of its own, allowed `actions` on everything; its ARN."""
        iam, name = self.aws("iam"), self.name("role")
        trust = {"Effect": "Allow", "Principal": {"Service": trusted}, "Action": "sts:AssumeRole"}
        document = {"Version": "2012-10-17", "Statement": [trust]}
        arn: str = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(document))["Role"]["Arn"]
        if actions:
            allow = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
            policy = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
            iam.put_role_policy(RoleName=name, PolicyName="allow", PolicyDocument=policy)
        return arn

    def script(self, text: str) -> str:
        """A script's place in S3."""
        return self.put(f"{self.name('script')}.py", textwrap.dedent(text))

    def request(self, script: str, *, role: str | None = None, **changes: Any) -> dict[str, Any]:
        """A CreateJob request; `changes` replace its members, and None leaves one out."""
        request = {
            "Name": self.name("job"),
            "Role": role or self.role(*READS, "s3:PutObject"),
            "Command": {"Name": "glueetl", "ScriptLocation": self.script(script), "PythonVersion": "3"},
            "GlueVersion": "5.1",
            "WorkerType": "G.1X",
            "NumberOfWorkers": 2,
        } | changes
        return {name: value for name, value in request.items() if value is not None}

    def job(self, script: str, **changes: Any) -> str:
        """A job that runs the script; its name."""
        return str(self.glue.create_job(**self.request(script, **changes))["Name"])

    def run(self, job: str, **request: Any) -> str:
        """Start it; the run's id."""
        return str(self.glue.start_job_run(JobName=job, **request)["JobRunId"])

    def state(self, job: str, run: str) -> str:
        return str(self.described(job, run)["JobRunState"])

    def described(self, job: str, run: str) -> dict[str, Any]:
        described: dict[str, Any] = self.glue.get_job_run(JobName=job, RunId=run)["JobRun"]
        return described

    def ended(self, job: str, run: str) -> dict[str, Any]:
        """The run's description when it has ended."""
        self.until(lambda: self.state(job, run) not in ("STARTING", "RUNNING", "STOPPING"))
        return self.described(job, run)

    def until(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + DEADLINE_S
        while not condition():
            assert time.monotonic() < deadline, "the deadline has passed"
            time.sleep(0.05)

    def log(self, run: str, stream: str = "output") -> list[str]:
        """The lines of one of a run's streams."""
        logs = self.aws("logs")
        events = logs.get_log_events(logGroupName=f"/aws-glue/jobs/{stream}", logStreamName=run, startFromHead=True)
        return [event["message"] for event in events["events"]]


def denials(endpoint_url: str, role_arn: str) -> set[tuple[str, str]]:
    """(action, resource) of what the role was denied, as the audit has it."""
    with urllib.request.urlopen(f"{endpoint_url}/_local_aws/iam") as page:  # noqa: S310 - our own server's
        rows = json.load(page)["denials"]
    return {(row["action"], row["resource"]) for row in rows if row["role"] in (role_arn, role_arn.rpartition("/")[2])}


def package(files: dict[str, str]) -> bytes:
    """A zip of files."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return stream.getvalue()
