"""What is measured beside a model, and how its threshold is found."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from fm.evaluation.thresholds import Threshold
from lambdas.logic.channels import Answers, Ratings, ScoredChannel
from lambdas.logic.evaluation import BLOG, Evidence, NoValidationRows, chosen_threshold, evaluate
from prep.feature_space import FeatureSpace

SPACE = FeatureSpace.of(users=range(40), items=range(25))
FIXED = {"measure": "fixed", "value": 0.5}
Planted = tuple[NDArray[np.float64], NDArray[np.float64]]


def _biases(seed: int = 5) -> Planted:
    """Of users and items, strong ones."""
    rng = np.random.default_rng(seed)
    return rng.normal(0, 1.5, 40), rng.normal(0, 1.5, 25)


def _drawn(rows: int, seed: int, *, stars: bool = False) -> Ratings:
    """Likes, or ratings around 3, that follow planted biases and nothing else."""
    rng, (of_users, of_items) = np.random.default_rng(seed), _biases()
    users, items = rng.integers(0, 40, rows).astype(np.int32), rng.integers(0, 25, rows).astype(np.int32)
    logits = of_users[users] + of_items[items]
    labels = 3 + 0.3 * logits + rng.normal(0, 0.1, rows) if stars else rng.random(rows) < 1 / (1 + np.exp(-logits))
    return Ratings(users, items, labels.astype(np.float32))


def _channel(ratings: Ratings, scores: NDArray[Any]) -> ScoredChannel:
    given = scores.astype(np.float32)
    return ScoredChannel(ratings=ratings, scores=given, rows=Answers(ratings.labels, given))


def _evidence(*, stars: bool = False, validation: bool = False) -> Evidence:
    """The model answers the same for all."""
    answer = 3.0 if stars else 0.5
    test, kept = _drawn(4000, 2, stars=stars), _drawn(2000, 3, stars=stars)
    return Evidence(
        space=SPACE,
        train=_drawn(8000, 1, stars=stars),
        validation=_channel(kept, np.full(2000, answer)) if validation else None,
        test=_channel(test, np.full(4000, answer)),
    )


def _entropy(p: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(-(p * np.log(p) + (1 - p) * np.log(1 - p)))


def test_biases_alone_find_planted_biases() -> None:
    """No model can have less cross-entropy than the entropy of the planted probabilities; biases come near it."""
    evidence = _evidence()
    of_users, of_items = _biases()
    test = evidence.test.ratings
    least = float(_entropy(1 / (1 + np.exp(-(of_users[test.users] + of_items[test.items])))).mean())
    document = evaluate(evidence, task="binary_classifier", threshold=FIXED)
    assert document["baselines"]["bias_only"]["cross_entropy"] == pytest.approx(least, abs=0.025)
    assert document["baselines"]["prior_cross_entropy"] > least + 0.1
    assert document["baselines"]["bias_only"].keys() == document["metrics"].keys()
    assert document["baselines"]["blog_ml_100k"] == BLOG


def test_biases_of_stars_find_planted_biases() -> None:
    """What is left over is the planted noise; the mean rating leaves the biases too."""
    document = evaluate(_evidence(stars=True), task="regressor", threshold=FIXED)
    baselines = document["baselines"]
    assert baselines["bias_only"]["rmse"] == pytest.approx(0.1, abs=0.01)
    assert baselines["mean"]["rmse"] == pytest.approx(float(np.std(_drawn(4000, 2, stars=True).labels)), abs=0.01)
    assert document.keys() == {"task", "metrics", "intervals", "interval", "baselines"}


def test_baselines_know_the_training_rows_only_by_their_share() -> None:
    evidence = _evidence()
    prior, share = float(evidence.train.labels.mean()), float(evidence.test.ratings.labels.mean())
    baselines = evaluate(evidence, task="ordinal", threshold=FIXED)["baselines"]
    assert baselines["prior_cross_entropy"] == pytest.approx(
        -(share * math.log(prior) + (1 - share) * math.log(1 - prior)), rel=1e-5
    )
    assert baselines["majority_accuracy"] == pytest.approx(share if prior >= 0.5 else 1 - share)
    assert baselines["all_positive_f1"] == pytest.approx(2 * share / (1 + share))


def test_biases_choose_a_threshold_of_their_own_as_the_model_does() -> None:
    """All of the model's answers are alike, so that all are taken."""
    document = evaluate(_evidence(validation=True), task="binary_classifier", threshold={"measure": "f1"})
    assert document["metrics"]["threshold"] == document["threshold"]["value"] == 0.5
    assert 0 < document["baselines"]["bias_only"]["threshold"] < 1
    assert document["baselines"]["bias_only"]["threshold"] != 0.5
    assert document["baselines"]["bias_only"]["f1"] > document["metrics"]["f1"]


def test_a_given_threshold_is_taken_as_it_is() -> None:
    found = chosen_threshold({"measure": "fixed", "value": 0.3}, None)
    assert found == Threshold(value=0.3, measure="fixed", chosen_on="given", value_there=None)
    assert chosen_threshold({}, None).value == 0.5


@pytest.mark.parametrize(("false_positive", "value"), [(1, 0.3), (9, 0.7)])
def test_costs_move_the_threshold(false_positive: float, value: float) -> None:
    """One wrong like at 0.4 and one missed at 0.2; taking the like at 0.6 costs nothing."""
    rows = Answers(np.array([1, 0, 1, 0, 0], np.float32), np.array([0.8, 0.6, 0.4, 0.2, 0.1], np.float32))
    asked = {"measure": "cost", "false_positive_cost": false_positive, "false_negative_cost": 2}
    assert chosen_threshold(asked, rows).value == pytest.approx(value)


def test_a_threshold_is_never_chosen_on_the_test() -> None:
    with pytest.raises(NoValidationRows, match=r"threshold by f1, expected split\.validation above 0"):
        evaluate(_evidence(), task="binary_classifier", threshold={"measure": "f1"})
