"""The HTTP API as deployed: who is let in, what is recommended and predicted, and by whom."""

from __future__ import annotations

import json
import time
from typing import Any

import numpy as np
import pytest
from botocore.credentials import Credentials

from tests.e2e.calling import await_version, call
from tests.e2e.conftest import BOTH, PREFIX, Cloud, Execution
from tests.e2e.roles import actions, without

pytestmark = pytest.mark.e2e

ROUTES = [
    ("GET", "/users"),
    ("GET", "/users/1"),
    ("GET", "/users/1/recommendations"),
    ("GET", "/items"),
    ("GET", "/items/1"),
    ("GET", "/items/1/similar"),
    ("POST", "/predictions"),
    ("POST", "/recommendations"),
    ("GET", "/model"),
    ("GET", "/openapi.json"),
    ("GET", "/"),
    ("DELETE", "/model"),
]
STRANGERS = {"nobody": None, "a wrong secret": Credentials("operator", "wrong")}


@pytest.fixture(scope="module")
def published(cloud: Cloud) -> Execution:
    """An execution with both models, whose version answers."""
    done = cloud.execute(BOTH)
    assert (done.status, done.output.get("decision")) == ("SUCCEEDED", "deployed"), done.cause
    await_version(cloud, done.name)
    return done


@pytest.fixture(scope="module")
def scored(cloud: Cloud, published: Execution) -> dict[str, Any]:
    """What the execution itself asked of its endpoint and recommended."""
    content = cloud.client("s3").get_object(Bucket=cloud.bucket, Key=f"{published.run}predictions.json")["Body"].read()
    return dict(json.loads(content))


@pytest.mark.parametrize("stranger", STRANGERS.values(), ids=STRANGERS)
@pytest.mark.parametrize(("method", "path"), ROUTES, ids=[f"{method} {path}" for method, path in ROUTES])
def test_nobody_is_let_in_without_a_signature(
    cloud: Cloud, method: str, path: str, stranger: Credentials | None
) -> None:
    assert call(cloud, path, method=method, signed_by=stranger).status == 403


def test_the_live_version_is_the_last_execution(cloud: Cloud, published: Execution) -> None:
    model = await_version(cloud, published.name)
    assert model["execution"] == published.arn
    assert model["metrics"] == published.output["metrics"]
    assert model["endpoint"] == {"name": PREFIX, "config": cloud.live_config(), "mode": "realtime"}
    assert (model["recommends_by"], model["dataset"]["synthetic"]) == ("ranking", True)


def test_recommendations_are_those_of_the_execution(cloud: Cloud, published: Execution, scored: dict[str, Any]) -> None:
    """Two ways to the same lists: from the artifact and the channels, and from the serving bundle."""
    assert scored["recommendations"]
    for expected in scored["recommendations"]:
        answer = call(cloud, f"/users/{expected['user']}/recommendations?n=10").document
        assert (answer["known"], answer["source"], answer["model"]) == (True, "ranking", published.name)
        ours, theirs = answer["items"], expected["items"][:10]
        assert [row["item"] for row in ours] == [row["item"] for row in theirs]
        assert [row["title"] for row in ours] == [row["title"] for row in theirs]
        assert [row["popularity_rank"] for row in ours] == [row["popularity_rank"] for row in theirs]
        np.testing.assert_allclose([row["score"] for row in ours], [row["score"] for row in theirs], atol=1e-5)


def test_what_is_recommended_is_as_good_as_the_evaluation_said(cloud: Cloud, published: Execution) -> None:
    """NDCG@10 over all who liked anything in the test, by its definition and from the answers alone."""
    liked: dict[str, set[int]] = {}
    test = cloud.client("s3").get_object(Bucket=cloud.bucket, Key="datasets/sample/ua.test")["Body"].read().decode()
    for user, item, rating, *_ in (line.split("\t") for line in test.splitlines()):
        if float(rating) >= 4:
            liked.setdefault(user, set()).add(int(item))
    found = []
    for user, items in liked.items():
        answer = call(cloud, f"/users/{user}/recommendations?exclude_seen=training&n=10").document
        gains = [1 / np.log2(place + 2) for place, row in enumerate(answer["items"]) if row["item"] in items]
        found.append(sum(gains) / sum(1 / np.log2(place + 2) for place in range(min(10, len(items)))))
    ranking = published.output["ranking"]
    assert ranking["users"] == len(found)
    assert float(np.mean(found)) == pytest.approx(ranking["metrics"]["ndcg@10"], abs=1e-9)


def _pairs(scored: dict[str, Any]) -> dict[str, Any]:
    return {"pairs": [{"user": row["user"], "item": row["item"]} for row in scored["predictions"]]}


def test_predictions_of_the_endpoint_are_the_artifacts(
    cloud: Cloud, published: Execution, scored: dict[str, Any]
) -> None:
    by_endpoint = call(cloud, "/predictions", body=_pairs(scored)).document
    with without(cloud, "ApiAnswerRole", lambda entry: "sagemaker:InvokeEndpoint" in actions(entry)):
        by_artifact = call(cloud, "/predictions", body=_pairs(scored)).document
    assert (by_endpoint["source"], by_endpoint["reason"]) == ("endpoint", None)
    assert by_artifact["source"] == "artifact"
    assert "not authorized" in by_artifact["reason"]
    assert by_endpoint["model"] == by_artifact["model"] == published.name
    expected = [row["score"] for row in scored["predictions"]]
    for answer in (by_endpoint, by_artifact):
        np.testing.assert_allclose([row["score"] for row in answer["predictions"]], expected, atol=1e-4)
        assert [row["predicted_label"] for row in answer["predictions"]] == [
            row["predicted_label"] for row in scored["predictions"]
        ]


def test_a_new_user_is_folded_in(cloud: Cloud, published: Execution) -> None:
    liked = [row["item"] for row in call(cloud, "/items?n=3").document["items"]]
    answer = call(cloud, "/recommendations", body={"liked": liked, "n": 10}).document
    assert (answer["source"], answer["model"]) == ("fold-in", published.name)
    items = {row["item"] for row in answer["items"]}
    assert len(items) == 10
    assert not items & set(liked)


def test_an_unknown_user_gets_what_is_popular(cloud: Cloud, published: Execution) -> None:
    answer = call(cloud, "/users/987654/recommendations?n=5").document
    assert (answer["known"], answer["source"]) == (False, "popular")
    assert [row["popularity_rank"] for row in answer["items"]] == [1, 2, 3, 4, 5]


def test_what_is_not_there_is_a_problem_document(cloud: Cloud, published: Execution) -> None:
    for path, method, status in (("/nowhere", "GET", 404), ("/model", "DELETE", 405), ("/users?n=many", "GET", 400)):
        answer = call(cloud, path, method=method)
        assert (answer.status, answer.kind.partition(";")[0]) == (status, "application/problem+json"), path
        assert answer.document["status"] == status


def test_each_request_is_a_line_in_the_access_log(cloud: Cloud, published: Execution) -> None:
    path = "/users/asked-for-here-alone/recommendations"
    call(cloud, path)
    call(cloud, path, signed_by=None)
    route = "GET /users/{user}/recommendations"
    expected = {(path, route, "200"), (path, route, "403")}
    logs, deadline = cloud.client("logs"), time.monotonic() + 60
    (group,) = logs.describe_log_groups(logGroupNamePrefix=f"/aws/vendedlogs/apis/{PREFIX}-")["logGroups"]
    found: set[tuple[str, str, str]] = set()
    while not found >= expected and time.monotonic() < deadline:
        pages = logs.get_paginator("filter_log_events").paginate(logGroupName=group["logGroupName"])
        lines = [json.loads(event["message"]) for page in pages for event in page["events"]]
        found = {(line["path"], line["route"], line["status"]) for line in lines}
        time.sleep(0.1)
    assert found >= expected
