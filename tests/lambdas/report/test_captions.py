"""What the words of a plot claim of its numbers, and what is left out where numbers are missing."""

from __future__ import annotations

from typing import Any

import pytest

from lambdas.logic.report.comparison import measure_plot
from lambdas.logic.report.curves import curve_plots, threshold_words
from lambdas.logic.report.documents import MalformedDocument
from lambdas.logic.report.probabilities import probability_plots
from lambdas.logic.report.ranking import ranking_plots
from lambdas.logic.report.training import loss_plot
from tests.lambdas.remembered import remembered
from tests.lambdas.report import planted
from tests.lambdas.report.elements import drawing, table
from tests.lambdas.report.figures import CURVES, EVALUATION, FIGURES, caption


def test_captions_say_this_runs_numbers() -> None:
    own = EVALUATION["metrics"]
    assert f"The area below it is {own['auc']:.3f}" in caption(FIGURES["roc"])
    assert f"{100 * own['positives'] / own['rows']:.1f} % of the time (dashed)" in caption(FIGURES["precision-recall"])
    assert "from 0.6850 to 0.5307 in 50 epochs, lowest in epoch 50" in caption(FIGURES["loss"])
    assert "Train Ranking Model took longest, 5.9 s" in caption(FIGURES["timeline"])
    assert "above popularity beyond both intervals in all of them" in caption(FIGURES["ranking-measures"])


def test_the_mean_gap_of_the_calibration_is_over_rows() -> None:
    gaps = [abs(row["mean_probability"] - row["share_positive"]) * row["rows"] for row in CURVES["calibration"]]
    mean = sum(gaps) / sum(row["rows"] for row in CURVES["calibration"])
    assert f"differ by {100 * mean:.1f} percentage points on average" in caption(FIGURES["calibration"])


def _evaluation_with(value: float, low: float, high: float, bias_only: float) -> dict[str, Any]:
    return {
        "metrics": {"auc": value},
        "intervals": {"auc": [low, high]},
        "baselines": {"bias_only": {"auc": bias_only}},
    }


@pytest.mark.parametrize(
    ("bias_only", "words"),
    [
        (0.74, "beyond every baseline of this run in all measures"),
        (0.755, "surely beyond every baseline of this run in none of them"),
        (0.80, "surely beyond every baseline of this run in none of them"),
    ],
)
def test_what_is_beyond_the_baselines_goes_by_the_interval(bias_only: float, words: str) -> None:
    assert words in caption(measure_plot(_evaluation_with(0.76, 0.75, 0.77, bias_only), "other").element())


@pytest.mark.parametrize("loss", ["cross_entropy", "brier", "rmse"])
def test_a_loss_is_better_below(loss: str) -> None:
    document = {
        "metrics": {loss: 0.5, "auc": 0.76},
        "intervals": {loss: [0.49, 0.51], "auc": [0.75, 0.77]},
        "baselines": {"bias_only": {loss: 0.52, "auc": 0.77}},
    }
    words = caption(measure_plot(document, "other").element())
    name = {"cross_entropy": "cross-entropy", "brier": "Brier score", "rmse": "RMSE"}[loss]
    assert f"beyond every baseline of this run in {name}; in ROC-AUC a baseline is as good" in words


def test_a_measure_that_another_is_traded_for_proves_nothing() -> None:
    document = {
        "metrics": {"recall": 0.9},
        "intervals": {"recall": [0.8, 1]},
        "baselines": {"bias_only": {"recall": 0.5}},
    }
    assert "beyond" not in caption(measure_plot(document, "other").element())


@pytest.mark.parametrize(
    ("popular", "words"),
    [
        ({}, "above popularity beyond both intervals in all of them"),
        ({"map@10": [0.1, 0.2]}, "in precision@10, recall@10, NDCG@10, and not in MAP@10"),
        ({key: [0, 0.4] for key in ("precision@10", "recall@10", "ndcg@10", "map@10")}, "in none of them"),
    ],
)
def test_what_is_beyond_popularity_goes_by_both_intervals(popular: dict[str, Any], words: str) -> None:
    ranking = planted.ranking()
    ranking["popularity"]["intervals"] |= popular
    assert words in next(ranking_plots(ranking)).caption


def test_the_blogs_figures_are_shown_for_its_data_only() -> None:
    assert "the blog post" not in table(measure_plot(EVALUATION, "ml-1m").element())[0]


def test_an_evaluation_of_before_has_its_measures_and_no_curves() -> None:
    old = remembered()["evaluation"]
    assert table(measure_plot(old, "tiny").element())[0] == ["measure", "this model", "no model", "which"]
    assert [*curve_plots(old), *probability_plots(old)] == []


@pytest.mark.parametrize("curve", CURVES)
def test_a_curve_that_is_not_there_is_left_out(curve: str) -> None:
    rest = {name: values for name, values in CURVES.items() if name != curve}
    plots = [plot.name for build in (curve_plots, probability_plots) for plot in build({**EVALUATION, "curves": rest})]
    assert plots == [name.replace("_", "-") for name in rest]


def test_a_regressor_has_its_own_measures() -> None:
    rows = table(measure_plot(planted.regression(), "tiny").element())
    assert rows[1] == ["RMSE", "0.9412", "0.9300 to 0.9524", "0.9601", "1.1256", "mean rating"]
    assert [row[0] for row in rows] == ["measure", "RMSE", "MAE", "MSE"]


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"measure": "fixed", "chosen_on": "given"}, "The threshold is 0.46, as given."),
        ({}, "The threshold is 0.46, as given."),
        (
            {"measure": "f1", "chosen_on": "validation", "value_there": 0.75},
            "The threshold 0.460 was chosen for F1 on the validation rows (0.750 there).",
        ),
        (
            {"measure": "cost", "chosen_on": "validation", "value_there": None},
            "The threshold 0.460 was chosen for the cost of errors on the validation rows.",
        ),
    ],
)
def test_how_the_threshold_was_chosen(rule: dict[str, Any], words: str) -> None:
    assert threshold_words(rule, 0.46) == words


@pytest.mark.parametrize("epochs", [None, [], [{"epoch": 0, "accuracy": 0.7}]])
def test_no_loss_no_plot(epochs: Any) -> None:
    assert loss_plot(epochs, {}) is None


def test_a_single_epoch_is_a_dot() -> None:
    plot = loss_plot(planted.epochs(1), {"cross_entropy": 0.6})
    assert plot is not None
    assert [use for use in drawing(plot.element()).iter("use") if "fill-model" in use.get("class", "")]


def test_edges_are_one_more_than_bins() -> None:
    broken = {**CURVES, "scores": {**CURVES["scores"], "edges": [0, 1]}}
    with pytest.raises(MalformedDocument, match=r"scores: 2 edges of 50 bins, expected one more"):
        list(probability_plots({**EVALUATION, "curves": broken}))


@pytest.mark.parametrize("bounds", [[0.8], [0.8, 0.7], [0.1, 0.2, 0.3]])
def test_an_interval_has_two_ends_in_order(bounds: list[float]) -> None:
    with pytest.raises(MalformedDocument, match=r"intervals\.auc: .*expected the lower and the upper end"):
        measure_plot({"metrics": {"auc": 0.7}, "intervals": {"auc": bounds}, "baselines": {}}, "other")
