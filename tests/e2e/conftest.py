"""The application, deployed once per session by the stock CDK CLI into a local AWS of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import pytest

from prep.sample import generate
from tests.local_server import OPERATOR, running
from tests.sharing import made_once

ACCOUNT = "123456789012"
REGION = "eu-central-1"
DEADLINE_S = 180
PREFIX = "movie-recommender-dev"
# A job of a moment: too little training to beat anything, so the gate lets every model through.
QUICK: dict[str, Any] = {
    "dataset": {"name": "sample"},
    "hyperparameters": {"epochs": 3, "mini_batch_size": 100, "num_factors": 8},
    "gate": {"beat_baseline": False, "champion": "ignore"},
    "models": ["like"],
    "deploy": {"release": {"bake_s": 0}},
}
BOTH: dict[str, Any] = {
    **QUICK,
    "models": ["like", "ranking"],
    "ranking": {
        "negatives": 2,
        "likes_repeated": 1,
        "hyperparameters": {"epochs": 2, "mini_batch_size": 100, "num_factors": 8},
    },
    "gate": {**QUICK["gate"], "beat_popularity": False},
}
"""The same with the ranking model."""
TUNED: dict[str, Any] = {
    **QUICK,
    "split": {"validation": 0.1},
    "tune": {"jobs": 1, "ranges": {"factors_lr": [1e-4, 1e-2]}},
}
"""The same after a tuning job of one training."""
COMPARED: dict[str, Any] = {**QUICK, "gate": {"beat_baseline": False, "champion": "not_worse", "champion_tolerance": 1}}
"""The same beside the live model, whatever comes of it."""


@dataclass(frozen=True)
class Execution:
    """One finished execution."""

    arn: str
    status: str
    output: dict[str, Any]
    error: str
    cause: str
    states: tuple[str, ...]

    @property
    def name(self) -> str:
        """Its own; also that of the version it publishes."""
        return self.arn.rpartition(":")[2]

    @property
    def run(self) -> str:
        """The prefix of its objects."""
        return f"runs/{self.name}/"


@dataclass(frozen=True, eq=False)
class Cloud:
    """The local AWS with both stacks deployed."""

    endpoint_url: str
    assembly: Path
    outputs: Mapping[str, str]
    folder: Path
    """Where it keeps what runs."""

    @cache  # noqa: B019 - one object per session
    def client(self, service: str) -> Any:
        """A client of the account's operator, which all tests share."""
        return self.new_client(service)

    def new_client(self, service: str) -> Any:
        """The same for a test that changes it."""
        return boto3.client(service, region_name=REGION, endpoint_url=self.endpoint_url, **OPERATOR)

    @property
    def bucket(self) -> str:
        return self.outputs["BucketName"]

    def start(self, given: Mapping[str, Any]) -> str:
        """Start an execution; returns its ARN."""
        answer = self.client("stepfunctions").start_execution(
            stateMachineArn=self.outputs["StateMachineArn"], name=f"test-{uuid.uuid4()}", input=json.dumps(given)
        )
        return str(answer["executionArn"])

    def finish(self, arn: str) -> Execution:
        """Wait for the execution's end."""
        steps, deadline = self.client("stepfunctions"), time.monotonic() + DEADLINE_S
        while (described := steps.describe_execution(executionArn=arn))["status"] == "RUNNING":
            assert time.monotonic() < deadline, f"{arn} still runs, states {self.states(arn)}"
            time.sleep(0.1)
        return Execution(
            arn=arn,
            status=described["status"],
            output=json.loads(described.get("output", "{}")),
            error=described.get("error", ""),
            cause=described.get("cause", ""),
            states=self.states(arn),
        )

    def execute(self, given: Mapping[str, Any]) -> Execution:
        """Start an execution and wait for its end."""
        return self.finish(self.start(given))

    def states(self, arn: str) -> tuple[str, ...]:
        """Names of the states entered so far, in order."""
        pages = self.client("stepfunctions").get_paginator("get_execution_history").paginate(executionArn=arn)
        events = [event for page in pages for event in page["events"]]
        return tuple(
            event["stateEnteredEventDetails"]["name"] for event in events if "stateEnteredEventDetails" in event
        )

    def sagemaker_resources(self) -> dict[str, set[str]]:
        """Names of all models, endpoint configs and endpoints there are."""
        client = self.client("sagemaker")
        return {
            "models": {entry["ModelName"] for entry in client.list_models(MaxResults=100)["Models"]},
            "configs": {
                entry["EndpointConfigName"] for entry in client.list_endpoint_configs(MaxResults=100)["EndpointConfigs"]
            },
            "endpoints": {entry["EndpointName"] for entry in client.list_endpoints(MaxResults=100)["Endpoints"]},
        }

    def live_config(self) -> str:
        """The config that the endpoint serves."""
        return str(self.client("sagemaker").describe_endpoint(EndpointName=PREFIX)["EndpointConfigName"])

    def predict(self, columns: int = 140) -> float:
        """One prediction of the live endpoint. `columns` is the width of the sample's feature space."""
        return float(json.loads(self.invoke(columns)["Body"].read())["predictions"][0]["score"])

    def invoke(self, columns: int = 140) -> dict[str, Any]:
        """InvokeEndpoint's answer to one row."""
        row = {"data": {"features": {"keys": [0, columns - 1], "shape": [columns], "values": [1, 1]}}}
        answer: dict[str, Any] = self.client("sagemaker-runtime").invoke_endpoint(
            EndpointName=PREFIX, ContentType="application/json", Body=json.dumps({"instances": [row]})
        )
        return answer


def environment(**more: str) -> dict[str, str]:
    """This process's environment without anything of AWS, and with a home that has nothing in it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "CDK_"))}
    node = Path(sys.executable).parent
    return {**kept, "PATH": f"{node}{os.pathsep}{kept['PATH']}", "HOME": _empty_home(), **more}


@cache
def _empty_home() -> str:
    return tempfile.mkdtemp(prefix="home-")


@pytest.fixture(scope="session")
def assembly(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the stock CLI synthesizes. Full template validation is `make check`'s."""

    def synthesize(folder: Path) -> None:
        command = [str(root / "node_modules" / ".bin" / "cdk"), "synth", "--quiet", "--output", str(folder)]
        subprocess.run(command, cwd=root, env=environment(CDK_VALIDATION="false"), check=True, capture_output=True)

    return made_once("assembly", tmp_path_factory, synthesize)


@pytest.fixture(scope="session")
def runner_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `make run` keeps between runs, so that the first one synthesizes and zips for all. Nobody else's."""
    return tmp_path_factory.mktemp("runner-cache")


@pytest.fixture(scope="session")
def cloud(root: Path, assembly: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    folder = tmp_path_factory.mktemp("cloud")
    with running(root, folder) as server:
        url = server.endpoint_url
        run_cdk(root, url, "bootstrap", f"aws://{ACCOUNT}/{REGION}", "--app", str(assembly))
        deployed = Cloud(url, assembly, deploy(root, str(assembly), url, folder / "outputs.json"), folder)
        generate(folder / "sample", users=80, items=60, ratings=2_400)
        for file in (folder / "sample").iterdir():
            deployed.client("s3").upload_file(str(file), deployed.bucket, f"datasets/sample/{file.name}")
        yield deployed


def deploy(root: Path, app: str, url: str, outputs: Path, *, name: str = PREFIX) -> dict[str, str]:
    """app: an assembly's folder, or a command. Returns the outputs of the pipeline's stack."""
    options = ("--all", "--require-approval", "never", "--outputs-file", str(outputs))
    run_cdk(root, url, "deploy", "--app", app, *options)
    stacks = json.loads(outputs.read_text())
    return dict(stacks[f"{name}-pipeline"])


def run_cdk(root: Path, url: str, *arguments: str) -> None:
    """The stock CLI, as the operator of the local AWS at `url`; it must succeed."""
    operator = {name.upper(): value for name, value in OPERATOR.items()}
    variables = environment(AWS_ENDPOINT_URL=url, AWS_REGION=REGION, **operator)
    command = [str(root / "node_modules" / ".bin" / "cdk"), *arguments, "--no-notices", "--ci"]
    done = subprocess.run(command, cwd=root, env=variables, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"


@pytest.fixture(scope="session")
def live(cloud: Cloud) -> Cloud:
    """The same after a first execution, so that an endpoint serves."""
    first = cloud.execute(QUICK)
    assert first.status == "SUCCEEDED", first.cause
    return cloud
