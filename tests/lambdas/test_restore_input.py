"""The input of an execution that makes an earlier version the live one again."""

from __future__ import annotations

import pytest

from lambdas.logic.job import SCHEMA, InvalidInput, complete


def test_a_restoration_says_no_more_of_its_endpoint_than_was_given() -> None:
    """What it does not say is as the version was deployed."""
    given_input = {
        "restore": {"version": "nightly"},
        "deploy": {"mode": "serverless", "serverless": {"memory_mb": 1024.0}},
    }
    alone = {"restore": {"version": "nightly"}, "deploy": {}, "overlap": "wait"}
    assert complete({"restore": {"version": "nightly"}}) == alone
    assert complete({"restore": {"version": "nightly"}, "overlap": "refuse"}) == {**alone, "overlap": "refuse"}
    assert complete(given_input) == {
        **alone,
        "deploy": {"mode": "serverless", "serverless": {"memory_mb": 1024, "max_concurrency": 5}},
    }
    assert type(complete(given_input)["deploy"]["serverless"]["memory_mb"]) is int


def test_a_version_is_named_by_its_model_package_too() -> None:
    package = "arn:aws:sagemaker:eu-west-1:123456789012:model-package/recommender/7"
    assert complete({"restore": {"package": package}})["restore"] == {"package": package}


def test_a_restoration_may_say_how_the_endpoint_scales() -> None:
    given_input = {"restore": {"version": "nightly"}, "deploy": {"autoscaling": {"max": 3}}}
    scaling = {"min": 1, "max": 3, "invocations_per_instance": 1000}
    cooldowns = {"scale_in_cooldown_s": 300, "scale_out_cooldown_s": 300}
    assert complete(given_input)["deploy"] == {"autoscaling": {**scaling, **cooldowns}}


@pytest.mark.parametrize("name", sorted(SCHEMA["properties"].keys() - {"restore", "deploy", "overlap"}))
def test_a_restoration_is_given_nothing_that_is_about_training(name: str) -> None:
    given_input = {"restore": {"version": "nightly"}, name: SCHEMA["properties"][name].get("default", {})}
    with pytest.raises(InvalidInput) as refusal:
        complete(given_input)
    assert str(refusal.value) == f"restore: with '{name}', expected none of them: nothing is trained"
