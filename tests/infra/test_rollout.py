"""How an update moves the traffic, and what follows when it is rolled back."""

from __future__ import annotations

from typing import Any

import pytest

from tests.infra.answers import trained
from tests.infra.jobs import job_of
from tests.infra.rendering import Json
from tests.infra.service_model import problems
from tests.infra.test_release import BEFORE, BEGIN, DONE, INSTANCES, NAME, NOTHING, SERVERLESS
from tests.infra.walk import Failed, Walk

ERRORS, LATENCY = f"{NAME}-endpoint-errors", f"{NAME}-endpoint-latency"
ALARMS = {"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": ERRORS}, {"AlarmName": LATENCY}]}}
REPORT, LONG_AGO, LATER = "Report Result", "2026-01-01T00:00:00.000Z", "2999-01-01T00:00:00.000Z"


def _endpoint(config: str, variant: Json = INSTANCES, **more: Any) -> Json:
    described = {"EndpointName": NAME, "EndpointConfigName": config, "EndpointStatus": "InService"}
    return {**described, "ProductionVariants": [variant], **more}


def _alarm(name: str, state: str = "OK", changed: str = LONG_AGO) -> Json:
    return {"AlarmName": name, "StateValue": state, "StateTransitionedTimestamp": changed}


def _walked(
    nested: Json,
    pipeline: Json,
    *,
    deploy: Any = None,
    described: list[Json] | None = None,
    alarms: list[Json] | None = None,
    variant: Json = INSTANCES,
    over: Json | None = None,
) -> Walk:
    job = job_of(pipeline, **({"deploy": deploy} if deploy else {}))
    answers = {
        "Create Model": [{}],
        "Create Endpoint Config": [{}],
        "Find Endpoint": [_endpoint(BEFORE, variant)],
        "Update Endpoint": [{}],
        "Describe Release": described or [_endpoint(job["name"], variant)],
        "Describe Release Alarms": [{"MetricAlarms": alarms, "CompositeAlarms": []}],
        "Inspect Endpoint": [_endpoint(BEFORE, variant)],
        **{f"Delete Rejected {what}": [{}] for what in ("Config", "Model")},
        **{f"Reject {what}": [{}] for what in ("Package", "Rolled Back Package")},
        **{f"Delete New {what}": [{}] for what in ("Endpoint Config", "Model")},
        **(over or {}),
    }
    walk = Walk(nested, answers)
    walk.go(BEGIN, until=(DONE, REPORT), job=job, training=trained("like"), **NOTHING)
    return walk


def _config(walk: Walk) -> Any:
    (update,) = walk.asked["Update Endpoint"]
    assert problems("UpdateEndpoint", update) == []
    assert (update["EndpointName"], update["EndpointConfigName"]) == (NAME, walk.variables["job"]["name"])
    return update["DeploymentConfig"]


def _blue_green(bake_s: int, **routing: Any) -> Json:
    return {"BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": routing, "TerminationWaitInSeconds": bake_s}}


def _percent(value: int) -> Json:
    return {"Type": "CAPACITY_PERCENT", "Value": value}


@pytest.mark.parametrize(
    ("release", "expected"),
    [
        ({}, _blue_green(300, Type="ALL_AT_ONCE", WaitIntervalInSeconds=0)),
        ({"wait_s": 60, "bake_s": 0}, _blue_green(0, Type="ALL_AT_ONCE", WaitIntervalInSeconds=0)),
        ({"traffic": "canary"}, _blue_green(300, Type="CANARY", WaitIntervalInSeconds=300, CanarySize=_percent(10))),
        (
            {"traffic": "linear", "step_percent": 25, "wait_s": 60, "bake_s": 120},
            _blue_green(120, Type="LINEAR", WaitIntervalInSeconds=60, LinearStepSize=_percent(25)),
        ),
    ],
    ids=["as it is unless said", "no bake", "canary", "linear"],
)
def test_traffic_moves_as_the_input_says(nested: Json, pipeline: Json, release: Any, expected: Json) -> None:
    assert _config(_walked(nested, pipeline, deploy={"release": release})) == {**expected, **ALARMS}


def test_without_alarms_nothing_sends_it_back(nested: Json, pipeline: Json) -> None:
    config = _config(_walked(nested, pipeline, deploy={"release": {"alarms": False}}))
    assert config == _blue_green(300, Type="ALL_AT_ONCE", WaitIntervalInSeconds=0)


def test_a_serverless_endpoint_is_released_all_at_once(nested: Json, pipeline: Json) -> None:
    walk = _walked(nested, pipeline, deploy={"mode": "serverless"}, variant=SERVERLESS)
    assert _config(walk) == {**_blue_green(300, Type="ALL_AT_ONCE", WaitIntervalInSeconds=0), **ALARMS}


def test_polls_are_enough_for_the_longest_release(nested: Json, pipeline: Json) -> None:
    longest = {"traffic": "linear", "step_percent": 10, "wait_s": 3600, "bake_s": 3600}
    name = job_of(pipeline)["name"]
    waiting = [_endpoint(BEFORE, EndpointStatus="Updating")] * 1320
    walk = _walked(
        nested, pipeline, deploy={"release": longest}, described=[*waiting, {**_endpoint(name), "EndpointName": NAME}]
    )
    assert walk.visited[-1] == "Check Release"
    assert walk.variables["endpoint"]["config"] == name


@pytest.mark.parametrize(
    ("reason", "alarms", "named"),
    [
        ("", [_alarm(ERRORS, "ALARM"), _alarm(LATENCY)], ERRORS),
        ("", [_alarm(ERRORS), _alarm(LATENCY, changed=LATER)], LATENCY),
        (f"rolled back because of {ERRORS}", [_alarm(ERRORS), _alarm(LATENCY)], ERRORS),
        ("", [_alarm(ERRORS, "ALARM"), _alarm(LATENCY, "ALARM")], f"{ERRORS}, {LATENCY}"),
    ],
    ids=["it rings", "it rang", "SageMaker says so", "both"],
)
def test_an_alarm_rejects_the_model_and_is_named(
    nested: Json, pipeline: Json, reason: str, alarms: list[Json], named: str
) -> None:
    back = [_endpoint(BEFORE, EndpointStatus="RollingBack"), _endpoint(BEFORE, FailureReason=reason)]
    walk = _walked(nested, pipeline, described=back, alarms=alarms)
    job = walk.variables["job"]
    released = walk.variables["released"]
    assert released["decision"] == "rejected"
    assert released["reasons"][0].startswith(f"the release was rolled back: {named} went off")
    assert reason in released["reasons"][0]
    assert released["alarms"] == named.split(", ")
    assert walk.asked["Describe Release Alarms"][0]["AlarmNames"] == [ERRORS, LATENCY]
    (judged,) = walk.asked["Reject Rolled Back Package"]
    package = {"ModelPackageArn": "arn:aws:sagemaker:eu-central-1:123456789012:model-package/b/1"}
    assert problems("UpdateModelPackage", {**judged, **package}) == []
    assert (judged["ModelApprovalStatus"], judged["ApprovalDescription"]) == ("Rejected", released["reasons"][0])
    assert walk.asked["Delete Rejected Config"] == [{"EndpointConfigName": job["name"]}]
    assert walk.asked["Delete Rejected Model"] == [{"ModelName": job["name"]}]
    assert not [name for name in walk.visited if name == "Clean Up"]


def test_an_update_that_fails_by_itself_is_a_failure(nested: Json, pipeline: Json) -> None:
    failed = [_endpoint(BEFORE, FailureReason="The primary container did not pass the ping health check.")]
    with pytest.raises(Failed) as end:
        _walked(nested, pipeline, described=failed, alarms=[_alarm(ERRORS), _alarm(LATENCY)])
    assert end.value.error == "EndpointNotInService"
    assert "ping health check" in str(end.value.cause)


def test_so_it_is_where_no_alarm_was_watched(nested: Json, pipeline: Json) -> None:
    with pytest.raises(Failed) as end:
        _walked(nested, pipeline, deploy={"release": {"alarms": False}}, described=[_endpoint(BEFORE)])
    assert end.value.error == "EndpointNotInService"


@pytest.mark.parametrize("state", ["Describe Release Alarms", "Reject Rolled Back Package", "Delete Rejected Model"])
def test_trouble_while_rejecting_is_cleaned_up_after(nested: Json, pipeline: Json, state: str) -> None:
    denied = Failed("SageMaker.SageMakerException", "is not authorized")
    with pytest.raises(Failed) as end:
        _walked(
            nested,
            pipeline,
            described=[_endpoint(BEFORE)],
            alarms=[_alarm(ERRORS, "ALARM")],
            over={state: [denied]},
        )
    assert str(end.value.cause).startswith(f"{state}: is not authorized")
