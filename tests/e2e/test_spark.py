"""Executions whose ratings are prepared by the Glue job on real Spark, and what its role is needed for."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest

from tests.e2e.conftest import QUICK, Cloud, Execution
from tests.e2e.roles import (
    Statement,
    actions,
    await_denial,
    is_asked_for_when_made,
    is_lost_silently,
    role_name,
    statements,
    without,
)
from tests.frames import records

pytestmark = [pytest.mark.e2e, pytest.mark.spark]

RUN, COLLECT, ALONE = "Prepare Ratings with Spark", "Collect Preparation", "Prepare Ratings"
TRAINED: dict[str, Any] = {**QUICK, "deploy": {"mode": "none"}}
BY_SPARK: dict[str, Any] = {**TRAINED, "prepare": {"engine": "glue", "shards": 3}}


def test_the_glue_job_prepares_the_records_that_the_function_prepares(cloud: Cloud) -> None:
    alone = cloud.execute({**TRAINED, "prepare": {"engine": "lambda", "shards": 3}})
    spark = cloud.execute(BY_SPARK)
    assert (alone.status, spark.status) == ("SUCCEEDED", "SUCCEEDED"), alone.cause + spark.cause
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


@pytest.mark.parametrize("role", ["SparkRole", "FunctionsCollectRole"])
def test_each_statement_of_the_roles_that_only_spark_needs(cloud: Cloud, role: str, subtests: pytest.Subtests) -> None:
    with without(cloud, role, is_lost_silently):
        for statement in [kept for kept in statements(cloud, role) if not _is_aside(kept)]:
            with subtests.test(actions=actions(statement)), without(cloud, role, statement.__eq__):
                _assert_denied(cloud, statement)
        # Logs are delivered a moment later, and must still be denied then.
        await_denial(cloud, role_name(cloud, role), {"logs:CreateLogStream", "logs:PutLogEvents"})


def _is_aside(statement: Statement) -> bool:
    return is_lost_silently(statement) or is_asked_for_when_made(statement)


def _assert_denied(cloud: Cloud, statement: Statement) -> None:
    done = cloud.execute(BY_SPARK)
    assert done.status == "FAILED"
    assert any(action in done.cause for action in actions(statement)), done.cause
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
