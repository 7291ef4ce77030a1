"""Training jobs of several instances: what the container is told, what it trains on, what cannot be shared out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from local_aws.sagemaker.containers import Tree, write_training_config
from tests.local_aws.sagemaker.laboratory import Lab, planted

SHARDS = 3


@pytest.fixture(scope="module")
def prefix(lab: Lab) -> str:
    """Where the planted rows are that `planted/train/` has in one object, in three."""
    rng, s3 = np.random.default_rng(11), lab.aws("s3")
    for number in range(SHARDS):
        s3.put_object(Bucket=lab.bucket, Key=f"shards/train-{number}", Body=planted(rng, 200).recordio())
    return "shards/"


def request(lab: Lab, prefix: str, *, instances: int, distribution: str) -> dict[str, Any]:
    """A job whose train channel is that prefix."""
    train = lab.channel("train", prefix=prefix)
    train["DataSource"]["S3DataSource"]["S3DataDistributionType"] = distribution
    resources = {"InstanceType": "ml.m5.large", "InstanceCount": instances, "VolumeSizeInGB": 1}
    name = lab.name(f"instances-{instances}")
    return lab.job_request(name, InputDataConfig=[train, lab.channel("test")], ResourceConfig=resources)


def log(lab: Lab, job: str) -> list[str]:
    logs, group = lab.aws("logs"), "/aws/sagemaker/TrainingJobs"
    (stream,) = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=f"{job}/")["logStreams"]
    events = logs.get_log_events(logGroupName=group, logStreamName=stream["logStreamName"], startFromHead=True)
    return [event["message"] for event in events["events"]]


@pytest.mark.parametrize(
    ("instances", "distribution"), [(1, "FullyReplicated"), (3, "FullyReplicated"), (3, "ShardedByS3Key")]
)
def test_the_instances_train_on_all_rows_once(lab: Lab, prefix: str, instances: int, distribution: str) -> None:
    asked = request(lab, prefix, instances=instances, distribution=distribution)
    lab.aws("sagemaker").create_training_job(**asked)
    described = lab.ended(asked["TrainingJobName"])
    assert described["TrainingJobStatus"] == "Completed"
    assert described["ResourceConfig"]["InstanceCount"] == instances
    source = described["InputDataConfig"][0]["DataSource"]["S3DataSource"]
    assert source["S3DataDistributionType"] == distribution
    lines = log(lab, asked["TrainingJobName"])
    assert any(f"a sparse network: {200 * SHARDS} records" in line for line in lines)
    said = [line for line in lines if "emulated by one process" in line]
    assert len(said) == (instances > 1)
    assert all(f"{instances} instances" in line for line in said)


def test_fewer_objects_than_instances_fail_the_job_by_name(lab: Lab, prefix: str) -> None:
    asked = request(lab, prefix, instances=4, distribution="ShardedByS3Key")
    lab.aws("sagemaker").create_training_job(**asked)
    described = lab.ended(asked["TrainingJobName"])
    assert described["TrainingJobStatus"] == "Failed"
    assert described["FailureReason"] == (
        "ClientError: channel 'train' has 3 objects for 4 instances by ShardedByS3Key, expected at least one object "
        "for each"
    )


def test_the_container_is_told_all_hosts(tmp_path: Path) -> None:
    tree = Tree(tmp_path)
    tree.make()
    write_training_config(tree, {"ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 2}})
    told = (tmp_path / "input" / "config" / "resourceconfig.json").read_text()
    assert '"hosts": ["algo-1", "algo-2"]' in told
    assert '"current_host": "algo-1"' in told
