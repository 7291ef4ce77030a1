"""The top of the page: which run, what became of it, and its figures at a glance."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from lambdas.logic.report import words
from lambdas.logic.report.findings import Findings
from lambdas.logic.report.markup import element, isolated
from lambdas.logic.report.measures import Measure, interval_of, measures

_AT_A_GLANCE = ("cross_entropy", "accuracy", "auc", "f1", "rmse", "mae")
SYNTHETIC = (
    "Synthetic data: these ratings were generated. No figure on this page says anything about real people or real "
    "movies."
)
REAL = "Real data: nothing marks these ratings as synthetic."


def head(findings: Findings) -> Element:
    """The `header` of the page."""
    result, data = findings.result, findings.dataset
    was_sent_back = (result.get("release") or {}).get("decision") == "rejected"
    became = "rolled back" if was_sent_back else result["decision"]
    counts = (
        f"{data['users']:,} users, {data['items']:,} movies, {data['train_rows']:,} ratings to train and "
        f"{data['test_rows']:,} to test"
    )
    return element(
        "header",
        element("p", "Movie recommender", class_="eyebrow"),
        element("h1", isolated(str(data["name"])), f": {words.decision(became)}"),
        element("p", SYNTHETIC, class_="notice", role="note") if data["synthetic"] else element("p", REAL),
        element("p", counts, class_="lead"),
        element("dl", *_glance(findings), class_="glance"),
    )


def _glance(findings: Findings) -> Iterator[Element]:
    """A card for each of the most asked-for figures."""
    found = {measure.key: measure for measure in measures(findings.evaluation, findings.dataset["name"])}
    for key in _AT_A_GLANCE:
        if key in found:
            yield _card(words.metric(key), found[key].value, found[key].interval, _against(found[key]))
    ranking = findings.ranking
    if ranking:
        key = f"ndcg@{ranking['k']}"
        if key in ranking["metrics"]:
            rival = ranking["popularity"]["metrics"].get(key)
            against = None if rival is None else f"popularity {rival:.3f}"
            bounds = interval_of(ranking.get("intervals", {}), key)
            yield _card(words.metric(key), ranking["metrics"][key], bounds, against)


def _against(measure: Measure) -> str | None:
    if measure.bias_only is not None:
        return f"biases only {measure.bias_only:.3f}"
    return None if measure.simple is None else f"{measure.simple_name} {measure.simple:.3f}"


def _card(name: str, value: float, interval: tuple[float, float] | None, against: str | None) -> Element:
    return element(
        "div",
        element("dt", name),
        element("dd", f"{value:.3f}", class_="value"),
        None if interval is None else element("dd", f"95 %: {interval[0]:.3f} to {interval[1]:.3f}"),
        None if against is None else element("dd", against),
    )
