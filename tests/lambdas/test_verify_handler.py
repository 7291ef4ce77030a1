"""The live endpoint is asked about what was prepared, whatever its shards, its ids and its columns."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lambdas.prepare
import lambdas.verify
from fm import artifact
from fm.hyperparameters import parse
from fm.model import FactorizationMachine
from lambdas.logic.predictions import SHOWN, USERS, PredictionMismatch
from prep import keys
from prep.sample import generate
from tests.lambdas import small
from tests.lambdas.remembered import RUN

Objects = Callable[[str], dict[str, bytes]]
Serve = Callable[[FactorizationMachine], None]
LEAST = {"users": 30, "items": 50, "ratings": 700}


class Case:
    """One dataset, prepared in the bucket, and all its ratings by user."""

    def __init__(self, prepared: dict[str, Any], rated: dict[Any, set[Any]]) -> None:
        self.prepared, self.rated = prepared, rated

    def event(self, **over: Any) -> dict[str, Any]:
        model_data = f"s3://{self.prepared['bucket']}/{RUN}model/job/output/model.tar.gz"
        event = {"run": RUN, "model_data": model_data, "endpoint": "live", "variant": "blue"}
        return {**event, "shards": self.prepared["shards"], **over}


@pytest.fixture
def put(bucket: str, aws: Callable[[str], Any]) -> Callable[[str, bytes], None]:
    def put(key: str, content: bytes) -> None:
        aws("s3").put_object(Bucket=bucket, Key=key, Body=content)

    return put


@pytest.fixture(params=["plain", "every block", "text ids"])
def case(request: pytest.FixtureRequest, bucket: str, tmp_path: Path, put: Callable[[str, bytes], None]) -> Case:
    if request.param == "text ids":
        rows = _named_ratings()
        put("datasets/mine/shop.csv", b"buyer,product,stars\n" + "\n".join(map(",".join, rows)).encode())
        columns = {"user": "buyer", "item": "product", "rating": "stars"}
        job = {"input": {"format": "csv", "columns": columns}, "split": {"kind": "leave_k_out", "k": 3}, "shards": 2}
        rated = _by_user((user, item) for user, item, _ in rows)
    else:
        generate(tmp_path, seed=1, **LEAST)
        for file in tmp_path.iterdir():
            put(f"datasets/mine/{file.name}", file.read_bytes())
        with_blocks = ["genres", "year", "user_attributes", "rated_items", "item_raters", "week"]
        job = {"shards": 3, "features": with_blocks if request.param == "every block" else []}
        lines = (line.split("\t") for line in (tmp_path / "u.data").read_text().splitlines())
        rated = _by_user((int(user), int(item)) for user, item, *_ in lines)
    event = {"dataset": "mine", "preparation": job, "run": RUN}
    prepared = {**lambdas.prepare.handler(event, None), "bucket": bucket}
    put(f"{RUN}model/job/output/model.tar.gz", _packed(_model(prepared)))
    return Case(prepared, rated)


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Serve:
    """An endpoint that holds a model, in place of SageMaker's."""

    def serve(model: FactorizationMachine) -> None:
        class Endpoint:
            def __init__(self, name: str, *, variant: str) -> None:
                assert (name, variant) == ("live", "blue")

            def invoke(self, body: bytes, *, content_type: str) -> bytes:
                assert content_type == "application/json"
                return small.endpoint(model)(body)

        monkeypatch.setattr(lambdas.verify, "Endpoint", Endpoint)

    return serve


def _named_ratings() -> list[tuple[str, str, str]]:
    rng = np.random.default_rng(3)
    return [
        (f"käufer {user}", f"sku-{item:03}", str(int(rng.integers(1, 6))))
        for user in range(12)
        for item in rng.choice(25, 14, replace=False).tolist()
    ]


def _by_user(pairs: Any) -> dict[Any, set[Any]]:
    rated: dict[Any, set[Any]] = {}
    for user, item in pairs:
        rated.setdefault(user, set()).add(item)
    return rated


def _model(prepared: dict[str, Any], *, seed: int = 3) -> FactorizationMachine:
    return small.model(seed=seed, features=prepared["feature_dim"])


def _packed(model: FactorizationMachine) -> bytes:
    strings = {"num_factors": "3", "predictor_type": "binary_classifier", "feature_dim": str(model.n_features)}
    stream = io.BytesIO()
    artifact.save(stream, model, parse(strings).as_strings())
    return stream.getvalue()


def test_shows_held_out_ratings_and_recommends_what_was_never_rated(case: Case, serve: Serve, objects: Objects) -> None:
    serve(_model(case.prepared))
    answer = lambdas.verify.handler(case.event(), None)
    document = json.loads(objects(RUN)[f"{RUN}predictions.json"])
    assert answer["key"] == f"{RUN}predictions.json"
    assert answer["largest_gap"] < 1e-5
    shown = {row["user"] for row in document["predictions"]}
    assert len(shown) == USERS
    assert all(row["item"] in case.rated[row["user"]] for row in document["predictions"])
    assert [row["user"] for row in document["recommendations"]] == sorted(shown)
    unseen = 0
    for recommended in document["recommendations"]:
        items, seen = [row["item"] for row in recommended["items"]], case.rated[recommended["user"]]
        assert not seen & set(items), "a rated item of another shard was recommended"
        assert len(items) == len(set(items)) == min(SHOWN, case.prepared["items"] - len(seen))
        scores = [row["score"] for row in recommended["items"]]
        assert scores == sorted(scores, reverse=True)
        unseen += case.prepared["items"] - len(seen)
    assert answer["rows"] == len(document["predictions"]) + unseen


def test_shards_are_read_by_their_number(case: Case, serve: Serve, objects: Objects) -> None:
    serve(_model(case.prepared))
    shards = keys.shards(keys.TRAIN, case.prepared["shards"])
    assert len(shards) > 1
    assert {RUN + key for key in shards} <= objects(RUN).keys()
    with pytest.raises(Exception, match=r"404|NoSuchKey"):
        lambdas.verify.handler(case.event(shards=len(shards) + 1), None)


def test_an_endpoint_that_holds_another_model_is_not_verified(case: Case, serve: Serve, objects: Objects) -> None:
    serve(_model(case.prepared, seed=4))
    with pytest.raises(PredictionMismatch):
        lambdas.verify.handler(case.event(), None)
    assert f"{RUN}predictions.json" not in objects(RUN)
