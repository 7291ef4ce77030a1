"""What an execution does, from its input to the live endpoint, on a small generated dataset."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from botocore.handlers import json_decode_template_body

from tests.e2e.conftest import PREFIX, QUICK, Cloud

pytestmark = pytest.mark.e2e


def test_the_deployed_templates_are_those_that_were_synthesized(cloud: Cloud) -> None:
    cloudformation = cloud.new_client("cloudformation")
    # botocore parses templates that are JSON; the bytes are wanted as they were stored.
    cloudformation.meta.events.unregister("after-call.cloudformation.GetTemplate", json_decode_template_body)
    for stack in ("Storage", "Pipeline"):
        name = f"{PREFIX}-{stack.lower()}"
        deployed = cloudformation.get_template(StackName=name, TemplateStage="Original")["TemplateBody"]
        assert deployed.encode() == (cloud.assembly / f"{stack}.template.json").read_bytes()


def test_the_cdk_cli_is_the_stock_one(root: Path) -> None:
    locked = json.loads((root / "package-lock.json").read_text())["packages"]["node_modules/aws-cdk"]
    installed = json.loads((root / "node_modules" / ".package-lock.json").read_text())["packages"]
    assert installed["node_modules/aws-cdk"]["integrity"] == locked["integrity"]
    assert locked["version"] == "2.1148.1"


def test_an_execution_trains_evaluates_and_serves_without_a_moment_that_has_no_answers(live: Cloud) -> None:
    before = live.live_config()
    with _asking(live) as asked:
        done = live.execute(QUICK)
    assert (done.status, done.output.get("decision")) == ("SUCCEEDED", "deployed"), done.cause
    assert done.output["dataset"]["synthetic"] is True
    assert done.output["endpoint"]["config"] == live.live_config() != before
    assert done.output["verified"]["largest_gap"] < 1e-4
    scored, report = (_read(live, f"{done.run}{name}") for name in ("predictions.json", "report.html"))
    assert all(row["title"] and 0 < row["score"] < 1 for row in json.loads(scored)["predictions"])
    assert b"Synthetic data" in report
    assert (asked.errors, live.sagemaker_resources()["endpoints"]) == ([], {PREFIX})
    assert asked.answers > 50


def test_every_bad_field_is_named_at_once(cloud: Cloud) -> None:
    bad: dict[str, Any] = {"preset": "best", "gate": {"min_f1": 2}, "hyperparameters": {"epochs": 0}, "colour": "red"}
    done = cloud.execute(bad)
    assert (done.status, done.error) == ("FAILED", "InvalidInput")
    assert all(word in done.cause for word in ("preset", "'best'", "gate.min_f1", "epochs", "'colour'"))
    assert "Train Model" not in done.states


@dataclass
class Asked:
    """What the endpoint answered."""

    answers: int = 0
    errors: list[Exception] = field(default_factory=list)


@contextlib.contextmanager
def _asking(cloud: Cloud) -> Iterator[Asked]:
    """Ask the endpoint for predictions all the while."""
    asked, stop = Asked(), threading.Event()

    def ask() -> None:
        while not stop.wait(0.01):
            try:
                cloud.predict()
                asked.answers += 1
            except Exception as error:  # noqa: BLE001 - whatever it is, it is a failure of the endpoint
                asked.errors.append(error)

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        yield asked
    finally:
        stop.set()
        asking.join()


def _read(cloud: Cloud, key: str) -> bytes:
    content: bytes = cloud.client("s3").get_object(Bucket=cloud.bucket, Key=key)["Body"].read()
    return content
