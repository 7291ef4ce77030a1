"""Curves against scikit-learn's, and thinned ones against the whole."""

from __future__ import annotations

import numpy as np
import pytest
import sklearn.calibration
import sklearn.metrics as oracle
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from fm.evaluation.arrays import classified
from fm.evaluation.curves import (
    MOST_POINTS,
    calibration,
    curves,
    precision_recall_curve,
    roc_curve,
    thinned,
    threshold_sweep,
)
from fm.evaluation.cuts import Cuts

LABELLED = st.lists(
    st.tuples(st.booleans(), st.sampled_from([0.0, 0.1, 0.5, 0.6, 1.0]) | st.floats(0, 1)), min_size=2, max_size=40
).filter(lambda rows: len({label for label, _ in rows}) == 2)


def arrays(rows: list[tuple[bool, float]]) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    return classified([label for label, _ in rows], [probability for _, probability in rows])


def many(n: int = 20_000) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    rng = np.random.default_rng(0)
    p = rng.beta(0.5, 3, n)
    return rng.random(n) < p, p


@given(LABELLED)
def test_roc_is_scikit_learns(rows: list[tuple[bool, float]]) -> None:
    y, p = arrays(rows)
    curve = roc_curve(Cuts.of(y, p))
    false, true, thresholds = oracle.roc_curve(y, p, drop_intermediate=False)
    np.testing.assert_allclose(curve["false_positive_rate"], false)
    np.testing.assert_allclose(curve["true_positive_rate"], true)
    np.testing.assert_array_equal(curve["threshold"][1:], thresholds[1:])
    assert curve["threshold"][0] > 1  # infinite there; JSON has only finite numbers


@given(LABELLED)
def test_precision_and_recall_are_scikit_learns(rows: list[tuple[bool, float]]) -> None:
    y, p = arrays(rows)
    curve = precision_recall_curve(Cuts.of(y, p))
    precision, recall, thresholds = oracle.precision_recall_curve(y, p)
    np.testing.assert_allclose(curve["precision"], precision[::-1])
    np.testing.assert_allclose(curve["recall"], recall[::-1])
    np.testing.assert_array_equal(curve["threshold"][1:], thresholds[::-1])


@given(LABELLED)
@settings(max_examples=30)  # scikit-learn takes its time over each threshold
def test_the_sweep_measures_each_score_as_threshold(rows: list[tuple[bool, float]]) -> None:
    y, p = arrays(rows)
    sweep = threshold_sweep(Cuts.of(y, p))
    assert sweep["threshold"] == sorted(set(p.tolist()))
    for at, threshold in enumerate(sweep["threshold"]):
        assert sweep["accuracy"][at] == pytest.approx(oracle.accuracy_score(y, p >= threshold))
        assert sweep["f1"][at] == pytest.approx(oracle.f1_score(y, p >= threshold))
        assert sweep["precision"][at] == pytest.approx(oracle.precision_score(y, p >= threshold))
        assert sweep["recall"][at] == pytest.approx(oracle.recall_score(y, p >= threshold))


@given(LABELLED)
def test_calibration_is_scikit_learns(rows: list[tuple[bool, float]]) -> None:
    y, p = arrays(rows)
    bins = calibration(y, p, 4)
    share, mean = sklearn.calibration.calibration_curve(y, p, n_bins=4)
    np.testing.assert_allclose([found["share_positive"] for found in bins], share)
    np.testing.assert_allclose([found["mean_probability"] for found in bins], mean)
    assert sum(found["rows"] for found in bins) == len(rows)
    assert all(found["low"] <= found["mean_probability"] <= found["high"] + 1e-12 for found in bins)


def test_thinned_curves_keep_their_ends_and_their_shape() -> None:
    y, p = many()
    cuts = Cuts.of(y, p)
    found = curves(y, p)
    for few, whole in (
        (found.roc, roc_curve(cuts, most=len(p) + 1)),
        (found.precision_recall, precision_recall_curve(cuts, most=len(p) + 1)),
        (found.thresholds, threshold_sweep(cuts, most=len(p) + 1)),
    ):
        points, all_points = (list(zip(*curve.values(), strict=True)) for curve in (few, whole))
        assert MOST_POINTS / 2 < len(points) <= MOST_POINTS
        assert set(points) <= set(all_points)
        assert points[0] == all_points[0]
        assert points[-1] == all_points[-1]
    area = np.trapezoid(found.roc["true_positive_rate"], found.roc["false_positive_rate"])
    assert area == pytest.approx(oracle.roc_auc_score(y, p), abs=1e-4)
    steps = np.hypot(np.diff(found.roc["true_positive_rate"]), np.diff(found.roc["false_positive_rate"]))
    assert steps.max() < 3 / MOST_POINTS


def test_an_end_that_is_hardly_on_the_way_is_kept() -> None:
    way = np.array([0.0, 0.0, 1.0, 2.0, 3.0, 4.0, 4.0])
    assert thinned({"at": np.arange(7.0)}, way, 3) == {"at": [0, 3, 6]}


def test_the_histogram_counts_every_row_once() -> None:
    y, p = many(1000)
    p[:2] = 0, 1
    scores = curves(y, p).scores
    assert sum(scores["positives"]) == np.count_nonzero(y)
    assert sum(scores["negatives"]) == np.count_nonzero(~y)
    edges = scores["edges"]
    assert len(edges) == len(scores["positives"]) + 1 == len(scores["negatives"]) + 1
    assert scores["positives"][7] == sum(1 for label, q in zip(y, p, strict=True) if label and edges[7] <= q < edges[8])
