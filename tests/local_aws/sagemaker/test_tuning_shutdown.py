"""A tuning job in a local AWS that is told to end: nothing that it launched goes on, and nothing more is launched."""

from __future__ import annotations

import os
import re
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from tests.local_aws.sagemaker.laboratory import Lab, planted
from tests.local_aws.sagemaker.tuning_laboratory import config, continuous, create, definition, trainings, until
from tests.local_server import LocalAws, running

GROUP = "/aws/sagemaker/TrainingJobs"


def laboratory(server: LocalAws) -> Lab:
    """The fixture `lab` for the test's own server."""
    lab = Lab(cache(server.client), bucket="sm-tuning", role_arn="")
    location = {"LocationConstraint": server.region}
    lab.aws("s3").create_bucket(Bucket=lab.bucket, CreateBucketConfiguration=location)
    for name in ("train", "test"):
        lab.put(f"planted/{name}/all.protobuf", planted(np.random.default_rng(1), 200).recordio())
    return Lab(lab.aws, lab.bucket, lab.role(actions=["s3:*", "logs:*", "cloudwatch:*"]))


def process_ids(lab: Lab, name: str) -> set[int]:
    """Of the containers that have begun to train: the algorithm stamps its lines with them."""
    logs, found = lab.aws("logs"), set()
    for training in trainings(lab, name):
        prefix = f"{training['TrainingJobName']}/"
        for stream in logs.describe_log_streams(logGroupName=GROUP, logStreamNamePrefix=prefix)["logStreams"]:
            events = logs.get_log_events(logGroupName=GROUP, logStreamName=stream["logStreamName"])["events"]
            found |= {int(pid) for event in events for pid in re.findall(r"INFO (\d+)\] #quality", event["message"])}
    return found


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_trainings_end_with_the_server(root: Path, tmp_path: Path) -> None:
    with running(root, tmp_path) as server:
        lab = laboratory(server)
        tuning = config(continuous("factors_lr", "0.01", "0.1"), jobs=9, at_once=2)
        name = create(lab, tuning, definition(lab, "factors_lr", epochs="1000000"))
        found: set[int] = set()

        def have_begun(described: dict[str, Any]) -> bool:
            if described["TrainingJobStatusCounters"]["InProgress"] == 2 and _has_group(lab):
                found.update(process_ids(lab, name))
            return len(found) == 2

        until(lab, name, have_begun)
        assert all(map(is_running, found))
    assert not any(map(is_running, found))


def _has_group(lab: Lab) -> bool:
    return bool(lab.aws("logs").describe_log_groups(logGroupNamePrefix=GROUP)["logGroups"])
