"""The chosen threshold against every threshold there is, counted out."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fm.errors import MetricError
from fm.evaluation.thresholds import FIXED, Chooser, choose_threshold

Labelled = list[tuple[int, float]]

PROBABILITIES = st.sampled_from([0.0, 0.3, 0.5, 0.7, 1.0]) | st.floats(0, 1)
LABELLED = st.lists(st.tuples(st.integers(0, 1), PROBABILITIES), min_size=2, max_size=25).filter(
    lambda rows: len({label for label, _ in rows}) == 2
)


def counted(rows: Labelled, threshold: float) -> tuple[int, int, int, int]:
    tp = sum(1 for y, p in rows if y and p >= threshold)
    fp = sum(1 for y, p in rows if not y and p >= threshold)
    fn = sum(1 for y, p in rows if y and p < threshold)
    return tp, fp, fn, len(rows) - tp - fp - fn


def accuracy(rows: Labelled, threshold: float) -> float:
    tp, _, _, tn = counted(rows, threshold)
    return (tp + tn) / len(rows)


def f1(rows: Labelled, threshold: float) -> float:
    tp, fp, fn, _ = counted(rows, threshold)
    return 2 * tp / (2 * tp + fp + fn)


def cost(rows: Labelled, threshold: float) -> float:
    _, fp, fn, _ = counted(rows, threshold)
    return (3 * fp + 0.5 * fn) / len(rows)


def all_cuts(rows: Labelled) -> list[float]:
    return [*sorted({p for _, p in rows}), 2.0]


def columns(rows: Labelled) -> tuple[list[int], list[float]]:
    return [y for y, _ in rows], [p for _, p in rows]


@given(LABELLED)
def test_no_threshold_does_better(rows: Labelled) -> None:
    cuts = all_cuts(rows)
    by_accuracy = choose_threshold(*columns(rows), "accuracy")
    assert accuracy(rows, by_accuracy.value) == by_accuracy.value_there == max(accuracy(rows, cut) for cut in cuts)
    by_f1 = choose_threshold(*columns(rows), "f1")
    assert f1(rows, by_f1.value) == by_f1.value_there == max(f1(rows, cut) for cut in cuts)
    by_cost = choose_threshold(*columns(rows), "cost", false_positive_cost=3, false_negative_cost=0.5)
    assert cost(rows, by_cost.value) == by_cost.value_there == min(cost(rows, cut) for cut in cuts)


@given(LABELLED, st.sampled_from(["accuracy", "f1", "cost"]), st.randoms())
def test_the_order_of_rows_decides_nothing(rows: Labelled, measure: Chooser, random: Random) -> None:
    shuffled = list(rows)
    random.shuffle(shuffled)
    assert choose_threshold(*columns(rows), measure) == choose_threshold(*columns(shuffled), measure)


@given(LABELLED)
def test_of_equally_good_ones_none_is_nearer_to_a_half(rows: Labelled) -> None:
    chosen = choose_threshold(*columns(rows), "accuracy")
    if accuracy(rows, 0.5) == chosen.value_there:
        assert chosen.value == 0.5
    else:
        # Gaps in which 0.5 is not: each stands for all its thresholds with the one in its middle.
        scores = [p for p in all_cuts(rows) if p <= 1]
        middles = [(low + high) / 2 for low, high in pairwise(scores)]
        good = [middle for middle in middles if accuracy(rows, middle) == chosen.value_there]
        assert all(abs(chosen.value - 0.5) <= abs(middle - 0.5) + 1e-12 for middle in good)


@pytest.mark.parametrize(
    ("rows", "measure", "expected"),
    [
        ([(0, 0.6), (1, 0.8)], "accuracy", 0.7),  # the middle of a gap
        ([(0, 0.2), (1, 0.9)], "accuracy", 0.5),  # 0.5 lies in the gap
        ([(0, 0.1), (1, 0.2)], "accuracy", pytest.approx(0.15)),
        ([(1, 0.1), (0, 0.2)], "f1", 0.1),  # take all: the lowest score itself
        ([(0, 0.9), (0, 0.95), (1, 0.1)], "accuracy", pytest.approx(0.975)),  # take none
        ([(0, 1.0), (0, 1.0), (1, 0.1)], "accuracy", float(np.nextafter(1.0, 2))),
        ([(1, 0.6), (0, 0.7)], "accuracy", 0.5),  # all or none: the nearer to 0.5
    ],
)
def test_which_threshold_stands_for_a_gap(rows: Labelled, measure: Chooser, expected: float) -> None:
    assert choose_threshold(*columns(rows), measure).value == expected


def test_neighbouring_numbers_can_be_told_apart() -> None:
    low = 0.6
    high = float(np.nextafter(low, 1))
    assert choose_threshold([0, 1], [low, high], "accuracy").value == high


def test_a_dear_false_positive_raises_the_threshold() -> None:
    rng = np.random.default_rng(0)
    p = rng.random(4000)
    y = rng.random(4000) < p
    # With calibrated probabilities the best threshold is fp / (fp + fn) (Elkan 2001, eq. 2).
    dear = choose_threshold(y, p, "cost", false_positive_cost=4, false_negative_cost=1)
    cheap = choose_threshold(y, p, "cost", false_positive_cost=1, false_negative_cost=4)
    assert dear.value == pytest.approx(0.8, abs=0.06)
    assert cheap.value == pytest.approx(0.2, abs=0.06)


@pytest.mark.parametrize(
    ("measure", "costs", "message"),
    [
        ("auc", (1, 1), "measure 'auc', expected one of accuracy, f1, cost"),
        ("cost", (-1, 1), r"costs \(-1, 1\)"),
        ("cost", (0, 0), r"costs \(0, 0\)"),
        ("cost", (float("inf"), 1), r"costs \(inf, 1\)"),
    ],
)
def test_bad_wishes_are_named(measure: Chooser, costs: Sequence[float], message: str) -> None:
    with pytest.raises(MetricError, match=message):
        choose_threshold([0, 1], [0.1, 0.9], measure, false_positive_cost=costs[0], false_negative_cost=costs[1])


def test_the_documents_threshold() -> None:
    assert FIXED.as_json() == {"value": 0.5, "measure": "fixed", "chosen_on": "given", "value_there": None}
    assert choose_threshold([0, 1], [0.2, 0.4], "f1").as_json() == {
        "value": pytest.approx(0.3),
        "measure": "f1",
        "chosen_on": "validation",
        "value_there": 1.0,
    }
