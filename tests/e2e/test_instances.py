"""Training on several instances: shards for each of them, and the job as it was asked for."""

from __future__ import annotations

import pytest

from tests.e2e.conftest import QUICK, Cloud

pytestmark = pytest.mark.e2e


def test_two_instances_get_two_shards(cloud: Cloud) -> None:
    done = cloud.execute({**QUICK, "training": {"instance_count": 2}, "deploy": {"mode": "none"}})
    assert done.status == "SUCCEEDED", done.cause
    described = cloud.client("sagemaker").describe_training_job(TrainingJobName=done.output["training"]["job"])
    assert described["ResourceConfig"]["InstanceCount"] == 2
    channels = {entry["ChannelName"]: entry["DataSource"]["S3DataSource"] for entry in described["InputDataConfig"]}
    assert channels["train"]["S3DataDistributionType"] == "ShardedByS3Key"
    assert channels["test"]["S3DataDistributionType"] == "FullyReplicated"
    listed = cloud.client("s3").list_objects_v2(Bucket=cloud.bucket, Prefix=f"{done.run}prepared/train/")
    assert len(listed["Contents"]) == 2
    assert all(entry["Size"] for entry in listed["Contents"])
