"""An execution as somebody runs it who has the AWS CLI and nothing of this project: start, follow, read, predict."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fm import artifact
from prep.feature_space import FeatureSpace
from prep.inference import JSON, decode_response, encode_request
from prep.triplet import Triplet
from tests.e2e.conftest import DEADLINE_S, PREFIX, QUICK, REGION, Cloud
from tests.local_server import OPERATOR

pytestmark = pytest.mark.e2e

TOLERANCE = 1e-6


@dataclass(frozen=True)
class Cli:
    """`aws` of an environment of its own, run in a folder that is also its home."""

    command: Path
    endpoint_url: str
    folder: Path

    def run(self, *arguments: str) -> str:
        """What a command prints. Its environment is an endpoint, a region and credentials, and no more."""
        variables = {
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_DEFAULT_REGION": REGION,
            "HOME": str(self.folder),
            **{name.upper(): value for name, value in OPERATOR.items()},
        }
        done = subprocess.run(
            [str(self.command), *arguments], cwd=self.folder, env=variables, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"aws {' '.join(arguments)}: {done.stdout}\n{done.stderr}"
        assert done.stderr == ""
        return done.stdout

    def ask(self, *arguments: str) -> Any:
        """What a command prints, read as JSON."""
        return json.loads(self.run(*arguments, "--output", "json"))

    def download(self, uri: str) -> Path:
        """An object of S3 as a file."""
        file = self.folder / uri.rpartition("/")[2]
        self.run("s3", "cp", "--no-progress", uri, str(file))
        return file


@dataclass(frozen=True)
class Followed:
    """An execution from its start to its end, as describe-execution told it; and the stack it belongs to."""

    outputs: dict[str, str]
    statuses: tuple[str, ...]
    described: dict[str, Any]

    @property
    def output(self) -> dict[str, Any]:
        return dict(json.loads(self.described["output"]))

    @property
    def run(self) -> str:
        """Where its objects are."""
        return f"s3://{self.outputs['BucketName']}/runs/{self.described['name']}/"


@pytest.fixture(scope="module")
def cli(root: Path, cloud: Cloud, tmp_path_factory: pytest.TempPathFactory) -> Cli:
    command = root / "build" / "aws-cli" / "bin" / "aws"
    assert command.exists(), f"{command} is missing: make build/aws-cli/.ready"
    return Cli(command, cloud.endpoint_url, tmp_path_factory.mktemp("aws-cli"))


@pytest.fixture(scope="module")
def followed(cli: Cli) -> Followed:
    stack = cli.ask("cloudformation", "describe-stacks", "--stack-name", f"{PREFIX}-pipeline")["Stacks"][0]
    outputs = {entry["OutputKey"]: entry["OutputValue"] for entry in stack["Outputs"]}
    machine, given = ("--state-machine-arn", outputs["StateMachineArn"]), ("--input", json.dumps(QUICK))
    arn = cli.ask("stepfunctions", "start-execution", *machine, *given)["executionArn"]
    descriptions = list(_descriptions(cli, arn))
    return Followed(outputs, tuple(described["status"] for described in descriptions), descriptions[-1])


def _descriptions(cli: Cli, arn: str) -> Iterator[dict[str, Any]]:
    deadline = time.monotonic() + DEADLINE_S
    while True:
        described: dict[str, Any] = cli.ask("stepfunctions", "describe-execution", "--execution-arn", arn)
        yield described
        if described["status"] != "RUNNING":
            return
        assert time.monotonic() < deadline, f"{arn} still runs"


def test_an_execution_is_followed_to_its_end(cli: Cli, followed: Followed) -> None:
    described = followed.described
    assert (followed.statuses[0], followed.statuses[-1]) == ("RUNNING", "SUCCEEDED"), described.get("cause")
    assert followed.output["decision"] == "deployed"
    events = cli.ask("stepfunctions", "get-execution-history", "--execution-arn", described["executionArn"])["events"]
    entered = [event["stateEnteredEventDetails"]["name"] for event in events if "stateEnteredEventDetails" in event]
    assert entered.index("Validate Input") < entered.index("Train Model") < entered.index("Report Result")
    assert [event["id"] for event in events] == list(range(1, len(events) + 1))
    assert (events[0]["type"], events[-1]["type"]) == ("ExecutionStarted", "ExecutionSucceeded")
    assert events[-1]["executionSucceededEventDetails"]["output"] == described["output"]


def test_the_report_is_copied_from_s3(cli: Cli, followed: Followed) -> None:
    listed = cli.run("s3", "ls", followed.run).split()
    assert {"report.html", "evaluation.json"} <= set(listed)
    report = cli.download(f"{followed.run}report.html").read_text()
    assert report.startswith("<!doctype html>")
    assert followed.described["name"] in report


def test_the_endpoint_scores_as_its_artifact_does(cli: Cli, followed: Followed) -> None:
    model = artifact.load(cli.download(followed.output["artifacts"]["model"]))
    rows = _rows(FeatureSpace.from_json(cli.download(f"{followed.run}feature_space.json").read_bytes()))
    request, response = cli.folder / "request.json", cli.folder / "response.json"
    request.write_bytes(encode_request(rows))
    endpoint = followed.outputs["EndpointName"]
    cli.run("sagemaker", "wait", "endpoint-in-service", "--endpoint-name", endpoint)
    body, types = ("--body", f"fileb://{request}"), ("--content-type", JSON, "--accept", JSON)
    answer = cli.ask("sagemaker-runtime", "invoke-endpoint", "--endpoint-name", endpoint, *body, *types, str(response))
    predictions = decode_response(response.read_bytes(), content_type=answer["ContentType"])
    scores, labels = model.predict(rows)
    assert predictions.labels is not None
    np.testing.assert_allclose(predictions.scores, scores, rtol=0, atol=TOLERANCE)
    np.testing.assert_array_equal(predictions.labels, labels)
    assert np.ptp(scores) > 0.01


def _rows(space: FeatureSpace) -> Triplet:
    """Every user with one item each."""
    return space.encode(space.users, np.resize(space.items, space.users.size))
