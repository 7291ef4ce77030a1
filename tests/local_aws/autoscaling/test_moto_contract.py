"""What the hooks rely on in moto's private parts; each test names the hook that breaks when moto changes."""

from __future__ import annotations

import inspect

import pytest
from moto.applicationautoscaling.models import (
    ApplicationAutoscalingBackend,
    FakeApplicationAutoscalingPolicy,
    FakeScalableTarget,
    applicationautoscaling_backends,
)
from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse
from moto.cloudwatch.models import Alarm, cloudwatch_backends
from moto.core.utils import camelcase_to_underscores, get_service_model

from local_aws.autoscaling.actions import Actions
from local_aws.autoscaling.supported import SUPPORTED
from local_aws.autoscaling.targets import DIMENSION, NAMESPACE

PLACE = ("123456789012", "eu-west-1")
RESOURCE = "endpoint/e/variant/v"


@pytest.mark.parametrize("action", sorted(SUPPORTED))
def test_actions_are_aws_and_have_their_method(action: str) -> None:
    assert action in get_service_model("application-autoscaling").operation_names
    assert callable(getattr(Actions, camelcase_to_underscores(action)))


def test_the_service_has_one_response_class_that_dispatches_by_name() -> None:
    assert ApplicationAutoScalingResponse().service_name == "application-autoscaling"


def test_targets_and_policies_stand_where_they_are_looked_for() -> None:
    store = applicationautoscaling_backends[PLACE[0]]["us-west-1"]
    assert isinstance(store, ApplicationAutoscalingBackend)
    target = store.register_scalable_target(NAMESPACE, RESOURCE, DIMENSION, 1, 2, "role", {})  # type: ignore[arg-type]
    policy = store.put_scaling_policy("p", NAMESPACE, RESOURCE, DIMENSION, {"TargetValue": 1}, "TargetTrackingScaling")
    assert store.targets[DIMENSION][RESOURCE] is target
    assert isinstance(target, FakeScalableTarget)
    key = FakeApplicationAutoscalingPolicy.formulate_key(NAMESPACE, RESOURCE, DIMENSION, "p")
    assert store.policies[key] is policy
    assert policy.target_tracking_scaling_policy_configuration == {"TargetValue": 1}
    store.deregister_scalable_target(NAMESPACE, RESOURCE, DIMENSION)
    assert not store.targets[DIMENSION]
    del store.policies[key]


def test_alarms_stand_by_name_with_their_state() -> None:
    assert cloudwatch_backends[PLACE[0]][PLACE[1]].alarms == {}
    assert "self.state_value" in inspect.getsource(Alarm.update_state)
