"""What is asked of an endpoint, and that it is believed only when its artifact says the same."""

from __future__ import annotations

import dataclasses
import json
import math

import numpy as np
import pytest

import lambdas.logic.predictions
from fm.model import FactorizationMachine
from lambdas.logic.channels import Ratings
from lambdas.logic.predictions import LivePredictor, PredictionMismatch, artifact_score, held_out, parts
from prep.catalogue import Catalogue, Item
from prep.errors import UnknownId
from prep.feature_space import FeatureSpace
from prep.triplet import Triplet
from tests.lambdas import small

TITLES = Catalogue({10: Item(10, "Ten (1999)", 1999, ())}, ())


def _predictor(serving: FactorizationMachine | None = None) -> LivePredictor:
    return LivePredictor(small.model(), small.encode(), small.endpoint(serving or small.model()))


def _probability(user: int, item: int) -> float:
    """Rendle's formula as it stands, pair by pair."""
    model, columns = small.model(), [small.USERS.index(user), len(small.USERS) + small.ITEMS.index(item)]
    linear = float(model.w0[0]) + sum(float(model.w[column]) for column in columns)
    pair = sum(float(a) * float(b) for a, b in zip(model.v[columns[0]], model.v[columns[1]], strict=True))
    return 1 / (1 + math.exp(-(linear + pair)))


def _ids(*values: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array(values, np.int64)


def test_scores_are_the_models_own() -> None:
    predictor = _predictor()
    scored = predictor.score(_ids(2, 9, 3), _ids(30, 10, 12))
    expected = [_probability(2, 30), _probability(9, 10), _probability(3, 12)]
    np.testing.assert_allclose(scored.scores, expected, rtol=1e-5)
    assert scored.labels is not None
    assert scored.labels.tolist() == [float(probability >= 0.5) for probability in expected]
    assert predictor.rows == 3
    assert predictor.largest_gap <= 1e-6


def test_titles_come_with_the_predictions() -> None:
    first, second = _predictor().score(_ids(2, 2), _ids(10, 11)).titled(TITLES)
    assert first == {
        "user": 2,
        "item": 10,
        "title": "Ten (1999)",
        "score": pytest.approx(_probability(2, 10)),
        "predicted_label": int(_probability(2, 10) >= 0.5),
    }
    assert second["title"] == "item 11"
    assert json.loads(json.dumps([first, second])) == [first, second]


def test_an_endpoint_with_another_model_is_caught() -> None:
    predictor = _predictor(small.model(seed=4))
    with pytest.raises(PredictionMismatch, match=r"endpoint scores 0\.\d{6}, expected the artifact's 0\.\d{6} within"):
        predictor.score(_ids(2, 3), _ids(10, 11))
    assert predictor.rows == 0, "unconfirmed answers do not count"


@pytest.mark.parametrize(("shift", "is_believed"), [(5e-5, True), (2e-4, False)])
def test_one_score_in_many_that_is_off_is_caught(shift: float, is_believed: bool) -> None:
    def shifted(body: bytes) -> bytes:
        answer = json.loads(small.endpoint(small.model())(body))
        answer["predictions"][-1]["score"] -= shift
        return json.dumps(answer).encode()

    predictor = LivePredictor(small.model(), small.encode(), shifted)
    users, items = (grid.ravel() for grid in np.meshgrid(small.USERS, small.ITEMS))
    if is_believed:
        predictor.score(users, items)
        assert predictor.largest_gap == pytest.approx(shift, rel=0.05)
    else:
        with pytest.raises(PredictionMismatch):
            predictor.score(users, items)


def test_too_few_answers_are_caught() -> None:
    def half(body: bytes) -> bytes:
        answer = json.loads(small.endpoint(small.model())(body))
        return json.dumps({"predictions": answer["predictions"][:-1]}).encode()

    with pytest.raises(PredictionMismatch, match="1 predictions for 2 rows"):
        LivePredictor(small.model(), small.encode(), half).score(_ids(2, 3), _ids(10, 11))


def test_a_classifier_without_labels_is_caught() -> None:
    def without_labels(body: bytes) -> bytes:
        answer = json.loads(small.endpoint(small.model())(body))
        return json.dumps({"predictions": [{"score": row["score"]} for row in answer["predictions"]]}).encode()

    with pytest.raises(PredictionMismatch, match="without labels, expected those of a binary_classifier"):
        LivePredictor(small.model(), small.encode(), without_labels).score(_ids(2), _ids(10))


def _regressor() -> FactorizationMachine:
    return dataclasses.replace(small.model(), predictor_type="regressor")


def test_a_regressor_answers_with_scores_alone() -> None:
    model = _regressor()
    scored = LivePredictor(model, small.encode(), small.endpoint(model)).score(_ids(2, 9), _ids(30, 10))
    assert scored.labels is None
    logits = [math.log(p / (1 - p)) for p in (_probability(2, 30), _probability(9, 10))]
    np.testing.assert_allclose(scored.scores, logits, rtol=1e-5)
    first, _ = scored.titled(TITLES)
    assert (first["user"], first["predicted_label"]) == (2, None)


def test_a_regressor_with_labels_is_caught() -> None:
    def with_labels(body: bytes) -> bytes:
        answer = json.loads(small.endpoint(_regressor())(body))
        return json.dumps({"predictions": [{**row, "predicted_label": 1.0} for row in answer["predictions"]]}).encode()

    with pytest.raises(PredictionMismatch, match="with labels, expected those of a regressor"):
        LivePredictor(_regressor(), small.encode(), with_labels).score(_ids(2), _ids(10))


def test_an_artifact_without_an_endpoint_scores_and_labels_nothing() -> None:
    scored = artifact_score(small.model(), small.encode())(_ids(2, 9), _ids(30, 10))
    np.testing.assert_allclose(scored.scores, [_probability(2, 30), _probability(9, 10)], rtol=1e-5)
    assert scored.labels is None


def test_an_unknown_user_is_never_sent() -> None:
    with pytest.raises(UnknownId, match="user 4"):
        _predictor().score(_ids(4), _ids(10))


def test_many_rows_are_asked_in_requests_of_limited_size(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    answer = small.endpoint(small.model())

    def counting(body: bytes) -> bytes:
        asked.append(len(json.loads(body)["instances"]))
        return answer(body)

    monkeypatch.setattr(lambdas.logic.predictions, "_ROWS_PER_REQUEST", 10)
    users, items = (grid.ravel() for grid in np.meshgrid(small.USERS, small.ITEMS))
    scored = LivePredictor(small.model(), small.encode(), counting).score(users, items)
    assert asked == [10, 10, 4]
    np.testing.assert_array_equal(scored.scores, _predictor().score(users, items).scores)


def test_held_out_ratings_are_of_the_first_ten_users_ten_each() -> None:
    """By position in the channel, shown by id: twelve users of whom each has twelve ratings."""
    space = FeatureSpace.of(users=range(100, 112), items=range(20, 32))
    users = np.tile(np.arange(12, dtype=np.int32), 12)
    items = np.repeat(np.arange(12, dtype=np.int32), 12)
    model = small.model(features=24)
    score = artifact_score(model, small.encode(space))
    shown = held_out(score, space, Ratings(users, items, np.zeros(144, np.float32)))
    assert shown.users.tolist() == np.repeat(np.arange(100, 110), 10).tolist()
    assert shown.items.tolist() == list(range(20, 30)) * 10


def test_ids_may_be_text() -> None:
    space = small.named_space()
    predictor = LivePredictor(small.model(), small.encode(space), small.endpoint(small.model()))
    scored = predictor.score(np.array(["user 2", "user 9"]), np.array(["item 30", "item 10"]))
    np.testing.assert_allclose(scored.scores, [_probability(2, 30), _probability(9, 10)], rtol=1e-5)
    first, _ = scored.titled(Catalogue({"item 30": Item("item 30", "Thirty", None, ())}, ()))
    assert (first["user"], first["item"], first["title"]) == ("user 2", "item 30", "Thirty")
    assert json.loads(json.dumps(first)) == first


def test_a_text_id_that_is_not_known_is_never_sent() -> None:
    predictor = LivePredictor(small.model(), small.encode(small.named_space()), small.endpoint(small.model()))
    with pytest.raises(UnknownId, match="user 99"):
        predictor.score(np.array(["user 99"]), np.array(["item 10"]))


@pytest.mark.parametrize("values_of_row", [[1] * 5, [30_000] * 4, [2, 60_000, 2, 2, 49_999], [1] * 4_001])
def test_requests_are_cut_by_rows_and_by_values(values_of_row: list[int]) -> None:
    indptr = np.concatenate(([0], np.cumsum(values_of_row, dtype=np.int64)))
    values = np.ones(indptr[-1], np.float32)
    x = Triplet(indptr=indptr, indices=np.zeros(indptr[-1], np.int64), data=values, n_columns=1)
    cut = list(parts(x))
    assert np.concatenate(cut).tolist() == list(range(len(values_of_row)))
    for part in cut:
        assert len(part) <= 2_000
        assert len(part) == 1 or sum(values_of_row[row] for row in part) <= 50_000
    assert len(cut) <= 5
