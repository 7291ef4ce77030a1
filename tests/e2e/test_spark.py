"""Executions whose ratings are prepared by the Glue job on real Spark, and what its role is needed for."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest

from tests.e2e.conftest import QUICK, Cloud, Execution
from tests.e2e.roles import (
    Needed,
    actions,
    as_needed,
    await_denial,
    await_needed,
    is_asked_for_when_made,
    is_lost_silently,
    needed,
    role_name,
    statements,
    without,
)
from tests.frames import records

pytestmark = [pytest.mark.e2e, pytest.mark.spark]

RUN, COLLECT, ALONE = "Prepare Ratings with Spark", "Collect Preparation", "Prepare Ratings"
TRAINED: dict[str, Any] = {**QUICK, "deploy": {"mode": "none"}}
BY_SPARK: dict[str, Any] = {**TRAINED, "prepare": {"engine": "glue", "shards": 3}}
JOB, COLLECTS = "SparkRole", "FunctionsCollectRole"
"""The roles that only Spark needs."""


@pytest.fixture(scope="module")
def before(cloud: Cloud) -> Counter[Needed]:
    """What had been needed before anything ran on Spark."""
    return needed(cloud)


@pytest.fixture(scope="module")
def spark(cloud: Cloud, before: Counter[Needed]) -> Execution:
    """An execution whose ratings Spark has prepared."""
    done = cloud.execute(BY_SPARK)
    assert done.status == "SUCCEEDED", done.cause
    return done


def test_the_glue_job_prepares_the_records_that_the_function_prepares(cloud: Cloud, spark: Execution) -> None:
    alone = cloud.execute({**TRAINED, "prepare": {"engine": "lambda", "shards": 3}})
    assert alone.status == "SUCCEEDED", alone.cause
    assert {RUN, COLLECT} <= set(spark.states) - set(alone.states)
    assert ALONE in set(alone.states) - set(spark.states)
    assert spark.output["dataset"] == {**alone.output["dataset"], "engine": "spark"}
    assert len(_objects(cloud, spark, "train")) == 3
    for channel in ("train", "test"):
        assert _records(cloud, spark, channel) == _records(cloud, alone, channel)
    for document in ("feature_space.json", "items.json", "rejected.json"):
        assert _read(cloud, spark.run + document) == _read(cloud, alone.run + document)
    prepared = [json.loads(_read(cloud, f"{done.run}prepared.json")) for done in (alone, spark)]
    assert [document.pop("engine") for document in prepared] == ["python", "spark"]
    assert prepared[0] == prepared[1]
    assert not _uploads(cloud)


def test_a_job_that_fails_ends_the_execution_with_its_error_in_one_line(cloud: Cloud) -> None:
    dataset = "liked-by-all"
    rows = [f"{user},{item},{4 + (user + item) % 2}.0,{item}" for user in range(1, 40) for item in range(1, 20)]
    body = "".join(f"{line}\n" for line in ["userId,movieId,rating,timestamp", *rows])
    cloud.client("s3").put_object(Bucket=cloud.bucket, Key=f"datasets/{dataset}/ratings.csv", Body=body.encode())
    done = cloud.execute({**BY_SPARK, "dataset": {"name": dataset}})
    assert done.status == "FAILED"
    assert done.states[-1] == "Fail Execution"
    assert COLLECT not in done.states
    assert done.cause.startswith(f"{RUN}: ")
    assert "OneClassOnly: " in done.cause
    assert "\n" not in done.cause
    assert "Traceback" not in done.cause
    assert not cloud.client("s3").list_objects_v2(Bucket=cloud.bucket, Prefix=f"{done.run}prepared").get("Contents")
    assert not _uploads(cloud)


@pytest.mark.usefixtures("spark")
def test_each_statement_of_the_roles_that_only_spark_needs(cloud: Cloud, before: Counter[Needed]) -> None:
    """test_permissions.py says what this means, and makes all functions again, which asks for the right to trace."""
    given = [(role_name(cloud, role), entry) for role in (JOB, COLLECTS) for entry in statements(cloud, role)]
    expected = {as_needed(name, entry) for name, entry in given if not is_asked_for_when_made(entry)}
    assert len(expected) == 6, "read the program and the ratings, list, store, log; read, log"
    await_needed(cloud, expected, since=before)


def test_a_job_without_a_statement_ends_the_execution_with_what_was_denied(cloud: Cloud) -> None:
    """The last of what it does, by an executor. Functions are tried in test_permissions.py."""
    action = "s3:PutObject"
    with without(cloud, JOB, lambda entry: is_lost_silently(entry) or action in actions(entry)):
        done = cloud.execute(BY_SPARK)
        # Logs are delivered a moment later, and must still be denied then.
        await_denial(cloud, role_name(cloud, JOB), {"logs:CreateLogStream", "logs:PutLogEvents"})
    assert done.status == "FAILED"
    assert action in done.cause, done.cause
    assert "\n" not in done.cause


def _objects(cloud: Cloud, done: Execution, channel: str) -> list[str]:
    listed = cloud.client("s3").list_objects_v2(Bucket=cloud.bucket, Prefix=f"{done.run}prepared/{channel}/")
    return [entry["Key"] for entry in listed["Contents"]]


def _read(cloud: Cloud, key: str) -> bytes:
    content: bytes = cloud.client("s3").get_object(Bucket=cloud.bucket, Key=key)["Body"].read()
    return content


def _records(cloud: Cloud, done: Execution, channel: str) -> Counter[bytes]:
    return Counter(record for key in _objects(cloud, done, channel) for record in records(_read(cloud, key)))


def _uploads(cloud: Cloud) -> list[Any]:
    """Those that were begun and neither completed nor aborted."""
    return list(cloud.client("s3").list_multipart_uploads(Bucket=cloud.bucket).get("Uploads", []))
