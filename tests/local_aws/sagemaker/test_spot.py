"""Managed spot training, and capacity that is not to be had."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from local_aws.sagemaker.spot_capacity import FILE, is_refused
from tests.local_aws.conftest import LocalAws
from tests.local_aws.sagemaker.laboratory import DEADLINE_S, Lab

SPOT = {
    "EnableManagedSpotTraining": True,
    "StoppingCondition": {"MaxRuntimeInSeconds": 600, "MaxWaitTimeInSeconds": 600},
}


def test_a_spot_job_is_billed_and_one_without_capacity_is_not(lab: Lab, local_aws: LocalAws) -> None:
    file, sagemaker = local_aws.folder / FILE, lab.aws("sagemaker")
    refused, trained, on_demand = (lab.name("spot") for _ in range(3))
    try:
        file.write_text("1")
        sagemaker.create_training_job(**lab.job_request(on_demand))
        await_instances(lab, on_demand)
        assert file.read_text() == "1"
        sagemaker.create_training_job(**lab.job_request(refused, **SPOT))
        described = lab.ended(refused)
        sagemaker.create_training_job(**lab.job_request(trained, **SPOT, RetryStrategy={"MaximumRetryAttempts": 1}))
        billed = lab.ended(trained)
    finally:
        file.unlink()
    assert (described["TrainingJobStatus"], described["SecondaryStatus"]) == ("Failed", "Failed")
    assert described["FailureReason"].startswith("CapacityError: Unable to provision requested ML compute capacity")
    assert not described.keys() & {"BillableTimeInSeconds", "TrainingStartTime", "ModelArtifacts"}
    assert billed["TrainingJobStatus"] == "Completed", billed.get("FailureReason")
    assert 0 < billed["BillableTimeInSeconds"] <= billed["TrainingTimeInSeconds"]
    assert billed["EnableManagedSpotTraining"]


def await_instances(lab: Lab, job: str) -> None:
    """Until the job has left its first status."""
    deadline = time.monotonic() + DEADLINE_S
    while lab.aws("sagemaker").describe_training_job(TrainingJobName=job)["SecondaryStatus"] == "Starting":
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_wait_without_spot_is_refused(lab: Lab) -> None:
    stopping = SPOT["StoppingCondition"]
    with pytest.raises(ClientError, match="only supported when EnableManagedSpotTraining is set to true"):
        lab.aws("sagemaker").create_training_job(**lab.job_request(lab.name("spot"), StoppingCondition=stopping))


def test_refusals_are_counted(tmp_path: Path) -> None:
    assert not is_refused(tmp_path)
    (tmp_path / FILE).write_text("2\n")
    assert [is_refused(tmp_path) for _ in range(4)] == [True, True, False, False]
