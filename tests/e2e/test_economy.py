"""Trainings on spare instances, of which the local AWS has as few as a test wants."""

from __future__ import annotations

import json

import pytest

from local_aws.sagemaker.spot_capacity import FILE
from tests.e2e.conftest import BOTH, Cloud

pytestmark = pytest.mark.e2e


def test_without_spare_instances_others_train_and_everything_says_so(cloud: Cloud) -> None:
    """One of the two models gets some; which one it is, is left to who asks first."""
    file = cloud.folder / FILE
    file.write_text("1")
    try:
        done = cloud.execute({**BOTH, "deploy": {"mode": "none"}, "training": {"spot": True, "max_wait_s": 3600}})
    finally:
        file.unlink()
    assert done.status == "SUCCEEDED", done.cause
    trained = [done.output["training"], done.output["ranking"]["training"]]
    assert sorted(training["spot"] for training in trained) == [False, True]
    ((lost,),) = [training["attempts"] for training in trained if not training["spot"]]
    assert lost["spot"]
    assert lost["reason"].startswith("CapacityError: ")
    sagemaker = cloud.client("sagemaker")
    for training in trained:
        described = sagemaker.describe_training_job(TrainingJobName=training["job"])
        assert described["EnableManagedSpotTraining"] is training["spot"]
        assert described["BillableTimeInSeconds"] == training["billable_seconds"]
        assert training["job"].endswith("-0-0" if training["spot"] else "-0-10")
        assert training["saved"] == (0 if training["spot"] else None), "nothing is saved here"
    result = json.loads(_read(cloud, f"{done.run}result.json"))
    assert result["training"] == done.output["training"]
    assert "CapacityError: " in _read(cloud, f"{done.run}report.html")


def _read(cloud: Cloud, key: str) -> str:
    content: bytes = cloud.client("s3").get_object(Bucket=cloud.bucket, Key=key)["Body"].read()
    return content.decode()
