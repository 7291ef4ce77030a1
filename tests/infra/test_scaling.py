"""Instances by traffic: registered after the release, ended where the input asks for it no more, undone with it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.infra.answers import trained
from tests.infra.jobs import job_of
from tests.infra.rendering import Json
from tests.infra.service_model import problems
from tests.infra.test_release import BEFORE, DONE, INSTANCES, MISSING, NAME, NOTHING, SERVERLESS
from tests.infra.walk import Failed, Walk

TARGET = {
    "ServiceNamespace": "sagemaker",
    "ResourceId": f"endpoint/{NAME}/variant/main",
    "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
}
POLICY = {"TargetValue": 50.0, "PredefinedMetricSpecification": {"PredefinedMetricType": "of before"}}
BEFORE_IT = {"min": 2, "max": 7, "policy": POLICY}
REGISTERED = {"ScalableTargets": [{"MinCapacity": 2, "MaxCapacity": 7, "ResourceId": TARGET["ResourceId"]}]}
GONE = Failed("ApplicationAutoScaling.ObjectNotFoundException", "No scalable target registered for service namespace")
UNDONE = ("Deregister New Scaling", "Register Former Scaling", "Put Former Policy")


def _endpoint(config: str, variant: Json = INSTANCES, status: str = "InService") -> Json:
    described = {"EndpointName": NAME, "EndpointConfigName": config, "EndpointStatus": status}
    return {**described, "ProductionVariants": [variant]}


def _released(
    nested: Json, pipeline: Json, deploy: Json, *, before: Json | None = None, over: Json | None = None, **job: Any
) -> Walk:
    """From the release's begin to the end of what scales."""
    asked = {**job_of(pipeline, deploy=deploy), **job}
    found = {"ScalableTargets": []} if before is None else REGISTERED
    answers = {
        "Describe Scaling": [found],
        "Describe Scaling Policies": [{"ScalingPolicies": [{"TargetTrackingScalingPolicyConfiguration": POLICY}]}],
        "Create Model": [{}],
        "Create Endpoint Config": [{}],
        "Find Endpoint": [_endpoint(BEFORE)],
        "Update Endpoint": [{}],
        "Describe Release": [_endpoint(asked["name"])],
        **{name: [{}] for name in ("Register Scaling", "Put Scaling Policy", "Deregister Scaling")},
        **(over or {}),
    }
    walk = Walk(nested, answers)
    ends = ("Begin Limit", "Fail Execution")
    known = {**NOTHING, "package": None if "restore" in job else NOTHING["package"]}
    walk.go("Describe Scaling", until=ends, job=asked, training=trained("like"), **known)
    return walk


def _asked(walk: Walk) -> list[str]:
    return [name for name in walk.asked if "Scaling" in name and not name.startswith("Describe")]


def test_it_is_registered_with_its_policy_once_the_model_serves(nested: Json, pipeline: Json) -> None:
    scaling = {"min": 2, "max": 5, "invocations_per_instance": 700, "scale_in_cooldown_s": 60}
    walk = _released(nested, pipeline, {"autoscaling": scaling})
    assert _asked(walk) == ["Register Scaling", "Put Scaling Policy"]
    assert walk.asked["Register Scaling"] == [{**TARGET, "MinCapacity": 2, "MaxCapacity": 5}]
    (policy,) = walk.asked["Put Scaling Policy"]
    assert policy == {
        **TARGET,
        "PolicyName": f"{NAME}-invocations",
        "PolicyType": "TargetTrackingScaling",
        "TargetTrackingScalingPolicyConfiguration": {
            "TargetValue": 700,
            "PredefinedMetricSpecification": {"PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"},
            "ScaleInCooldown": 60,
            "ScaleOutCooldown": 300,
        },
    }
    assert walk.visited.index("Describe Release") < walk.visited.index("Register Scaling")
    (variant,) = walk.asked["Create Endpoint Config"][0]["ProductionVariants"]
    assert variant["InitialInstanceCount"] == 2, "the least that it may have"
    assert "RetainAllVariantProperties" not in walk.asked["Update Endpoint"][0]


def test_unasked_nothing_is_registered(nested: Json, pipeline: Json) -> None:
    walk = _released(nested, pipeline, {})
    assert _asked(walk) == []
    assert "RetainAllVariantProperties" not in walk.asked["Update Endpoint"][0]
    assert walk.variables["scaling"]["is_touched"] is False


def test_what_is_scaled_keeps_its_number_of_instances(nested: Json, pipeline: Json) -> None:
    walk = _released(nested, pipeline, {"autoscaling": {"max": 5}}, before=BEFORE_IT)
    (update,) = walk.asked["Update Endpoint"]
    assert update["RetainAllVariantProperties"] is True
    assert update["ExcludeRetainedVariantProperties"] == [{"VariantPropertyType": "DesiredWeight"}]
    assert walk.variables["scaling"]["before"] == BEFORE_IT


@pytest.mark.parametrize("answer", [{}, GONE], ids=["there", "gone"])
def test_asked_for_no_more_it_ends(nested: Json, pipeline: Json, answer: Any) -> None:
    over = {"Deregister Scaling": [answer]}
    walk = _released(nested, pipeline, {}, before=BEFORE_IT, over=over)
    assert _asked(walk) == ["Deregister Scaling"]
    assert walk.asked["Deregister Scaling"] == [TARGET]
    assert "RetainAllVariantProperties" not in walk.asked["Update Endpoint"][0]
    assert walk.visited[-1] == "Finish Scaling"


def test_a_restoration_leaves_it_and_the_number_of_instances(nested: Json, pipeline: Json) -> None:
    walk = _released(nested, pipeline, {}, before=BEFORE_IT, restore={"version": "nightly"})
    assert _asked(walk) == []
    assert walk.asked["Update Endpoint"][0]["RetainAllVariantProperties"] is True


def test_an_endpoint_that_is_replaced_is_deregistered_first(nested: Json, pipeline: Json) -> None:
    found = [_endpoint(BEFORE), _endpoint(BEFORE, status="Deleting"), MISSING]
    over = {
        "Find Endpoint": found,
        "Deregister before Replacement": [{}],
        "Replace Endpoint": [{}],
        "Create Endpoint": [{}],
    }
    job = job_of(pipeline, deploy={"mode": "serverless"})
    over["Describe Release"] = [_endpoint(job["name"], SERVERLESS)]
    walk = _released(nested, pipeline, {"mode": "serverless"}, before=BEFORE_IT, over=over)
    assert walk.visited.index("Deregister before Replacement") < walk.visited.index("Replace Endpoint")
    assert _asked(walk) == [], "it is not registered any more"
    assert walk.variables["scaling"]["is_touched"] is True


def _cleaned_up(nested: Json, *, scaling: Json, over: Json | None = None) -> Walk:
    answers = {
        "Inspect Endpoint": [_endpoint("new")],
        "Restore Endpoint": [{}],
        "Describe Rollback": [_endpoint(BEFORE)],
        "Delete New Endpoint Config": [{}],
        "Delete New Model": [{}],
        **{name: [{}] for name in UNDONE},
        **(over or {}),
    }
    walk = Walk(nested, answers)
    walk.go(
        "Clean Up",
        until=("Fail Execution",),
        created={"model": "new", "config": "new", "endpoint": False},
        endpoint={**NOTHING["endpoint"], "name": NAME, "previous_config": BEFORE},
        failure={"state": "Verify Predictions", "error": "PredictionMismatch", "cause": "off by 1"},
        polls=0,
        scaling=scaling,
    )
    return walk


def _undone(walk: Walk) -> list[str]:
    return [name for name in walk.asked if name in UNDONE]


@pytest.mark.parametrize(
    ("scaling", "expected"),
    [
        ({"is_registered": False, "is_touched": False, "before": None}, []),
        ({"is_registered": True, "is_touched": False, "before": BEFORE_IT}, []),
        ({"is_registered": True, "is_touched": True, "before": None}, ["Deregister New Scaling"]),
        ({"is_registered": True, "is_touched": True, "before": BEFORE_IT}, list(UNDONE[1:])),
        ({"is_registered": False, "is_touched": True, "before": BEFORE_IT}, list(UNDONE[1:])),
        (
            {"is_registered": True, "is_touched": True, "before": {**BEFORE_IT, "policy": None}},
            ["Register Former Scaling"],
        ),
    ],
    ids=["never", "untouched", "it was new", "it was another", "it was ended", "without a policy"],
)
def test_a_failure_leaves_what_there_was(nested: Json, scaling: Json, expected: list[str]) -> None:
    walk = _cleaned_up(nested, scaling=scaling)
    assert _undone(walk) == expected
    if "Register Former Scaling" in expected:
        assert walk.asked["Register Former Scaling"] == [{**TARGET, "MinCapacity": 2, "MaxCapacity": 7}]
        assert walk.visited.index("Describe Rollback") < walk.visited.index("Register Former Scaling")
    if "Put Former Policy" in expected:
        assert walk.asked["Put Former Policy"][0]["TargetTrackingScalingPolicyConfiguration"] == POLICY
    if "Deregister New Scaling" in expected:
        assert walk.visited.index("Deregister New Scaling") < walk.visited.index("Restore Endpoint")
    (restored,) = walk.asked["Restore Endpoint"]
    assert restored.get("RetainAllVariantProperties", False) is (scaling["before"] is not None)
    assert problems("UpdateEndpoint", restored) == []
    assert walk.variables["failure"]["cause"] == "off by 1"
    assert {"Delete New Endpoint Config", "Delete New Model"} <= walk.asked.keys()


def test_trouble_with_it_is_told_and_the_rest_is_cleaned_up(nested: Json) -> None:
    denied = Failed("ApplicationAutoScaling.ApplicationAutoScalingException", "is not authorized")
    new = {"is_registered": True, "is_touched": True, "before": None}
    walk = _cleaned_up(nested, scaling=new, over={"Deregister New Scaling": [denied]})
    assert walk.variables["failure"]["cause"] == "off by 1 (clean-up, Deregister New Scaling: is not authorized)"
    assert "Delete New Model" in walk.asked
    gone = _cleaned_up(nested, scaling=new, over={"Deregister New Scaling": [GONE]})
    assert gone.variables["failure"]["cause"] == "off by 1"


def test_the_endpoint_is_what_the_tests_say(nested: Json, pipeline: Json) -> None:
    assert _released(nested, pipeline, {}).visited[-1] == "Skip Scaling"
    assert DONE in _released(nested, pipeline, {}).visited
