"""Each measure against scikit-learn, and under weights against rows that really are repeated."""

from __future__ import annotations

import numpy as np
import pytest
import sklearn.metrics as oracle
from hypothesis import assume, given
from hypothesis import strategies as st

from fm.errors import MetricError
from fm.evaluation.arrays import CLIP
from fm.evaluation.measures import CLASSIFIER, REGRESSOR
from fm.evaluation.samples import ClassifierSample, RegressorSample, Sample, values

PROBABILITIES = st.sampled_from([0.0, 0.1, 0.25, 0.4, 0.5, 0.5000001, 0.75, 1.0]) | st.floats(0, 1, width=32)
LABELLED = st.lists(st.tuples(st.booleans(), PROBABILITIES), min_size=2, max_size=40).filter(
    lambda rows: len({label for label, _ in rows}) == 2
)
NUMBERS = st.floats(-9, 9)


@given(LABELLED, st.sampled_from([0.25, 0.4, 0.5, 1.0]))
def test_classifier_measures_are_scikit_learns(rows: list[tuple[bool, float]], threshold: float) -> None:
    y, p = np.array([label for label, _ in rows]), np.array([probability for _, probability in rows])
    measured = ClassifierSample(y, p, threshold=threshold).measures().as_json()
    taken = p >= threshold
    assert measured == pytest.approx(
        {
            "accuracy": oracle.accuracy_score(y, taken),
            "balanced_accuracy": oracle.balanced_accuracy_score(y, taken),
            "cross_entropy": oracle.log_loss(y, np.clip(p, CLIP, 1 - CLIP)),
            "brier": oracle.brier_score_loss(y, p),
            "f1": oracle.f1_score(y, taken, zero_division=0),
            "precision": oracle.precision_score(y, taken, zero_division=0),
            "recall": oracle.recall_score(y, taken),
            "auc": oracle.roc_auc_score(y, p),
            "pr_auc": oracle.average_precision_score(y, p),
            "threshold": threshold,
            "rows": len(rows),
            "positives": sum(y),
        }
    )


@given(st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=30))
def test_regressor_measures_are_scikit_learns(rows: list[tuple[float, float]]) -> None:
    targets, scores = np.array(rows).T
    assert RegressorSample(targets, scores).measures().as_json() == pytest.approx(
        {
            "rmse": oracle.root_mean_squared_error(targets, scores),
            "mse": oracle.mean_squared_error(targets, scores),
            "mae": oracle.mean_absolute_error(targets, scores),
            "rows": len(rows),
        }
    )


@given(LABELLED, st.data())
def test_a_weight_counts_its_row_so_often(rows: list[tuple[bool, float]], data: st.DataObject) -> None:
    weights = np.array(data.draw(st.lists(st.integers(0, 3), min_size=len(rows), max_size=len(rows))))
    y, p = np.array([label for label, _ in rows]), np.array([probability for _, probability in rows])
    repeated = np.repeat(np.arange(len(rows)), weights)
    assume(len(set(y[repeated].tolist())) == 2)
    classifier = ClassifierSample(y, p)
    measured = classifier.measured(np.vstack([weights, weights]).astype(float), CLASSIFIER)
    expected = values(ClassifierSample(y[repeated], p[repeated]))
    assert {name: value[1] for name, value in measured.items()} == pytest.approx(expected)
    assert values(classifier.take(repeated)) == pytest.approx(expected)
    regressor = RegressorSample(y, p)
    of_regressor = regressor.measured(weights[None].astype(float), REGRESSOR)
    expected = values(RegressorSample(y[repeated], p[repeated]))
    assert {name: value[0] for name, value in of_regressor.items()} == pytest.approx(expected)
    assert values(regressor.take(repeated)) == pytest.approx(expected)


def test_what_has_no_positive_row_in_a_resample_is_undefined_there() -> None:
    sample = ClassifierSample([0, 1, 0], [0.2, 0.4, 0.6])
    measured = sample.measured(np.array([[1.0, 0.0, 2.0]]), CLASSIFIER)
    undefined = {name for name, value in measured.items() if np.isnan(value[0])}
    assert undefined == {"balanced_accuracy", "recall", "auc", "pr_auc"}


def test_float32_probabilities_are_cut_where_a_threshold_of_double_precision_says() -> None:
    p = np.float32(0.3)
    above = ClassifierSample([1, 0], np.array([p, 0.1], dtype=np.float32), threshold=float(np.nextafter(float(p), 1)))
    assert above.measures().recall == 0


@pytest.mark.parametrize(
    ("labels", "probabilities", "message"),
    [
        ([1, 0], [0.5, 1.5], "probability 1.5 at row 1, expected 0 to 1"),
        ([1, 1], [0.5, 0.5], "2 positive and 0 negative rows"),
        ([0, 3], [0.5, 0.5], "label 3.0 at row 1"),
        ([0, 1], [0.5], "2 labels and 1 scores"),
    ],
)
def test_bad_rows_are_named(labels: list[int], probabilities: list[float], message: str) -> None:
    with pytest.raises(MetricError, match=message):
        ClassifierSample(labels, probabilities)


def test_only_the_measures_asked_for_are_taken() -> None:
    sample: Sample = ClassifierSample([0, 1], [0.2, 0.4])
    assert values(sample, ("brier",)) == pytest.approx({"brier": (0.2**2 + 0.6**2) / 2})
