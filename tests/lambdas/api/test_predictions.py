"""The endpoint is asked where there is one, in requests that it takes; else its artifact answers, and says the same."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from fm.model import FactorizationMachine
from lambdas.logic.api.call import EndpointSilent
from lambdas.logic.api.predicting import PATIENCE_S
from lambdas.logic.api.requests import MOST_PAIRS
from local_aws.containers.factorization_machines.serving import answer as container
from tests.lambdas.api.asking import Asker
from tests.lambdas.api.conftest import Serve
from tests.lambdas.api.worlds import World, sigmoid, strange

ENDPOINT = {"name": "movie-recommender-test", "config": "nightly-0", "mode": "realtime"}
SERVERLESS_BYTES = 4_000_000
"""The least that endpoints take: "The maximum request and response payload size for serverless invocations is 4 MB"
(AWS, "Invoke a serverless endpoint"); the API's own model has 6,291,456 bytes for the others."""


class Endpoint:
    """The container of the local AWS, in this process, and the bodies that it was asked with."""

    def __init__(self, model: FactorizationMachine) -> None:
        self._model = model
        self.bodies: list[bytes] = []

    def __call__(self, body: bytes) -> bytes:
        self.bodies.append(body)
        status, _, content = container(self._model, body, content_type="application/json", accept="application/json")
        assert status == 200, content
        return content


def pairs(world: World, count: int = 0) -> list[dict[str, Any]]:
    every = [{"user": user, "item": item} for user in world.users for item in world.items]
    return [every[at % len(every)] for at in range(count or len(every))]


@pytest.mark.parametrize("task", ["binary_classifier", "regressor"])
def test_endpoint_and_artifact_agree_and_both_are_the_models_own(serve: Serve, task: str) -> None:
    world = World(task=task, threshold=None if task == "regressor" else 0.5, endpoint=ENDPOINT)
    endpoint = Endpoint(world.like_model)
    asked = serve(world, endpoint).post("/predictions", {"pairs": pairs(world)}).content
    world.endpoint = None
    own = serve(world, endpoint).post("/predictions", {"pairs": pairs(world)}).content
    assert (asked["source"], asked["reason"]) == ("endpoint", None)
    assert (own["source"], own["reason"]) == ("artifact", "version nightly has no endpoint")
    assert asked["threshold"] == own["threshold"] == world.threshold
    scores, artifacts = ([row["score"] for row in answer["predictions"]] for answer in (asked, own))
    assert scores == pytest.approx(artifacts, rel=0, abs=1e-5)
    shown = {(row["user"], row["item"]): row for row in own["predictions"]}
    for user, id_ in enumerate(world.users):
        for item, item_id in enumerate(world.items):
            raw = world.raw(world.like, user, item)
            row = shown[id_, item_id]
            assert row["score"] == pytest.approx(raw if task == "regressor" else sigmoid(raw), rel=1e-5, abs=1e-6)
            assert row["title"] == world.title(item)


@pytest.mark.parametrize("threshold", [0.5, 0.31, 0.0, 1.0])
def test_labels_go_by_the_stored_threshold_whoever_answers(serve: Serve, threshold: float) -> None:
    world = World(threshold=threshold, endpoint=ENDPOINT)
    for invoke in (Endpoint(world.like_model), silent):
        answer = serve(world, invoke).post("/predictions", {"pairs": pairs(world)}).content
        assert answer["threshold"] == threshold
        assert all(row["predicted_label"] == (row["score"] >= threshold) for row in answer["predictions"])


def test_a_regressor_has_no_labels(serve: Serve) -> None:
    world = World(task="regressor", threshold=None, endpoint=ENDPOINT)
    answer = serve(world, Endpoint(world.like_model)).post("/predictions", {"pairs": pairs(world, 3)}).content
    assert [row["predicted_label"] for row in answer["predictions"]] == [None] * 3


def test_many_pairs_go_in_requests_that_any_endpoint_takes_and_come_back_in_their_order(serve: Serve) -> None:
    world = World(endpoint=ENDPOINT)
    endpoint = Endpoint(world.like_model)
    asked = pairs(world, MOST_PAIRS)
    answer = serve(world, endpoint).post("/predictions", {"pairs": asked}).content
    assert answer["source"] == "endpoint"
    assert [{"user": row["user"], "item": row["item"]} for row in answer["predictions"]] == asked
    assert len(endpoint.bodies) > 1
    assert max(map(len, endpoint.bodies)) <= SERVERLESS_BYTES
    assert sum(len(json.loads(body)["instances"]) for body in endpoint.bodies) == MOST_PAIRS


def silent(body: bytes) -> bytes:
    raise EndpointSilent("endpoint movie-recommender-test: ModelError: Received server error (500)")


def too_few(body: bytes) -> bytes:
    return b'{"predictions": [{"score": 0.5, "predicted_label": 1.0}]}'


def no_json(body: bytes) -> bytes:
    return b"<html>"


@pytest.mark.parametrize(
    ("invoke", "reason"),
    [
        (silent, "endpoint movie-recommender-test: ModelError: Received server error (500)"),
        (too_few, "the endpoint gave 1 predictions for 480 rows"),
        (no_json, "body: Expecting value at character 0, expected JSON"),
        (Endpoint(World(seed=5).like_model), "the endpoint serves another model: it scores "),
    ],
    ids=["fails", "too few", "no JSON", "other model"],
)
def test_an_endpoint_that_cannot_be_believed_is_told_and_the_artifact_answers(
    serve: Serve, invoke: Callable[[bytes], bytes], reason: str
) -> None:
    world = World(endpoint=ENDPOINT)
    answer = serve(world, invoke).post("/predictions", {"pairs": pairs(world)}).content
    assert answer["source"] == "artifact"
    assert answer["reason"].startswith(reason)
    world.endpoint = None
    assert answer["predictions"] == serve(world).post("/predictions", {"pairs": pairs(world)}).content["predictions"]


def test_an_endpoint_that_takes_too_long_is_not_waited_for(serve: Serve) -> None:
    world = World(endpoint=ENDPOINT)
    endpoint, now = Endpoint(world.like_model), [0.0]

    def slow(body: bytes) -> bytes:
        now[0] += 0.6 * PATIENCE_S
        return endpoint(body)

    answer = serve(world, slow, lambda: now[0]).post("/predictions", {"pairs": pairs(world, MOST_PAIRS)}).content
    assert (answer["source"], answer["reason"]) == ("artifact", "the endpoint took longer than 10 s")
    assert len(endpoint.bodies) == 2
    assert len(answer["predictions"]) == MOST_PAIRS


def test_all_unknown_ids_are_told_at_once(asker: Asker) -> None:
    asked = [{"user": 1, "item": 10}, {"user": 99, "item": 11}, {"user": "1", "item": 2**70}, {"user": 2, "item": "\0"}]
    answer = asker.post("/predictions", {"pairs": asked})
    assert answer.status == 422
    assert [(error["name"], error["problem"]) for error in answer.content["errors"]] == [
        ("pairs[1].user", "no user 99"),
        ("pairs[1].item", "no item 11"),
        ("pairs[2].user", "no user '1'"),
        ("pairs[2].item", f"no item {2**70}"),
        ("pairs[3].item", "no item '\\x00'"),
    ]


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({}, "missing, expected a list of 1 to 10000, each an object of user, item"),
        ({"pairs": []}, "[], expected a list of 1 to 10000, each an object of user, item"),
        ({"pairs": [{"user": 1}]}, "missing, expected a whole number or text"),
        ({"pairs": [{"user": 1, "item": 1.5}]}, "1.5, expected a whole number or text"),
    ],
    ids=str,
)
def test_what_is_no_list_of_pairs_is_refused(asker: Asker, body: object, problem: str) -> None:
    answer = asker.post("/predictions", body)
    assert answer.status == 400
    assert [error["problem"] for error in answer.content["errors"]] == [problem]


def test_one_pair_too_many_is_refused(world: World, asker: Asker) -> None:
    assert asker.post("/predictions", {"pairs": pairs(world, MOST_PAIRS + 1)}).status == 400


def test_ids_that_are_text_come_back_as_they_are(serve: Serve) -> None:
    world = strange()
    answer = serve(world).post("/predictions", {"pairs": pairs(world)})
    shown = [{"user": row["user"], "item": row["item"]} for row in answer.content["predictions"]]
    assert shown == pairs(world)
    assert serve(world).post("/predictions", {"pairs": [{"user": "\ud800", "item": 3}]}).status == 422
