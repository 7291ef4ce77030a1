"""Every plot shows the numbers of its document: in its table, in its words and in what is drawn."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from xml.etree.ElementTree import Element, tostring

import numpy as np
import pytest
from numpy.typing import NDArray

from lambdas.logic.report.comparison import measure_plot
from lambdas.logic.report.curves import curve_plots, threshold_words
from lambdas.logic.report.documents import MalformedDocument
from lambdas.logic.report.plots import Plot
from lambdas.logic.report.probabilities import probability_plots
from lambdas.logic.report.ranking import ranking_plots
from lambdas.logic.report.timeline import timeline_plot
from lambdas.logic.report.training import loss_plot
from tests.lambdas.remembered import remembered
from tests.lambdas.report import planted
from tests.lambdas.report.elements import column, drawing, drawn, on_unit_axes, table

EVALUATION = planted.evaluation()
CURVES = EVALUATION["curves"]


def _by_name(plots: Iterable[Plot | None]) -> dict[str, Element]:
    return {plot.name: plot.element() for plot in plots if plot is not None}


FIGURES = _by_name(
    [
        measure_plot(EVALUATION, "ml-100k"),
        *curve_plots(EVALUATION),
        *probability_plots(EVALUATION),
        *ranking_plots(planted.ranking()),
        loss_plot(planted.epochs(), EVALUATION["metrics"]),
        timeline_plot(planted.states()),
    ]
)


def _four(values: Iterable[float]) -> list[str]:
    return [f"{value:.4f}" for value in values]


def _whole(values: Iterable[float]) -> list[str]:
    return [f"{value:,}" for value in values]


def test_there_is_every_plot() -> None:
    assert list(FIGURES) == [
        "measures",
        "roc",
        "precision-recall",
        "thresholds",
        "calibration",
        "scores",
        "ranking-measures",
        "frequency",
        "loss",
        "timeline",
    ]


@pytest.mark.parametrize("name", FIGURES)
def test_each_has_a_title_a_caption_a_name_and_its_numbers(name: str) -> None:
    figure = FIGURES[name]
    heading, svg, caption, details = figure
    assert (heading.tag, caption.tag, details.tag) == ("h3", "figcaption", "details")
    assert figure.get("aria-labelledby") == heading.get("id")
    assert svg.get("role") == "img"
    words = str(svg.get("aria-label"))
    assert str(heading.text) in words
    assert str(caption[0].text) in words
    assert len(str(caption[0].text)) > 60
    assert len(table(figure)) > 1


@pytest.mark.parametrize("name", FIGURES)
def test_no_element_has_a_style_or_a_colour_of_its_own(name: str) -> None:
    nodes = list(drawing(FIGURES[name]).iter())
    assert not [node for node in nodes if "style" in node.attrib or node.tag == "style"]
    assert {node.get(key) for node in nodes for key in ("fill", "stroke")} <= {None, "none"}
    assert not [node for node in nodes if node.tag in ("path", "text", "use") and not _is_painted(node)]


def _is_painted(node: Element) -> bool:
    """By a role, or not at all; shapes with an id are painted where they are used."""
    return bool(node.get("class")) or node.get("fill") == "none" or "id" in node.attrib


@pytest.mark.parametrize(
    ("name", "curve", "columns"),
    [
        (
            "roc",
            "roc",
            {
                "false positive rate": "false_positive_rate",
                "true positive rate": "true_positive_rate",
                "threshold": "threshold",
            },
        ),
        ("precision-recall", "precision_recall", {name: name for name in ("recall", "precision", "threshold")}),
        (
            "thresholds",
            "thresholds",
            {
                "threshold": "threshold",
                "accuracy": "accuracy",
                "F1": "f1",
                "precision": "precision",
                "recall": "recall",
            },
        ),
    ],
)
def test_the_table_of_a_curve_is_the_curve(name: str, curve: str, columns: Mapping[str, str]) -> None:
    assert table(FIGURES[name])[0] == list(columns)
    for header, key in columns.items():
        assert column(FIGURES[name], header) == _four(CURVES[curve][key])


def test_the_table_of_the_calibration() -> None:
    bins = CURVES["calibration"]
    for header, key in (
        ("from", "low"),
        ("to", "high"),
        ("mean predicted probability", "mean_probability"),
        ("share liked", "share_positive"),
    ):
        assert column(FIGURES["calibration"], header) == _four(row[key] for row in bins)
    assert column(FIGURES["calibration"], "test rows") == _whole(row["rows"] for row in bins)


def test_the_table_of_the_scores() -> None:
    scores, figure = CURVES["scores"], FIGURES["scores"]
    assert column(figure, "from") == _four(scores["edges"][:-1])
    assert column(figure, "to") == _four(scores["edges"][1:])
    assert column(figure, "liked") == _whole(scores["positives"])
    assert column(figure, "not liked") == _whole(scores["negatives"])


def test_the_table_of_the_epochs_counts_from_one() -> None:
    epochs = planted.epochs()
    assert column(FIGURES["loss"], "epoch") == [str(number) for number in range(1, 51)]
    assert column(FIGURES["loss"], "cross-entropy") == _four(epoch["cross_entropy"] for epoch in epochs)
    assert column(FIGURES["loss"], "accuracy") == _four(epoch["accuracy"] for epoch in epochs)


def test_the_table_of_the_frequency() -> None:
    frequency = planted.ranking()["frequency"]
    for header, key in (
        ("likes in training", "train_likes"),
        ("recommended by this model", "recommended_by_model"),
        ("recommended by popularity", "recommended_by_popularity"),
    ):
        assert column(FIGURES["frequency"], header) == _whole(frequency[key])


def test_the_table_of_the_ranking_measures() -> None:
    ranking, figure = planted.ranking(), FIGURES["ranking-measures"]
    assert column(figure, "this model") == _four(ranking["metrics"].values())
    assert column(figure, "popularity") == _four(ranking["popularity"]["metrics"].values())
    low, high = ranking["intervals"]["ndcg@10"]
    assert column(figure, "95 % interval")[2] == f"{low:.4f} to {high:.4f}"
    assert column(figure, "95 % interval")[4] == "–"


def test_the_table_of_the_states() -> None:
    states, figure = planted.states(), FIGURES["timeline"]
    assert column(figure, "state") == [state["name"] for state in states]
    assert column(figure, "entered after, seconds") == _four(state["entered"] for state in states)
    assert column(figure, "took, seconds")[:-1] == _four(state["seconds"] for state in states[:-1])
    assert column(figure, "took, seconds")[-1] == "–"


def test_the_table_of_the_measures_has_baselines_and_the_blogs() -> None:
    figure = FIGURES["measures"]
    assert column(figure, "measure")[:3] == ["accuracy", "balanced accuracy", "ROC-AUC"]
    named = dict(zip(column(figure, "measure"), table(figure)[1:], strict=True))
    own, blurred = EVALUATION["metrics"], EVALUATION["baselines"]["bias_only"]
    low, high = EVALUATION["intervals"]["accuracy"]
    assert named["accuracy"] == [
        "accuracy",
        f"{own['accuracy']:.4f}",
        f"{low:.4f} to {high:.4f}",
        f"{blurred['accuracy']:.4f}",
        "0.5612",
        "majority label",
        "0.7159",
    ]
    assert named["cross-entropy"][4:] == ["0.6868", "share of likes", "0.5811"]
    assert named["F1"][4:] == ["0.7189", "everything liked", "0.7456"]
    assert named["ROC-AUC"][4:] == ["0.5000", "chance", "–"]


@pytest.mark.parametrize(
    ("name", "curve", "x", "y"),
    [("roc", "roc", "false_positive_rate", "true_positive_rate")],
)
def test_the_curve_is_drawn_where_its_numbers_are(name: str, curve: str, x: str, y: str) -> None:
    line = on_unit_axes(FIGURES[name], max(drawn(FIGURES[name], "model"), key=len))
    given = np.column_stack([CURVES[curve][x], CURVES[curve][y]])
    assert len(line) > 50
    np.testing.assert_allclose(line[[0, -1]], given[[0, -1]], atol=1e-3)
    assert max(_distance(corner, given) for corner in line) < 1e-3
    assert max(_distance(corner, line) for corner in given) < 2e-3


def _distance(point: NDArray[np.float64], line: NDArray[np.float64]) -> float:
    """Of a point (2,) to the nearest piece of a line (n, 2)."""
    start, along = line[:-1], np.diff(line, axis=0)
    lengths = np.maximum((along**2).sum(1), 1e-18)
    at = np.clip(((point - start) * along).sum(1) / lengths, 0, 1)
    return float(np.sqrt((((start + at[:, None] * along) - point) ** 2).sum(1)).min())


def test_calibration_is_drawn_where_its_numbers_are() -> None:
    figure = FIGURES["calibration"]
    line = on_unit_axes(figure, max(drawn(figure, "model"), key=len))
    given = [[row["mean_probability"], row["share_positive"]] for row in CURVES["calibration"]]
    np.testing.assert_allclose(line, given, atol=1e-3)


def test_the_chosen_threshold_is_marked_on_the_curve() -> None:
    figure = FIGURES["roc"]
    dot = next(node for node in drawing(figure).iter("use") if "fill-ink" in node.get("class", ""))
    at = on_unit_axes(figure, np.array([float(dot.get(axis, "nan")) for axis in "xy"]))
    nearest = int(np.argmin(np.abs(np.array(CURVES["roc"]["threshold"]) - 0.46)))
    expected = [CURVES["roc"][key][nearest] for key in ("false_positive_rate", "true_positive_rate")]
    np.testing.assert_allclose(at, expected, atol=1e-3)


def test_whiskers_begin_and_end_where_the_interval_does() -> None:
    """On the scale of a panel: the whisker's ends are to its dot as the interval's ends are to the value."""
    figure = FIGURES["measures"]
    whiskers = [line for line in drawn(figure, "model") if len(line) == 2]
    low, high = EVALUATION["intervals"]["accuracy"]
    value = EVALUATION["metrics"]["accuracy"]
    dots = [float(use.get("x", "nan")) for use in drawing(figure).iter("use") if "fill-model" in use.get("class", "")]
    (start, end), dot = whiskers[0][:, 0], dots[0]
    assert (dot - start) / (end - start) == pytest.approx((value - low) / (high - low), abs=0.01)
    assert len(whiskers) == len(dots) - 1 == 9, "one of the dots is the legend's"


def test_a_bar_is_as_long_as_its_state_took() -> None:
    bars = [_extent(path) for path in drawing(FIGURES["timeline"]).iter("path") if path.get("class") == "fill-model"]
    validate, fetch, prepare = bars[:3]
    assert (prepare[1] - prepare[0]) / (validate[1] - validate[0]) == pytest.approx(1.7 / 1.1, rel=0.01)
    assert (fetch[0] - validate[0]) / (validate[1] - validate[0]) == pytest.approx(1.12 / 1.1, rel=0.01)


def _extent(path: Element) -> tuple[float, float]:
    numbers = [float(word) for word in str(path.get("d")).split() if word[-1].isdigit()]
    return min(numbers[::2]), max(numbers[::2])


def _caption(figure: Element) -> str:
    return " ".join("".join(part.itertext()) for part in figure.iter("figcaption"))


def test_captions_say_this_runs_numbers() -> None:
    own = EVALUATION["metrics"]
    assert f"The area below it is {own['auc']:.3f}" in _caption(FIGURES["roc"])
    assert f"{100 * own['positives'] / own['rows']:.1f} % of the time (dashed)" in _caption(FIGURES["precision-recall"])
    assert "from 0.6850 to 0.5307 in 50 epochs, lowest in epoch 50" in _caption(FIGURES["loss"])
    assert "Train Ranking Model took longest, 5.9 s" in _caption(FIGURES["timeline"])
    assert "above popularity beyond both intervals in all of them" in _caption(FIGURES["ranking-measures"])


def test_the_mean_gap_of_the_calibration_is_over_rows() -> None:
    gaps = [abs(row["mean_probability"] - row["share_positive"]) * row["rows"] for row in CURVES["calibration"]]
    mean = sum(gaps) / sum(row["rows"] for row in CURVES["calibration"])
    assert f"differ by {100 * mean:.1f} percentage points on average" in _caption(FIGURES["calibration"])


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
    assert words in _caption(measure_plot(_evaluation_with(0.76, 0.75, 0.77, bias_only), "other").element())


@pytest.mark.parametrize("loss", ["cross_entropy", "brier", "rmse"])
def test_a_loss_is_better_below(loss: str) -> None:
    document = {
        "metrics": {loss: 0.5, "auc": 0.76},
        "intervals": {loss: [0.49, 0.51], "auc": [0.75, 0.77]},
        "baselines": {"bias_only": {loss: 0.52, "auc": 0.77}},
    }
    words = _caption(measure_plot(document, "other").element())
    name = {"cross_entropy": "cross-entropy", "brier": "Brier score", "rmse": "RMSE"}[loss]
    assert f"beyond every baseline of this run in {name}; in ROC-AUC a baseline is as good" in words


def test_a_measure_that_another_is_traded_for_proves_nothing() -> None:
    document = {
        "metrics": {"recall": 0.9},
        "intervals": {"recall": [0.8, 1]},
        "baselines": {"bias_only": {"recall": 0.5}},
    }
    assert "beyond" not in _caption(measure_plot(document, "other").element())


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


@pytest.mark.parametrize("states", [None, []])
def test_no_states_no_plot(states: Any) -> None:
    assert timeline_plot(states) is None


def test_states_may_be_dated() -> None:
    states = [
        {"name": "Late", "entered": "2026-01-31T12:00:02.500Z", "seconds": 1.0, "status": "FAILED"},
        {"name": "Early", "entered": "2026-01-31T13:00:00+01:00", "seconds": 2.0, "status": "SUCCEEDED"},
    ]
    plot = timeline_plot(states)
    assert plot is not None
    assert column(plot.element(), "entered after, seconds") == ["2.5000", "0.0000"]
    assert "(failed)" in "".join(drawing(plot.element()).itertext())


@pytest.mark.parametrize("entered", [None, "yesterday", [1]])
def test_a_state_without_a_time_is_named(entered: Any) -> None:
    with pytest.raises(MalformedDocument, match=r"states\[0\]\.entered .*, expected seconds, or a time as 2026"):
        timeline_plot([{"name": "A", "entered": entered, "seconds": 1.0, "status": "SUCCEEDED"}])


def test_names_of_states_are_text_whatever_they_hold() -> None:
    name = "七 $x_1$ </script><script>\x1b"
    plot = timeline_plot([{"name": name, "entered": 0, "seconds": 1.0, "status": "SUCCEEDED"}])
    assert plot is not None
    assert "七 $x_1$ </script><script>\ufffd" in "".join(drawing(plot.element()).itertext())
    assert "<script>" not in tostring(plot.element(), encoding="unicode", method="html")


def test_a_long_name_is_whole_in_the_table_and_cut_in_the_drawing() -> None:
    plot = timeline_plot([{"name": "N" * 80, "entered": 0, "seconds": 1.0, "status": "SUCCEEDED"}])
    assert plot is not None
    assert column(plot.element(), "state") == ["N" * 80]
    assert f"{'N' * 39}…  1.0 s" in "".join(drawing(plot.element()).itertext())


def test_edges_are_one_more_than_bins() -> None:
    broken = {**CURVES, "scores": {**CURVES["scores"], "edges": [0, 1]}}
    with pytest.raises(MalformedDocument, match=r"scores: 2 edges of 50 bins, expected one more"):
        list(probability_plots({**EVALUATION, "curves": broken}))


@pytest.mark.parametrize("bounds", [[0.8], [0.8, 0.7], [0.1, 0.2, 0.3]])
def test_an_interval_has_two_ends_in_order(bounds: list[float]) -> None:
    with pytest.raises(MalformedDocument, match=r"intervals\.auc: .*expected the lower and the upper end"):
        measure_plot({"metrics": {"auc": 0.7}, "intervals": {"auc": bounds}, "baselines": {}}, "other")
