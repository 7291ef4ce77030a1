"""Every plot has a title, a caption, a name, and the numbers of its document in its table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from xml.etree.ElementTree import Element

import pytest

from tests.lambdas.report import planted
from tests.lambdas.report.elements import column, drawing, table
from tests.lambdas.report.figures import CURVES, EVALUATION, FIGURES


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
