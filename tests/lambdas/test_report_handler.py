"""The report function as the runtime calls it: what it reads beside its event, and what it leaves."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

import lambdas.report
from tests.lambdas.pages import Page
from tests.lambdas.remembered import RUN, remembered, scored
from tests.lambdas.report import planted
from tests.lambdas.test_states import HISTORY
from tests.lambdas.training_logs import print_epochs

Objects = Callable[[str], dict[str, bytes]]
MOST_BYTES = 4096
"""Of the execution's output: keys, counts and figures."""


@pytest.mark.parametrize("deployed", [True, False])
def test_report_leaves_a_page_and_the_result(
    bucket: str, aws: Callable[[str], Any], objects: Objects, deployed: bool
) -> None:
    result = lambdas.report.handler(_report_event(bucket, aws, deployed=deployed), None)
    left = objects(RUN)
    assert json.loads(left[f"{RUN}result.json"]) == result
    assert result["artifacts"]["report"] == f"s3://{bucket}/{RUN}report.html"
    assert ("Ten & Co" in Page(left[f"{RUN}report.html"].decode()).text) is deployed
    type_ = aws("s3").head_object(Bucket=bucket, Key=f"{RUN}report.html")["ContentType"]
    assert type_ == "text/html; charset=utf-8"


def test_report_says_what_was_published(bucket: str, aws: Callable[[str], Any], objects: Objects) -> None:
    published: dict[str, Any] = {
        "version": "nightly",
        "uri": f"s3://{bucket}/models/nightly/",
        "files": 5,
        "bytes": 4096,
    }
    event = {**_report_event(bucket, aws, deployed=False), "published": published, "batch": {"uri": "s3://x/y.parquet"}}
    lambdas.report.handler(event, None)
    text = Page(objects(RUN)[f"{RUN}report.html"].decode()).text
    assert "Published as version nightly" in text
    assert all(where in text for where in (published["uri"], "s3://x/y.parquet"))


def test_report_draws_what_no_state_carries(bucket: str, aws: Callable[[str], Any], objects: Objects) -> None:
    """The documents of both evaluations, and the epochs that the training job printed."""
    event = _report_event(bucket, aws, deployed=False)
    uri = f"s3://{bucket}/{RUN}ranking.json"
    aws("s3").put_object(Bucket=bucket, Key=f"{RUN}ranking.json", Body=json.dumps(planted.ranking()).encode())
    ranked = {"key": uri, "gate": {"decision": "accepted", "reasons": ["good enough"]}, **planted.ranking()}
    del ranked["frequency"]
    print_epochs(aws("logs"), event["training"]["job"], count=3)
    ranking = {"prepared": event["prepared"], "training": {**event["training"], "job": "a-job-without-a-log"}}
    result = lambdas.report.handler({**event, "ranking": ranking, "ranked": ranked}, None)
    page = Page(objects(RUN)[f"{RUN}report.html"].decode())
    assert {"roc", "calibration", "frequency", "loss"} <= set(page.ids)
    assert not {"ranking-loss", "timeline"} & set(page.ids)
    assert "in 3 epochs" in page.text
    assert len(json.dumps(result, allow_nan=False)) < MOST_BYTES


def _report_event(bucket: str, aws: Callable[[str], Any], *, deployed: bool) -> dict[str, Any]:
    """What the state machine remembers, and the documents that it remembers only the keys of."""
    put = partial(aws("s3").put_object, Bucket=bucket)
    put(Key=f"{RUN}predictions.json", Body=json.dumps(scored("Ten & Co")).encode())
    put(Key=f"{RUN}evaluation.json", Body=json.dumps(planted.evaluation()).encode())
    event = remembered(deployed=deployed)
    return {**event, "evaluation": {**event["evaluation"], "key": f"s3://{bucket}/{RUN}evaluation.json"}}


def test_states_are_those_of_the_executions_history(
    bucket: str, aws: Callable[[str], Any], objects: Objects, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def history(execution: str) -> list[dict[str, Any]]:
        asked.append(execution)
        return HISTORY

    monkeypatch.setattr(lambdas.report, "events", history)
    event = {**_report_event(bucket, aws, deployed=False), "execution": "arn:aws:states:…:execution:machine:nightly"}
    lambdas.report.handler(event, None)
    page = Page(objects(RUN)[f"{RUN}report.html"].decode())
    assert asked == [event["execution"]]
    assert "timeline" in page.ids
    assert ["Train Other", "caught", "0.4000", "2.1000"] in page.rows


def test_states_that_the_event_tells_need_no_history(
    bucket: str, aws: Callable[[str], Any], objects: Objects, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lambdas.report, "events", lambda _: pytest.fail("the history was read"))
    event = {**_report_event(bucket, aws, deployed=False), "execution": "arn:…", "states": planted.states()}
    lambdas.report.handler(event, None)
    assert ["Train Like Model", "succeeded", "3.4000", "4.6400"] in Page(
        objects(RUN)[f"{RUN}report.html"].decode()
    ).rows
