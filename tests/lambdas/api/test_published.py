"""The function as deployed, over a bucket and a parameter: it answers by what the publishing function writes."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lambdas.api
from lambdas.common.endpoint import Endpoint, NoAnswer
from lambdas.common.environment import MissingEnvironment
from local_aws.cloudwatch import embedded
from local_aws.metrics import Metric
from tests.lambdas.api.asking import Answer, check, event
from tests.lambdas.api.test_predictions import Endpoint as Container
from tests.lambdas.api.versions import SPLIT, Published
from tests.lambdas.executions import EVERY_BLOCK, Executions, rated

ENDPOINT = {"name": "live", "config": "nightly-0", "mode": "realtime"}
LIKED = 4


class Deployed:
    """The function's handler, as the gateway calls it."""

    def __init__(self, ssm: Any, pointer: str) -> None:
        self._ssm, self._pointer = ssm, pointer

    def point_at(self, version: str) -> None:
        self._ssm.put_parameter(Name=self._pointer, Type="String", Value=version, Overwrite=True)

    def get(self, path: str, query: str = "") -> Answer:
        return self.send(event("GET", path, query=query), path)

    def post(self, path: str, body: object) -> Answer:
        return self.send(event("POST", path, body=json.dumps(body)), path)

    def send(self, given: dict[str, Any], path: str) -> Answer:
        result = lambdas.api.handler(json.loads(json.dumps(given)), None)
        answer = Answer(result["statusCode"], result["headers"], json.loads(result["body"]))
        check(_route(given["requestContext"]["http"]["method"], path), answer)
        return answer


def _route(method: str, path: str) -> str:
    parts = path.split("/")
    if len(parts) > 2:
        parts[2] = "{user}" if parts[1] == "users" else "{item}"
    return f"{method} {'/'.join(parts)}"


@pytest.fixture
def deployed(bucket: str, aws: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch) -> Deployed:
    """A fresh function; nothing is published."""
    pointer = f"/{bucket}/model"
    for name, value in {"POINTER": pointer, "ENDPOINT": "live", "VARIANT": "blue"}.items():
        monkeypatch.setenv(name, value)
    lambdas.api._api.cache_clear()
    deployed = Deployed(aws("ssm"), pointer)
    deployed.point_at("none")
    return deployed


@pytest.fixture
def publish(executions: Executions, tiny_sample: Path, deployed: Deployed) -> Callable[..., Published]:
    def publish(
        folder: Path = tiny_sample,
        *,
        has_ranking: bool = False,
        endpoint: dict[str, str] | None = None,
        **job: Any,
    ) -> Published:
        published = Published(executions, folder, {"split": SPLIT, **job}, endpoint=endpoint)
        ranking = published.train_ranking() if has_ranking else None
        published.publish(ranking, published.rank(ranking) if ranking else None)
        deployed.point_at(published.version)
        return published

    return publish


def ndcg(lists: dict[int, list[Any]], liked: dict[int, set[Any]]) -> float:
    """Järvelin and Kekäläinen's, with gains of 0 and 1: the mean over users of the hits' discounts over the best."""
    values = []
    for user, items in lists.items():
        found = sum(1 / math.log2(place + 1) for place, item in enumerate(items, start=1) if item in liked[user])
        best = sum(1 / math.log2(place + 1) for place in range(1, min(10, len(liked[user])) + 1))
        values.append(found / best)
    return float(np.mean(values))


@pytest.mark.parametrize("dataset", ["tiny_sample", "ml_100k"])
def test_ndcg_of_the_answers_is_the_evaluations(
    publish: Callable[..., Published], deployed: Deployed, dataset: str, request: pytest.FixtureRequest
) -> None:
    """Over all test users, asked one by one."""
    folder: Path = request.getfixturevalue(dataset)
    publish(folder, has_ranking=True)
    test = rated(folder, "ua.test")
    liked: dict[int, set[Any]] = {}
    for (user, item), stars in test.items():
        if stars >= LIKED:
            liked.setdefault(user, set()).add(item)
    lists = {}
    for user in liked:
        answer = deployed.get(f"/users/{user}/recommendations", "n=10&exclude_seen=training").content
        assert (answer["source"], answer["known"]) == ("ranking", True)
        lists[user] = [item["item"] for item in answer["items"]]
    ranking = deployed.get("/model").content["ranking"]
    assert ranking["users"] == len(liked)
    assert ndcg(lists, liked) == pytest.approx(ranking["metrics"]["ndcg@10"], rel=1e-12)
    assert ndcg(lists, liked) > 0


def test_nothing_that_was_rated_in_any_channel_is_recommended(
    publish: Callable[..., Published], deployed: Deployed, tiny_sample: Path
) -> None:
    published = publish(has_ranking=True)
    stars = rated(tiny_sample, "u.data")
    test = rated(tiny_sample, "ua.test")
    for user in {user for user, _ in stars}:
        seen = {item for other, item in stars if other == user}
        held_out = {item for other, item in test if other == user}
        every = deployed.get(f"/users/{user}/recommendations", "n=1000").content["items"]
        assert not {item["item"] for item in every} & seen
        assert len(every) == published.prepared["items"] - len(seen)
        trained = deployed.get(f"/users/{user}/recommendations", "n=1000&exclude_seen=training").content["items"]
        assert {item["item"] for item in trained} == {item["item"] for item in every} | held_out


@pytest.mark.parametrize(
    "job",
    [
        {},
        {"features": EVERY_BLOCK},
        {"label": {"task": "ordinal"}, "features": EVERY_BLOCK},
        {"label": {"task": "regressor"}, "features": ["genres"]},
    ],
    ids=["plain", "every block", "ordinal", "regressor"],
)
def test_container_and_artifact_agree_whatever_the_rows_are(
    publish: Callable[..., Published],
    deployed: Deployed,
    tiny_sample: Path,
    job: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    published = publish(endpoint=ENDPOINT, **job)
    pairs = [{"user": user, "item": item} for user, item in rated(tiny_sample, "ua.test")]
    silent = deployed.post("/predictions", {"pairs": pairs}).content
    assert silent["source"] == "artifact"
    assert silent["reason"].startswith("endpoint live: ValidationError: Endpoint live of account")
    container = Container(published.model)

    class Answering(Endpoint):
        def invoke(self, body: bytes, *, content_type: str) -> bytes:
            return container(body)

    monkeypatch.setattr(lambdas.api, "Endpoint", Answering)
    lambdas.api._api.cache_clear()
    asked = deployed.post("/predictions", {"pairs": pairs}).content
    assert (asked["source"], asked["reason"]) == ("endpoint", None)
    scores = [row["score"] for row in asked["predictions"]]
    assert scores == pytest.approx([row["score"] for row in silent["predictions"]], rel=0, abs=1e-5)
    is_regressor = "regressor" in str(job)
    assert asked["threshold"] == (None if is_regressor else 0.45)
    for answer in (asked, silent):
        labels = [row["predicted_label"] for row in answer["predictions"]]
        assert labels == [None if is_regressor else int(row["score"] >= 0.45) for row in answer["predictions"]]


@pytest.mark.parametrize("features", [[], EVERY_BLOCK], ids=["plain", "every block"])
def test_explanations_sum_to_the_score_and_stay_short(
    publish: Callable[..., Published], deployed: Deployed, features: list[str]
) -> None:
    publish(features=features)
    answer = deployed.get("/users/3/recommendations", "explain=true&n=30").content
    assert answer["source"] == "like"
    for item in answer["items"]:
        told = item["explanation"]
        parts = [part["contribution"] for part in (*told["linear"], *told["pairs"])]
        assert told["bias"] + sum(parts) == pytest.approx(told["score"], abs=1e-9)
        assert 1 / (1 + math.exp(-told["score"])) == pytest.approx(item["score"], rel=1e-5)
        blocks = [part["block"] for part in told["linear"]]
        assert max(map(blocks.count, blocks)) <= 11
    kinds = {part["block"] for part in answer["items"][0]["explanation"]["linear"]}
    assert kinds >= {"user", "item"}
    assert ("rated_items" in kinds) == bool(features)


def test_new_users_and_similar_items_are_answered(publish: Callable[..., Published], deployed: Deployed) -> None:
    publish(has_ranking=True)
    first, second, third = (item["item"] for item in deployed.get("/items", "n=3").content["items"])
    answer = deployed.post("/recommendations", {"liked": [first, second], "disliked": [third], "explain": True})
    assert (answer.status, len(answer.content["items"])) == (200, 10)
    assert len(deployed.get(f"/items/{first}/similar").content["items"]) == 10
    assert deployed.get("/users", "n=1000").content["total"] == 30


def test_before_the_first_publication_the_api_says_so_and_then_answers(
    publish: Callable[..., Published], deployed: Deployed
) -> None:
    assert deployed.get("/model").status == 503
    publish()
    lambdas.api._api.cache_clear()  # or five seconds
    model = deployed.get("/model").content
    assert (model["version"], model["created"]) == ("nightly", "2026-11-26T03:00:00.123+00:00")
    assert model["dataset"]["users"] == model["users"] == 30


def test_a_version_that_is_not_there_is_told(deployed: Deployed, capsys: pytest.CaptureFixture[str]) -> None:
    deployed.point_at("gone")
    answer = deployed.get("/model")
    assert answer.status == 503
    assert answer.content["detail"] == "version gone cannot be read"
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["message"] for line in lines] == ["not loaded", "request"]
    assert lines[0]["error"].startswith("BrokenBundle: s3://")


def test_the_share_of_requests_with_unknown_ids_is_a_metric(
    publish: Callable[..., Published], deployed: Deployed, capsys: pytest.CaptureFixture[str]
) -> None:
    publish()
    for path in ("/users/1", "/users/nobody", "/model"):
        assert deployed.get(path).status == 200
    points = [point for line in capsys.readouterr().out.splitlines() for point in embedded.samples(line)]
    of_stage = Metric.of("tests", "UnknownIds", {"Stage": "tests-dev"})
    assert [(metric, sample.total) for metric, sample in points] == [(of_stage, 0), (of_stage, 1)]


def test_a_parameter_that_is_not_there_is_told(deployed: Deployed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POINTER", "/nothing/here")
    lambdas.api._api.cache_clear()
    answer = deployed.get("/model")
    assert answer.status == 503
    assert answer.content["detail"] == "the live version's name cannot be read"


def test_an_endpoint_that_cannot_be_reached_is_silent(in_lambda: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    endpoint = Endpoint("live", variant="blue", timeout_s=1.0)
    with pytest.raises(NoAnswer, match="endpoint live: Could not connect"), endpoint.noting_silence():
        endpoint.invoke(b"{}", content_type="application/json")


def test_a_function_without_its_variables_says_which(bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("POINTER", "ENDPOINT", "VARIANT"):
        monkeypatch.delenv(name, raising=False)
    lambdas.api._api.cache_clear()
    with pytest.raises(MissingEnvironment, match="no POINTER, ENDPOINT, VARIANT in the environment"):
        lambdas.api.handler(event("GET", "/model"), None)
