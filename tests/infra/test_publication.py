"""From an accepted model to a live version: what is written, in which order, and what a failure on the way leaves."""

from __future__ import annotations

from typing import Any

import pytest

from infra.settings import stage_of
from tests.infra.answers import FETCHED, PREPARED, trained
from tests.infra.jobs import job_of
from tests.infra.machine import CLEAN_UP
from tests.infra.rendering import Json
from tests.infra.walk import EXECUTION, SENT, Failed, Walk

BUNDLE, BATCH, REPORT = "Write Serving Bundle", "Write Batch", "Report Result"
SWITCH, RETIRE, FINISH = "Switch Version", "Retire Old Versions", "Finish Execution"
NAME = "movie-recommender-dev"
ENDPOINT = {"name": NAME, "config": "config", "status": "InService", "previous_config": None, "reason": ""}
PACKAGE = {"arn": f"arn:aws:sagemaker:eu-central-1:123456789012:model-package/{NAME}/7", "status": "Approved"}
PUBLISHED = {"version": "one", "uri": "s3://bucket/models/one/", "files": 5, "bytes": 4096}
WRITTEN = {"uri": "s3://bucket/runs/one/batch/recommendations.parquet"}
RESULT = {"decision": "deployed", "version": "one"}
RANKING = {"prepared": PREPARED["ranking"], "training": trained("ranking")}
REMEMBERED: dict[str, Any] = {
    "fetched": FETCHED,
    "prepared": PREPARED["like"],
    "training": trained("like"),
    "evaluation": {"gate": {"decision": "accepted"}},
    "ranking": RANKING,
    "ranked": {"gate": {"decision": "accepted"}},
}
LOST = Failed("States.TaskFailed", "something broke")


def _walked(nested: Json, job: Any, over: Json | None = None, *, start: str = BUNDLE) -> Walk:
    answers = {
        BUNDLE: [{"Payload": PUBLISHED}],
        BATCH: [{"Payload": WRITTEN}],
        REPORT: [{"Payload": RESULT}],
        SWITCH: [{"Version": 2}],
        RETIRE: [{"Payload": {"deleted": []}}],
        **(over or {}),
    }
    walk = Walk(nested, answers)
    known = {**REMEMBERED, "endpoint": ENDPOINT, "predictions": {"rows": 3}, "published": None, "batch": None}
    known["package"] = PACKAGE
    known |= {"live": None, "released": None}
    walk.go(start, until=(FINISH, CLEAN_UP), job=job, **known)
    return walk


@pytest.fixture(scope="module")
def job(pipeline: Json) -> Any:
    return job_of(pipeline)


def test_the_switch_is_the_last_that_may_fail(nested: Json, job: Any) -> None:
    walk = _walked(nested, job)
    assert list(walk.asked) == [BUNDLE, REPORT, SWITCH, RETIRE]
    assert walk.variables["published"] == PUBLISHED
    assert walk.variables["result"] == RESULT
    assert "failure" not in walk.variables


def test_the_bundle_is_told_everything_that_is_known(nested: Json, job: Any) -> None:
    (asked,) = _walked(nested, job).asked[BUNDLE]
    assert asked["Payload"] == {
        "execution": EXECUTION["Id"],
        "name": EXECUTION["Name"],
        "created": EXECUTION["StartTime"],
        "package": PACKAGE["arn"],
        "job": job,
        "endpoint": {"name": NAME, "config": "config", "mode": "realtime"},
        **REMEMBERED,
    }


def test_a_bundle_without_an_endpoint_and_a_ranking_model_says_so(nested: Json, pipeline: Json) -> None:
    job = job_of(pipeline, deploy={"mode": "none"}, models=["like"])
    walk = Walk(nested, {BUNDLE: [{"Payload": PUBLISHED}]})
    walk.go(
        BUNDLE,
        until=("Choose Batch",),
        job=job,
        endpoint=ENDPOINT,
        package=PACKAGE,
        **{**REMEMBERED, "ranking": None, "ranked": None},
    )
    (asked,) = walk.asked[BUNDLE]
    assert [asked["Payload"][name] for name in ("endpoint", "ranking", "ranked")] == [None, None, None]


def test_no_batch_unless_it_is_asked_for(nested: Json, job: Any) -> None:
    walk = _walked(nested, job)
    assert BATCH not in walk.asked
    assert walk.asked[REPORT][0]["Payload"]["batch"] is None


@pytest.mark.parametrize("exclude_seen", [True, False])
def test_a_batch_is_written_from_the_bundle(nested: Json, pipeline: Json, exclude_seen: bool) -> None:
    job = job_of(pipeline, batch={"n": 20, "exclude_seen": exclude_seen})
    walk = _walked(nested, job)
    (asked,) = walk.asked[BATCH]
    assert asked["Payload"] == {"version": "one", "run": job["run"], "n": 20, "exclude_seen": exclude_seen, **SENT}
    (told,) = walk.asked[REPORT]
    assert (told["Payload"]["batch"], told["Payload"]["published"]) == (WRITTEN, PUBLISHED)


def test_the_parameter_is_overwritten_with_the_version(nested: Json, job: Any) -> None:
    (asked,) = _walked(nested, job).asked[SWITCH]
    assert asked == {"Name": f"/{NAME}/model", "Value": "one", "Type": "String", "Overwrite": True}


def test_old_versions_are_retired_but_never_the_live_one(nested: Json, job: Any) -> None:
    (asked,) = _walked(nested, job).asked[RETIRE]
    assert asked["Payload"] == {"keep": stage_of("dev").kept_versions, "live": "one", **SENT}


@pytest.mark.parametrize("state", [BUNDLE, BATCH, REPORT, SWITCH])
def test_a_failure_before_the_switch_is_cleaned_up_after(nested: Json, pipeline: Json, state: str) -> None:
    """The endpoint goes back to what it served, and the API has answered by the old version all the time."""
    walk = _walked(nested, job_of(pipeline, batch={"n": 5}), {state: [LOST]})
    assert walk.variables["failure"] == {"state": state, "error": LOST.error, "cause": LOST.cause}
    assert RETIRE not in walk.asked
    assert (SWITCH in walk.asked) is (state == SWITCH)


def test_a_failure_to_retire_ends_well(nested: Json, job: Any) -> None:
    walk = _walked(nested, job, {RETIRE: [LOST]})
    assert walk.visited[-1] == RETIRE
    assert walk.variables["result"] == RESULT


def test_a_rejected_model_publishes_nothing(nested: Json, job: Any) -> None:
    walk = _walked(nested, job, start=REPORT)
    assert list(walk.asked) == [REPORT]
    assert walk.asked[REPORT][0]["Payload"]["published"] is None
