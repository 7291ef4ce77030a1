"""What an execution does, from its input to the live endpoint, on a small generated dataset."""

from __future__ import annotations

import json
import threading
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


def test_an_execution_trains_evaluates_and_serves(live: Cloud) -> None:
    done = live.execute(QUICK)
    assert (done.status, done.output["decision"]) == ("SUCCEEDED", "deployed")
    assert done.output["dataset"]["synthetic"] is True
    assert done.output["endpoint"]["config"] == live.live_config()
    assert done.output["verified"]["largest_gap"] < 1e-4
    scored = json.loads(
        live.client("s3").get_object(Bucket=live.bucket, Key=f"{done.run}predictions.json")["Body"].read()
    )
    assert all(row["title"] and 0 < row["score"] < 1 for row in scored["predictions"])
    assert (
        b"Synthetic data"
        in live.client("s3").get_object(Bucket=live.bucket, Key=f"{done.run}report.html")["Body"].read()
    )


def test_updates_leave_no_moment_without_answers(live: Cloud) -> None:
    before, stop, answers, errors = live.live_config(), threading.Event(), [0], []

    def ask() -> None:
        while not stop.is_set():
            try:
                live.predict()
                answers[0] += 1
            except Exception as error:  # noqa: BLE001 - whatever it is, it is a failure of the endpoint
                errors.append(error)

    asking = threading.Thread(target=ask)
    asking.start()
    done = live.execute(QUICK)
    stop.set()
    asking.join()
    assert (done.status, done.output.get("decision")) == ("SUCCEEDED", "deployed"), done.cause
    assert live.live_config() != before
    assert (errors, live.sagemaker_resources()["endpoints"]) == ([], {PREFIX})
    assert answers[0] > 50


def test_a_rejected_model_leaves_the_endpoint_untouched(live: Cloud) -> None:
    before = (live.live_config(), live.sagemaker_resources())
    done = live.execute({**QUICK, "gate": {"champion": "ignore", "min_auc": 0.999}})
    assert (done.status, done.output["decision"]) == ("SUCCEEDED", "rejected")
    assert any("min_auc" in reason for reason in done.output["gate"]["reasons"])
    assert (live.live_config(), live.sagemaker_resources()) == before


def test_no_endpoint_when_none_is_asked_for(live: Cloud) -> None:
    before = (live.live_config(), live.sagemaker_resources())
    done = live.execute({**QUICK, "deploy": {"mode": "none"}})
    assert (done.status, done.output["decision"], done.output["endpoint"]) == ("SUCCEEDED", "trained", None)
    assert (live.live_config(), live.sagemaker_resources()) == before


def test_every_bad_field_is_named_at_once(cloud: Cloud) -> None:
    bad: dict[str, Any] = {"preset": "best", "gate": {"min_f1": 2}, "hyperparameters": {"epochs": 0}, "colour": "red"}
    done = cloud.execute(bad)
    assert (done.status, done.error) == ("FAILED", "InvalidInput")
    assert all(word in done.cause for word in ("preset", "'best'", "gate.min_f1", "epochs", "'colour'"))
    assert "Train Model" not in done.states
