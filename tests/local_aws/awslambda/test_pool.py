"""How long a sandbox stays warm, with a clock that is told the time."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from local_aws.awslambda.deployment import Archive, Deployment, Invocation, Logging
from local_aws.awslambda.pool import MAX_AGE_S, Pool
from local_aws.world import ACCOUNT, World

CODE = """
import os

def handler(event, context):
    return [os.getpid(), os.environ["AWS_ACCESS_KEY_ID"]]
"""


@pytest.fixture
def deployment(zipped: Callable[..., bytes]) -> Deployment:
    content = zipped({"app.py": CODE})
    return Deployment(
        arn=f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:aged",
        version="$LATEST",
        region="eu-west-1",
        role_arn=f"arn:aws:iam::{ACCOUNT}:role/aged",
        runtime="python3.13",
        handler="app.handler",
        memory_mb=128,
        timeout_s=20,
        variables=(),
        code=Archive(hashlib.sha256(content).hexdigest(), content),
        layers=(),
        logging=Logging("/aged"),
    )


class Clock:
    """Seconds, which pass when told to."""

    now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def pool(tmp_path: Path, clock: Clock, deployment: Deployment) -> Iterator[Pool]:
    """Nobody listens at its world's port: what it logs is lost, as when a role may not write it."""
    pool = Pool(World(folder=tmp_path, port=9), clock=clock)
    yield pool
    pool.retire(deployment.arn)


def test_a_sandbox_is_retired_before_its_credentials_expire(
    pool: Pool, clock: Clock, deployment: Deployment, tmp_path: Path
) -> None:
    def run() -> tuple[int, str]:
        pid, key = json.loads(pool.run(deployment, Invocation("id", b"{}", deployment.arn)).payload)
        return pid, key

    first = run()
    clock.now += MAX_AGE_S
    assert run() == first
    clock.now += 1
    pid, key = run()
    assert pid != first[0]
    assert key != first[1]
    assert len(list(tmp_path.rglob("sandbox-*"))) == 1
