"""A new model on trial beside the live one: what is configured, watched, verified and switched to."""

from __future__ import annotations

from typing import Any

import pytest

from tests.infra.answers import trained
from tests.infra.jobs import job_of
from tests.infra.rendering import Json
from tests.infra.service_model import problems
from tests.infra.test_release import BEFORE, DONE, MISSING, NAME, NOTHING, SERVERLESS
from tests.infra.walk import Failed, Walk

START = "Choose Place"
LIVE = {
    "VariantName": "main",
    "ModelName": "live-model",
    "InstanceType": "ml.c5.large",
    "InitialInstanceCount": 3,
    "InitialVariantWeight": 1.0,
}
MAIN = {"VariantName": "main", "CurrentInstanceCount": 3}
CHALLENGER = {"VariantName": "challenger", "CurrentInstanceCount": 1}
OWN = [f"{NAME}-endpoint-errors", f"{NAME}-endpoint-latency"]
ITS = [f"{NAME}-challenger-errors", f"{NAME}-challenger-latency"]
PUBLISHED = {"version": "nightly", "uri": "s3://bucket/models/nightly/"}


def _endpoint(config: str, *variants: Json, **more: Any) -> Json:
    described = {"EndpointName": NAME, "EndpointConfigName": config, "EndpointStatus": "InService"}
    return {**described, "ProductionVariants": list(variants), **more}


def _released(
    nested: Json,
    pipeline: Json,
    beside: Json,
    *,
    live: Any = None,
    variants: tuple[Json, ...] = (MAIN,),
    over: Json | None = None,
) -> Walk:
    job = job_of(pipeline, deploy={"beside": beside})
    answers = {
        "Describe Live Endpoint": [live or _endpoint(BEFORE, *variants)],
        "Describe Live Config": [{"ProductionVariants": [{**CHALLENGER, "ModelName": "other"}, LIVE]}],
        "Describe Scaling": [{"ScalableTargets": []}],
        "Reject Package": [{}],
        "Create Model": [{}],
        "Create Endpoint Config": [{}],
        "Find Endpoint": [live or _endpoint(BEFORE, *variants)],
        "Create Endpoint": [{}],
        "Update Endpoint": [{}],
        **{name: [{}] for name in ("Update Expiry", "Delete Expiry")},
        "Describe Release": [_endpoint(job["name"], MAIN, CHALLENGER)],
        **(over or {}),
    }
    walk = Walk(nested, answers)
    walk.go(START, until=(DONE, "Report Result"), job=job, training=trained("like"), **NOTHING)
    return walk


def _config(walk: Walk) -> Any:
    (config,) = walk.asked["Create Endpoint Config"]
    assert problems("CreateEndpointConfig", config) == []
    return config


def _new(walk: Walk, weight: int) -> Json:
    name = walk.variables["job"]["name"]
    settings = {"InstanceType": "ml.m5.large", "InitialInstanceCount": 1, "InitialVariantWeight": weight}
    return {"VariantName": "challenger", "ModelName": name, **settings}


def test_a_share_is_a_second_variant_and_the_live_one_stays_as_it_is(nested: Json, pipeline: Json) -> None:
    walk = _released(nested, pipeline, {"how": "share", "percent": 20})
    assert walk.asked["Describe Live Config"] == [{"EndpointConfigName": BEFORE}]
    assert _config(walk)["ProductionVariants"] == [{**LIVE, "InitialVariantWeight": 80}, _new(walk, 20)]
    assert "ShadowProductionVariants" not in _config(walk)
    (update,) = walk.asked["Update Endpoint"]
    assert "DeploymentConfig" not in update, "SageMaker takes none where the variants change"


def test_a_shadow_is_sent_copies_and_released_under_its_own_alarms_too(nested: Json, pipeline: Json) -> None:
    walk = _released(nested, pipeline, {"how": "shadow", "percent": 100})
    assert _config(walk)["ProductionVariants"] == [{**LIVE, "InitialVariantWeight": 100}]
    assert _config(walk)["ShadowProductionVariants"] == [_new(walk, 100)]
    (update,) = walk.asked["Update Endpoint"]
    assert problems("UpdateEndpoint", update) == []
    alarms = update["DeploymentConfig"]["AutoRollbackConfiguration"]["Alarms"]
    assert [alarm["AlarmName"] for alarm in alarms] == [*OWN, *ITS]


def test_a_share_that_follows_a_share_is_guarded(nested: Json, pipeline: Json) -> None:
    walk = _released(nested, pipeline, {"how": "share"}, variants=(CHALLENGER, MAIN))
    (update,) = walk.asked["Update Endpoint"]
    assert "AutoRollbackConfiguration" in update["DeploymentConfig"]


def test_a_release_ends_a_share_unguarded(nested: Json, pipeline: Json) -> None:
    walk = _released(nested, pipeline, {"how": "none"}, variants=(MAIN, CHALLENGER))
    assert [variant["VariantName"] for variant in _config(walk)["ProductionVariants"]] == ["main"]
    assert "DeploymentConfig" not in walk.asked["Update Endpoint"][0]


@pytest.mark.parametrize("how", ["share", "shadow"])
@pytest.mark.parametrize("live", [MISSING, _endpoint(BEFORE, EndpointStatus="Failed")], ids=["none", "failed"])
def test_where_nothing_is_live_it_is_released_alone(nested: Json, pipeline: Json, how: str, live: Any) -> None:
    over = {"Find Endpoint": [MISSING]}
    walk = _released(nested, pipeline, {"how": how}, live=live, over=over)
    (variant,) = _config(walk)["ProductionVariants"]
    assert (variant["VariantName"], variant["ModelName"]) == ("main", walk.variables["job"]["name"])
    assert walk.variables["live"] is None


def test_beside_a_serverless_endpoint_there_is_no_place(nested: Json, pipeline: Json) -> None:
    with pytest.raises(Failed, match="is serverless, expected one on instances") as end:
        _released(nested, pipeline, {"how": "share"}, live=_endpoint(BEFORE, SERVERLESS))
    assert end.value.error == "NothingToBeBeside"


def test_a_lost_answer_is_asked_for_again(nested: Json, pipeline: Json) -> None:
    lost = Failed("SageMaker.SageMakerException", "Rate exceeded (Service: SageMaker, Status Code: 400)")
    over = {"Describe Live Endpoint": [lost, _endpoint(BEFORE, MAIN)]}
    assert _released(nested, pipeline, {"how": "share"}, over=over).variables["live"] == {"variant": LIVE}


def test_a_shadow_that_an_alarm_sends_back_is_rejected(nested: Json, pipeline: Json) -> None:
    alarm = {"AlarmName": ITS[0], "StateValue": "ALARM", "StateTransitionedTimestamp": "2026-01-01T00:00:00.000Z"}
    over = {
        "Describe Release": [_endpoint(BEFORE, MAIN)],
        "Describe Release Alarms": [{"MetricAlarms": [alarm]}],
        "Reject Rolled Back Package": [{}],
        "Delete Rejected Config": [{}],
        "Delete Rejected Model": [{}],
    }
    walk = _released(nested, pipeline, {"how": "shadow"}, over=over)
    assert walk.asked["Describe Release Alarms"][0]["AlarmNames"] == [*OWN, *ITS]
    assert walk.variables["released"]["alarms"] == [ITS[0]]


def _after_release(nested: Json, pipeline: Json, beside: Json, *, live: Any) -> Walk:
    """What follows a release, up to the end or the switch."""
    functions = ("Verify Predictions", "Report Result", "Retire Old Versions")
    answers: dict[str, list[Any]] = {name: [{"Payload": {}}] for name in functions}
    answers |= {"Write Serving Bundle": [{"Payload": PUBLISHED}], "Switch Version": [{}], "Update Expiry": [{}]}
    walk = Walk(nested, answers)
    remembered = dict.fromkeys(("fetched", "prepared", "evaluation", "ranking", "ranked", "published", "batch"))
    variables = {**NOTHING, **remembered, "predictions": None, "live": live, "result": None, "prepared": {"shards": 1}}
    job = job_of(pipeline, deploy={"beside": beside})
    walk.go("Choose Scaling", until=("Finish Execution",), job=job, training=trained("like"), **variables)
    return walk


@pytest.mark.parametrize(
    ("beside", "live", "verified"),
    [
        ({"how": "share", "percent": 20}, {"variant": LIVE}, "challenger"),
        ({"how": "shadow", "percent": 20}, {"variant": LIVE}, None),
        ({"how": "share"}, None, "main"),
        ({}, None, "main"),
    ],
    ids=["share", "shadow", "alone", "no trial"],
)
def test_what_is_on_trial_is_verified_where_it_answers_and_not_switched_to(
    nested: Json, pipeline: Json, beside: Json, live: Any, verified: str | None
) -> None:
    walk = _after_release(nested, pipeline, beside, live=live)
    asked = [each["Payload"]["variant"] for each in walk.asked.get("Verify Predictions", [])]
    assert asked == ([verified] if verified else [])
    assert "Write Serving Bundle" in walk.asked, "it can be restored, which ends the trial"
    assert ("Switch Version" in walk.asked) is (live is None)
    told = walk.asked["Report Result"][0]["Payload"]["released"]
    assert (told and told["decision"]) == ("on_trial" if live else None)
    if live:
        assert "20 % of the requests" in told["reasons"][0]
