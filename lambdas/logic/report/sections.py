"""The sections of the page, each left out where the run has nothing for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element

from lambdas.logic.report import words
from lambdas.logic.report.comparison import measure_plot, reported
from lambdas.logic.report.costs import costs
from lambdas.logic.report.curves import curve_plots, threshold_words
from lambdas.logic.report.drift import drift
from lambdas.logic.report.findings import Findings, Json
from lambdas.logic.report.markup import element
from lambdas.logic.report.people import recommendations
from lambdas.logic.report.plots import Plot
from lambdas.logic.report.probabilities import probability_plots
from lambdas.logic.report.ranking import ranking_plots
from lambdas.logic.report.tables import Table, facts
from lambdas.logic.report.timeline import timeline_plot
from lambdas.logic.report.training import loss_plot


@dataclass(frozen=True)
class Section:
    """`anchor` is its own in the page."""

    anchor: str
    title: str
    body: list[Element]

    def element(self) -> Element:
        heading = f"{self.anchor}-heading"
        return element(
            "section", element("h2", self.title, id=heading), *self.body, id=self.anchor, aria_labelledby=heading
        )


def sections(findings: Findings) -> list[Section]:
    """In the order of the page. Raises MalformedDocument."""
    builders: list[tuple[str, str, Callable[[Findings], Iterator[Element]]]] = [
        ("gate", "Gate", _gate),
        ("drift", "Drift from the live model's ratings", drift),
        ("evaluation", "Evaluation on the test channel", _evaluation),
        ("ranking", "Ranking", _ranking),
        ("recommendations", "Recommendations", recommendations),
        ("endpoint", "Serving", _endpoint),
        ("data", "Data", _data),
        ("training", "Training", _training),
        ("states", "Execution", _states),
        ("cost", "Cost", costs),
        ("artifacts", "Artifacts", _artifacts),
    ]
    built = [Section(anchor, title, list(builder(findings))) for anchor, title, builder in builders]
    return [section for section in built if section.body]


def _gate(findings: Findings) -> Iterator[Element]:
    ranking_gate = (findings.ranking or {}).get("gate")
    others = ranking_gate or findings.result.get("release")
    yield from _verdict(findings.evaluation["gate"], "The like model" if others else None)
    if ranking_gate:
        yield from _verdict(ranking_gate, "The ranking model")
    if released := findings.result.get("release"):
        yield from _verdict(released, "The release")


def _verdict(gate: Json, model: str | None) -> Iterator[Element]:
    decision = gate["decision"]
    if model:
        yield element("h3", model)
    said = decision.replace("_", " ").capitalize()
    yield element("p", element("strong", said, class_=f"verdict {decision}"), " because")
    yield element("ul", *(element("li", reason) for reason in gate["reasons"]))
    if compared := gate.get("comparison"):
        yield _champion(compared)


def _champion(compared: Json) -> Element:
    """Both models on the same holdout, as `fm.evaluation.comparison` says it."""
    header = (
        "measure",
        "champion (live)",
        "challenger (this run)",
        "worse by",
        f"{100 * compared['level']:g} % interval",
    )
    row = (
        words.metric(compared["measure"]),
        compared["champion"],
        compared["challenger"],
        compared["worse_by"],
        words.interval(compared["interval"]),
    )
    return Table(header, [row]).element()


def _evaluation(findings: Findings) -> Iterator[Element]:
    evaluation, name = findings.evaluation, findings.dataset["name"]
    if threshold := threshold_words(evaluation.get("threshold") or {}, evaluation["metrics"].get("threshold")):
        yield element("p", threshold)
    yield from _side_by_side([measure_plot(evaluation, name)])
    yield from _side_by_side([*curve_plots(evaluation), *probability_plots(evaluation)])
    yield from reported(evaluation)


def _ranking(findings: Findings) -> Iterator[Element]:
    ranking = findings.ranking
    if not ranking:
        return
    sampled = ranking.get("sampled")
    whom = (
        f"A sample of {ranking['users']:,} users, of {sampled['of']:,}," if sampled else f"{ranking['users']:,} users"
    )
    yield element(
        "p",
        f"{whom} are each offered the {ranking['k']} movies that score highest among those they have not rated. A find "
        f"is a movie that they {ranking['relevant']}.",
    )
    for plot in ranking_plots(ranking):
        yield from _side_by_side([plot])


def _endpoint(findings: Findings) -> Iterator[Element]:
    verified, endpoint = findings.result["verified"], findings.result["endpoint"]
    if verified:
        yield element(
            "p",
            f"Endpoint {endpoint['name']}, {endpoint['status']} on {endpoint['config']}. {verified['rows']:,} answers "
            f"differ from the artifact's own scores by {verified['largest_gap']:.1e} at most.",
        )
    else:
        shadow = "The model answers nobody, so that its answers were not verified."
        yield element("p", shadow if _is_on_trial(findings) else "No endpoint was deployed.")
    waits = findings.result["decision"] == "awaiting_approval"
    if version := findings.result.get("version"):
        live = "by which the API recommends and predicts"
        trial = "which is not the live one: restore it, and it will be"
        waiting = "which is not live: it is deployed once its model package is approved"
        yield element(
            "p", f"Published as version {version}, {waiting if waits else trial if _is_on_trial(findings) else live}."
        )
    if package := findings.result.get("package"):
        approve = {"approve it": package["approve"]} if waits else {}
        yield facts({"model package": package["arn"], "status": package["status"], **approve})


def _is_on_trial(findings: Findings) -> bool:
    return bool(findings.result["decision"] == "on_trial")


def _data(findings: Findings) -> Iterator[Element]:
    data = findings.dataset
    yield facts(
        {
            "name": data["name"],
            "synthetic": data["synthetic"],
            **{words: data[name] for name, words in (("source", "source"), ("how", "obtained")) if name in data},
            "format": data["format"],
            "how it was known": data["format_found"],
            "prepared by": data["engine"],
            "learns": words.task(data["task"], findings.liked_at_least),
            "from": words.features(data["features"]),
            "held out": words.split(data["split"]),
        }
    )
    counts = {"users": data["users"], "movies": data["items"], "columns of a row": data["feature_dim"]}
    rows = {
        "training rows": data["train_rows"],
        "validation rows": data["validation_rows"],
        "test rows": data["test_rows"],
    }
    yield facts(counts | rows | _rejected(data))


def _rejected(data: Json) -> dict[str, Any]:
    """Rows left out, by reason; none is said as well."""
    cold = {"of users without a training rating": data["cold_rows"]} if data["cold_rows"] else {}
    reasons = {f"rejected: {reason.replace('_', ' ')}": count for reason, count in data["rejected"].items()}
    return {"rejected rows": data["rejected_rows"], **reasons, **cold}


def _training(findings: Findings) -> Iterator[Element]:
    preset = {"preset": findings.job["preset"]} if findings.job.get("preset") else {}
    yield from _job(findings.result["training"], preset)
    ranking = (findings.result.get("ranking") or {}).get("training")
    if ranking:
        yield element("h3", "The ranking model")
        yield from _job(ranking, {})
    yield from _side_by_side(
        [
            loss_plot(findings.epochs, findings.evaluation["metrics"], model="like"),
            loss_plot(findings.ranking_epochs, {}, model="ranking"),
        ]
    )


def _job(training: Json, preset: Json) -> Iterator[Element]:
    yield facts(
        {
            "job": training["job"],
            "seconds": training["seconds"],
            **words.economy(training),
            **preset,
            **training["hyperparameters"],
        }
    )


def _states(findings: Findings) -> Iterator[Element]:
    yield from _side_by_side([timeline_plot(findings.states)])


def _artifacts(findings: Findings) -> Iterator[Element]:
    yield facts(findings.result["artifacts"])


def _side_by_side(plots: list[Plot | None]) -> Iterator[Element]:
    drawn = [plot.element() for plot in plots if plot is not None]
    if drawn:
        yield element("div", *drawn, class_="plots")
