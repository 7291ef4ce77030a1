"""The live endpoint is asked about what was prepared, whatever its shards, its ids, its columns and its task."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lambdas.verify
from fm.model import FactorizationMachine
from lambdas.logic.predictions import SHOWN, USERS, PredictionMismatch
from lambdas.logic.ranking import OtherIds
from prep import keys
from tests.lambdas import small
from tests.lambdas.executions import EVERY_BLOCK, Executions, drawn, rated, scores, sigmoid

RUN, RANKING = "runs/nightly/", "runs/nightly/ranking/"
SPLIT = {"kind": "given", "name": "ua"}
Serve = Callable[[FactorizationMachine], None]
Stars = dict[tuple[Any, Any], float]


class Case:
    """A dataset, prepared for a drawn model that the endpoint may serve; and all its ratings, by their channel."""

    def __init__(self, executions: Executions, folder: Path, job: dict[str, Any]) -> None:
        self.executions, self.folder, self.job = executions, folder, job
        self.prepared = executions.prepare(RUN, folder, job)
        self.model = drawn(self.prepared["feature_dim"], kind=self.prepared["predictor_type"])
        self.uri = executions.put_model(RUN, self.model)

    def put_ranking(self, **over: Any) -> dict[str, str]:
        """The ranking model of the same dataset, another drawn one."""
        job = {"split": SPLIT, "label": {"task": "ranking", "likes_repeated": 1, "negatives": 1}, **over}
        prepared = self.executions.prepare(RANKING, self.folder, job)
        self.ranking_model = drawn(prepared["feature_dim"], seed=9)
        return {"run": RANKING, "model_data": self.executions.put_model(RANKING, self.ranking_model)}

    def verify(self, *, ranking: dict[str, str] | None = None, **over: Any) -> dict[str, Any]:
        event = {
            "run": RUN,
            "model_data": self.uri,
            "endpoint": "live",
            "variant": "blue",
            "shards": self.prepared["shards"],
            "preparation": self.job,
            "ranking": ranking,
        }
        return lambdas.verify.handler({**event, **over}, None)

    def document(self) -> dict[str, Any]:
        return self.executions.json(f"{RUN}predictions.json")


@pytest.fixture
def sample_case(executions: Executions, tiny_sample: Path) -> Callable[..., Case]:
    return lambda **job: Case(executions, tiny_sample, {"split": SPLIT, **job})


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


def _check_lists(document: dict[str, Any], stars: Stars, n_items: int) -> int:
    """Every list is as long as it can be, best first and of what was never rated; how many items that are in all."""
    unseen = 0
    for recommended in document["recommendations"]:
        items = [row["item"] for row in recommended["items"]]
        seen = {item for user, item in stars if user == recommended["user"]}
        assert not seen & set(items)
        assert len(items) == len(set(items)) == min(SHOWN, n_items - len(seen))
        found = [row["score"] for row in recommended["items"]]
        assert found == sorted(found, reverse=True)
        unseen += n_items - len(seen)
    return unseen


@pytest.mark.parametrize("features", [[], EVERY_BLOCK], ids=["plain", "every block"])
def test_shows_held_out_ratings_and_recommends_what_was_never_rated(
    sample_case: Callable[..., Case], tiny_sample: Path, serve: Serve, features: list[str]
) -> None:
    case = sample_case(features=features, shards=3)
    serve(case.model)
    answer = case.verify()
    document = case.document()
    assert answer["key"] == f"{RUN}predictions.json"
    assert answer["largest_gap"] < 1e-5
    assert document["model"] == "like"
    shown = {row["user"] for row in document["predictions"]}
    assert len(shown) == USERS == 10
    test = rated(tiny_sample, "ua.test")
    assert all((row["user"], row["item"]) in test for row in document["predictions"])
    assert [row["user"] for row in document["recommendations"]] == sorted(shown)
    unseen = _check_lists(document, rated(tiny_sample, "u.data"), case.prepared["items"])
    assert answer["rows"] == len(document["predictions"]) + unseen


def test_what_is_kept_for_validation_is_not_recommended_either(
    sample_case: Callable[..., Case], tiny_sample: Path, serve: Serve
) -> None:
    case = sample_case(split={**SPLIT, "validation": 0.4})
    serve(case.model)
    case.verify()
    _check_lists(case.document(), rated(tiny_sample, "u.data"), case.prepared["items"])


def test_places_by_popularity_count_the_ratings_in_training(
    sample_case: Callable[..., Case], tiny_sample: Path, serve: Serve
) -> None:
    case = sample_case(label={"task": "ordinal"})
    serve(case.model)
    case.verify()
    items = case.executions.space(RUN).items.tolist()
    counts = [sum(item == other for _, other in rated(tiny_sample, "ua.base")) for item in items]
    by_popularity = sorted(items, key=lambda item: (-counts[items.index(item)], item))
    for recommended in case.document()["recommendations"]:
        for row in recommended["items"]:
            assert row["popularity_rank"] == 1 + by_popularity.index(row["item"])


def test_the_ordinal_task_is_asked_with_the_threshold_that_decides(
    sample_case: Callable[..., Case], serve: Serve
) -> None:
    """Each held-out rating once, scored as its row "at least 4" of the test channel is."""
    case = sample_case(label={"task": "ordinal"})
    serve(case.model)
    case.verify()
    dense, _, pairs = case.executions.rows(RUN)
    decides = dense[:, -4 + case.executions.space(RUN).thresholds.index("4")] == 1
    p = sigmoid(scores(case.model, dense))
    expected = {pair: value for pair, value, is_one in zip(pairs, p, decides, strict=True) if is_one}
    shown = case.document()["predictions"]
    assert len({(row["user"], row["item"]) for row in shown}) == len(shown) == 100
    for row in shown:
        assert row["score"] == pytest.approx(expected[row["user"], row["item"]], rel=1e-4)
        assert row["predicted_label"] == (row["score"] >= 0.5)


def test_a_regressor_predicts_stars_and_no_labels(sample_case: Callable[..., Case], serve: Serve) -> None:
    case = sample_case(label={"task": "regressor"})
    serve(case.model)
    case.verify()
    dense, _, pairs = case.executions.rows(RUN)
    expected = dict(zip(pairs, scores(case.model, dense), strict=True))
    for row in case.document()["predictions"]:
        assert row["score"] == pytest.approx(expected[row["user"], row["item"]], rel=1e-4, abs=1e-6)
        assert row["predicted_label"] is None


@pytest.mark.parametrize("features", [[], EVERY_BLOCK], ids=["plain", "every block"])
def test_the_ranking_model_recommends_without_the_endpoint(
    sample_case: Callable[..., Case], tiny_sample: Path, serve: Serve, features: list[str]
) -> None:
    case = sample_case(features=features)
    serve(case.model)
    answer = case.verify(ranking=case.put_ranking(features=features))
    document = case.document()
    assert document["model"] == "ranking"
    assert answer["rows"] == len(document["predictions"]), "the endpoint is asked of held-out ratings alone"
    _check_lists(document, rated(tiny_sample, "u.data"), case.prepared["items"])
    if features:
        return
    space = case.executions.space(RANKING)
    for recommended in document["recommendations"]:
        row = np.zeros((len(space.items), space.feature_dim))
        row[:, space.positions_of_users([recommended["user"]])] = 1
        row[:, len(space.users) :] = np.eye(len(space.items))
        p = dict(zip(space.items.tolist(), sigmoid(scores(case.ranking_model, row)), strict=True))
        seen = {item for user, item in rated(tiny_sample, "u.data") if user == recommended["user"]}
        best = sorted(p.keys() - seen, key=lambda item: -p[item])[:SHOWN]
        assert [row["item"] for row in recommended["items"]] == best
        for row in recommended["items"]:
            assert row["score"] == pytest.approx(p[row["item"]], rel=1e-4)
            assert row["predicted_label"] is None


def test_a_ranking_model_of_another_dataset_is_refused(
    sample_case: Callable[..., Case], serve: Serve, tmp_path: Path
) -> None:
    case = sample_case()
    serve(case.model)
    case.folder = _named_dataset(tmp_path)
    job = {"split": {"kind": "leave_k_out", "k": 3}}
    with pytest.raises(OtherIds, match="12 users of the ranking model, expected the 30 of the test ratings"):
        case.verify(ranking=case.put_ranking(**job))


def test_ids_may_be_text(executions: Executions, tmp_path: Path, serve: Serve) -> None:
    job = {"split": {"kind": "leave_k_out", "k": 3}, "shards": 2}
    case = Case(executions, _named_dataset(tmp_path), job)
    serve(case.model)
    case.verify()
    document = case.document()
    lines = ((tmp_path / "shop" / "shop.csv").read_text()).splitlines()[1:]
    stars: Stars = {(user, item): float(value) for user, item, value in (line.split(",") for line in lines)}
    assert {row["user"] for row in document["predictions"]} < {user for user, _ in stars}
    _check_lists(document, stars, case.prepared["items"])


def _named_dataset(tmp_path: Path) -> Path:
    rng = np.random.default_rng(3)
    folder = tmp_path / "shop"
    folder.mkdir()
    rows = [
        f"käufer {user},sku-{item:03},{int(rng.integers(1, 6))}"
        for user in range(12)
        for item in rng.choice(25, 14, replace=False).tolist()
    ]
    (folder / "shop.csv").write_text("\n".join(["user,item,rating", *rows, ""]))
    return folder


def test_shards_are_read_by_their_number(sample_case: Callable[..., Case], serve: Serve) -> None:
    case = sample_case(shards=3)
    serve(case.model)
    assert len(keys.shards(keys.TRAIN, case.prepared["shards"])) == 3
    with pytest.raises(Exception, match=r"404|NoSuchKey"):
        case.verify(shards=4)


def test_an_endpoint_that_holds_another_model_is_not_verified(sample_case: Callable[..., Case], serve: Serve) -> None:
    case = sample_case()
    serve(drawn(case.prepared["feature_dim"], seed=4))
    with pytest.raises(PredictionMismatch):
        case.verify()
    with pytest.raises(Exception, match="NoSuchKey"):
        case.document()
