"""Updates that shift traffic in steps, and go back when an alarm goes off."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from fm.model import FactorizationMachine
from tests.local_aws.sagemaker.endpoint_laboratory import (
    ROWS,
    Caller,
    create,
    delete_and_wait,
    put_artifact,
    scores_of,
    wait_for_answers,
)
from tests.local_aws.sagemaker.laboratory import DEADLINE_S, Lab

Alarm = Callable[..., str]


@pytest.fixture(scope="module")
def guarded(lab: Lab, models: list[FactorizationMachine]) -> list[str]:
    """The two models with a role that may see alarms."""
    role = lab.role(actions=["s3:GetObject", "logs:*", "cloudwatch:DescribeAlarms"])
    return [lab.model(put_artifact(lab, model), ExecutionRoleArn=role) for model in models]


@pytest.fixture
def alarm(lab: Lab) -> Iterator[Alarm]:
    """Makes alarms on a metric without data."""
    made: list[str] = []

    def make(*, missing: str = "notBreaching") -> str:
        made.append(lab.name("alarm"))
        lab.aws("cloudwatch").put_metric_alarm(
            AlarmName=made[-1],
            Namespace="sm-tests",
            MetricName="Nothing",
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=1.0,
            ComparisonOperator="GreaterThanOrEqualToThreshold",
            TreatMissingData=missing,
        )
        return made[-1]

    yield make
    lab.aws("cloudwatch").delete_alarms(AlarmNames=made)


def rollout(kind: str, *alarms: str, wait_s: int = 0, end_s: int = 0, **size: int) -> dict[str, Any]:
    sizes = {name: {"Type": "CAPACITY_PERCENT", "Value": value} for name, value in size.items()}
    routing = {"Type": kind, "WaitIntervalInSeconds": wait_s, **sizes}
    policy = {"TrafficRoutingConfiguration": routing, "TerminationWaitInSeconds": end_s}
    watched = {"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": name} for name in alarms]}} if alarms else {}
    return {"BlueGreenUpdatePolicy": policy, **watched}


def trip(lab: Lab, alarm: str) -> None:
    lab.aws("cloudwatch").set_alarm_state(AlarmName=alarm, StateValue="ALARM", StateReason="the test says so")


def baking(lab: Lab, endpoint: str) -> dict[str, Any]:
    """The endpoint's description once the new fleet has some of the traffic."""
    deadline = time.monotonic() + DEADLINE_S
    while time.monotonic() < deadline:
        described: dict[str, Any] = lab.aws("sagemaker").describe_endpoint(EndpointName=endpoint)
        variants = described.get("PendingDeploymentSummary", {}).get("ProductionVariants", [])
        if variants and variants[0]["VariantStatus"][0]["Status"] == "Baking":
            return described
        assert described["EndpointStatus"] == "Updating", described
        time.sleep(0.01)
    raise AssertionError(described)


def test_a_canary_gets_its_share_and_then_everything(
    lab: Lab, guarded: list[str], models: list[FactorizationMachine], alarm: Alarm
) -> None:
    old, new = lab.config(guarded[0]), lab.config(guarded[1])
    asked = rollout("CANARY", alarm(), wait_s=180, end_s=1, CanarySize=20)
    endpoint, sagemaker = lab.name("endpoint"), lab.aws("sagemaker")
    sagemaker.create_endpoint(EndpointName=endpoint, EndpointConfigName=old, DeploymentConfig=asked)
    lab.settled(endpoint)
    sagemaker.update_endpoint(EndpointName=endpoint, EndpointConfigName=new, RetainDeploymentConfig=True)
    described = baking(lab, endpoint)
    scores = [float(scores_of(lab, endpoint)[0]) for _ in range(20)]
    expected = [float(model.probability(ROWS)[0]) for model in models]
    assert [sum(score == pytest.approx(each) for score in scores) for each in expected] == [16, 4]
    assert described["EndpointConfigName"] == old
    pending = described["PendingDeploymentSummary"]
    assert pending["EndpointConfigName"] == new
    assert pending["ProductionVariants"][0]["VariantStatus"][0]["StatusMessage"].startswith(
        "Baking for 180 seconds (WaitIntervalInSeconds) with traffic enabled on canary capacity of"
    )
    settled = lab.settled(endpoint)
    assert (settled["EndpointStatus"], settled["EndpointConfigName"]) == ("InService", new)
    assert settled["LastDeploymentConfig"] == asked
    assert "FailureReason" not in settled
    assert "PendingDeploymentSummary" not in settled
    assert float(scores_of(lab, endpoint)[0]) == pytest.approx(expected[1])
    delete_and_wait(lab, endpoint)


@pytest.mark.parametrize("kind", ["LINEAR", "ALL_AT_ONCE"])
def test_an_alarm_sends_all_traffic_back(
    lab: Lab, guarded: list[str], models: list[FactorizationMachine], alarm: Alarm, kind: str
) -> None:
    old, new, watched = lab.config(guarded[0]), lab.config(guarded[1]), alarm()
    endpoint = create(lab, old)
    lab.settled(endpoint)
    steps = {"wait_s": 3600, "LinearStepSize": 50} if kind == "LINEAR" else {"end_s": 3600}
    with Caller(lab, endpoint) as one, Caller(lab, endpoint) as other:
        lab.aws("sagemaker").update_endpoint(
            EndpointName=endpoint, EndpointConfigName=new, DeploymentConfig=rollout(kind, watched, **steps)
        )
        baking(lab, endpoint)
        wait_for_answers(one, other)
        trip(lab, watched)
        settled = lab.settled(endpoint)
        wait_for_answers(one, other)
    assert (settled["EndpointStatus"], settled["EndpointConfigName"]) == ("InService", old)
    assert f"CloudWatch alarm {watched} went into state ALARM" in settled["FailureReason"]
    assert not one.errors + other.errors
    expected = [float(model.probability(ROWS)[0]) for model in models]
    for caller in (one, other):
        assert caller.first_scores[-1] == pytest.approx(expected[0])
    assert any(score == pytest.approx(expected[1]) for score in one.first_scores + other.first_scores)
    measured = [invocations(lab, EndpointName=endpoint, VariantName="A", **of) for of in ({}, *fleets(old, new))]
    assert measured[0] == len(one.first_scores + other.first_scores) == measured[1] + measured[2]
    assert measured[2] > 0
    delete_and_wait(lab, endpoint)


def fleets(*configs: str) -> list[dict[str, str]]:
    """The dimension that tells an update's fleets apart."""
    return [{"EndpointConfigName": name} for name in configs]


def invocations(lab: Lab, **dimensions: str) -> float:
    """The sum of Invocations of the last hours."""
    now = datetime.now(UTC)
    found = lab.aws("cloudwatch").get_metric_statistics(
        Namespace="AWS/SageMaker",
        MetricName="Invocations",
        Dimensions=[{"Name": name, "Value": value} for name, value in dimensions.items()],
        StartTime=now - timedelta(hours=1),
        EndTime=now + timedelta(hours=1),
        Period=7200,
        Statistics=["Sum"],
    )["Datapoints"]
    return float(sum(point["Sum"] for point in found))


def test_alarms_that_cannot_be_watched_are_refused(
    lab: Lab, names: list[str], guarded: list[str], alarm: Alarm
) -> None:
    sagemaker, endpoint = lab.aws("sagemaker"), create(lab, lab.config(guarded[0]))
    lab.settled(endpoint)
    quiet, loud = alarm(), alarm(missing="breaching")
    trip(lab, loud)
    for config, watched, said in (
        (lab.config(guarded[1]), "sm-no-alarm", "Could not find the alarms 'sm-no-alarm'"),
        (lab.config(guarded[1]), loud, f"alarms '{loud}' are in state ALARM"),
        (lab.config(names[1]), quiet, "cloudwatch:DescribeAlarms"),
    ):
        with pytest.raises(ClientError, match=said) as caught:
            sagemaker.update_endpoint(
                EndpointName=endpoint, EndpointConfigName=config, DeploymentConfig=rollout("ALL_AT_ONCE", watched)
            )
        assert caught.value.response["Error"]["Code"] == "ValidationException"
    assert sagemaker.describe_endpoint(EndpointName=endpoint)["EndpointStatus"] == "InService"
    delete_and_wait(lab, endpoint)
