"""The result of a run, for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TextIO

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

_LOG_WIDTH = 120
_USERS = 3
_SHOWN = 10
_FIGURES = {"accuracy": "accuracy", "cross_entropy": "cross-entropy", "f1": "F1", "auc": "ROC-AUC"}
_ERRORS = {"rmse": "RMSE", "mae": "MAE"}
_RANKING_FIGURES = {
    "precision@10": "precision@10",
    "recall@10": "recall@10",
    "ndcg@10": "NDCG@10",
    "coverage": "coverage",
}
Summary = Mapping[str, Any]


def make_console(stream: TextIO) -> Console:
    """A console that prints titles and paths as they are, brackets and all; as wide as the terminal, else 120."""
    width = None if stream.isatty() else _LOG_WIDTH
    return Console(file=stream, width=width, highlight=False, markup=False)


def show_result(console: Console, summary: Summary) -> None:
    """Data, metrics, gate, endpoint, predictions, IAM, time."""
    show_data(console, summary["dataset"])
    _show_economy(console, "Training", summary["training"])
    _show_economy(console, "Training of the ranking model", (summary["ranking"] or {}).get("training"))
    if summary["metrics"]:
        console.print(_metrics(summary))
        if summary["ranking"]:
            console.print(_ranking(summary["ranking"]))
        _show_gate(console, summary)
        _show_drift(console, summary["drift"])
    if summary["decision"]:
        _show_endpoint(console, summary)
    if summary["version"]:
        _show_version(console, summary)
    for user in _first_users(summary["predictions"]):
        console.print(_predictions(user, [row for row in summary["predictions"] if row["user"] == user][:_SHOWN]))
    for recommendation in summary["recommendations"][:_USERS]:
        console.print(_recommendations(recommendation))
    if summary["recommendations"]:
        console.print(f"Recommendations are {summary['recommendations_note']}.", soft_wrap=True)
    _show_iam(console, summary["iam"])
    parts = ", ".join(f"{part} {seconds:.1f}" for part, seconds in summary["seconds_by_part"].items())
    console.print(f"Seconds: {summary['seconds']:.1f} ({parts})", soft_wrap=True)
    console.print("Cost: nothing, everything ran on this machine.")


def show_data(console: Console, dataset: Mapping[str, Any]) -> None:
    """Which ratings, and loudly whether they are real."""
    counts = (
        f"{dataset['users']:,} users, {dataset['items']:,} movies, {dataset['feature_dim']:,} columns, "
        f"{dataset['train_rows']:,} ratings to train, {dataset['test_rows']:,} to test"
    )
    where = f"dataset {dataset['name']}: {dataset['origin']}\nformat {dataset['format']}, {dataset['format_found']}"
    if dataset["rejected_rows"]:
        counts += f"\n{dataset['rejected_rows']:,} rows rejected: {_by_reason(dataset['rejected'])}"
    if dataset["synthetic"]:
        title, style = "SYNTHETIC DATA: no figure below says anything about real people or movies", "bold yellow"
    else:
        title, style = "REAL DATA: nothing marks these ratings as synthetic", "bold"
    console.print(Panel(f"{where}\n{counts}", title=title, style=style, expand=False))


def _show_economy(console: Console, what: str, training: Summary | None) -> None:
    """Of managed spot, and of what had to be tried again; on demand at the first try nothing has to be said."""
    known = training or {}
    for attempt in known.get("attempts", []):
        kind = "managed spot" if attempt["spot"] else "on demand"
        console.print(f"{what}: no {kind} instances, tried again: {attempt['reason']}", soft_wrap=True)
    if known.get("spot"):
        saved = "" if known["saved"] is None else f", {known['saved']:.0%} saved"
        console.print(f"{what}: on managed spot, {known['billable_seconds']} seconds billed{saved}", soft_wrap=True)
    elif known.get("attempts"):
        console.print(f"{what}: on demand, {known['billable_seconds']} seconds billed", soft_wrap=True)


def _by_reason(rejected: Mapping[str, int]) -> str:
    return ", ".join(f"{reason.replace('_', ' ')} {count:,}" for reason, count in rejected.items())


def _metrics(summary: Summary) -> Table:
    """Each figure with its interval beside what needs no model: no rule at all, and users' and movies' biases alone."""
    metrics, baselines = summary["metrics"], summary["baselines"]
    intervals, biases = summary["intervals"] or {}, baselines.get("bias_only", {})
    table = Table(title="Test channel", title_justify="left", box=SIMPLE_HEAD)
    for header in ("metric", "this model", "95 % interval", "the blog post, on ml-100k", "biases alone", "baseline"):
        table.add_column(header, justify="left" if header in ("metric", "baseline") else "right")
    for key, name in {**_FIGURES, **_ERRORS}.items():
        if key in metrics:
            blog = baselines.get("blog_ml_100k", {}).get(key)
            baseline = _baseline(key, baselines)
            table.add_row(
                name,
                _figure(metrics[key]),
                _interval(intervals.get(key)),
                _figure(blog),
                _figure(biases.get(key)),
                baseline,
            )
    return table


def _baseline(key: str, baselines: Mapping[str, Any]) -> str:
    """What the simplest rule scores, and which rule that is."""
    of_classifier = {
        "accuracy": ("majority_accuracy", "the majority label"),
        "cross_entropy": ("prior_cross_entropy", "the share of likes"),
        "f1": ("all_positive_f1", "everything liked"),
    }
    if key in _ERRORS:
        return f"{_figure(baselines.get('mean', {}).get(key))} the mean"
    name, which = of_classifier.get(key, ("", "chance"))
    return f"{_figure(baselines.get(name, 0.5))} {which}"


def _ranking(ranking: Mapping[str, Any]) -> Table:
    """What the lists of unseen movies hold of what users liked in the test."""
    popularity = ranking["popularity"]
    table = Table(
        title=f"Ranking of all movies not rated yet, {ranking['users']:,} users", title_justify="left", box=SIMPLE_HEAD
    )
    for header in ("metric", "the ranking model", "95 % interval", "popularity"):
        table.add_column(header, justify="left" if header == "metric" else "right")
    for key, name in _RANKING_FIGURES.items():
        interval = _interval(ranking["intervals"].get(key))
        table.add_row(name, _figure(ranking["metrics"][key]), interval, _figure(popularity["metrics"][key]))
    return table


def _show_gate(console: Console, summary: Summary) -> None:
    _show_verdict(console, "Gate", summary["gate"])
    if summary["ranking"] and "gate" in summary["ranking"]:
        _show_verdict(console, "Gate of the ranking model", summary["ranking"]["gate"])
    if summary["release"]:
        _show_verdict(console, "Release", summary["release"])


def _show_verdict(console: Console, which: str, gate: Mapping[str, Any]) -> None:
    style = "green" if gate["decision"] == "accepted" else "bold red"
    console.print(
        Text.assemble(f"{which}: ", (gate["decision"], style), f": {'; '.join(gate['reasons'])}"), soft_wrap=True
    )


def _show_drift(console: Console, drift: Mapping[str, Any] | None) -> None:
    """Beside the model that was live; nothing where there was none to measure by."""
    if drift and drift["measured"]:
        console.print(f"Drift of the ratings: {drift['reason']}", soft_wrap=True)


def _show_endpoint(console: Console, summary: Summary) -> None:
    endpoint = summary["endpoint"]
    if endpoint is None:
        reasons = {"rejected": "the gate rejected the model", "awaiting_approval": "the model waits for its approval"}
        why = reasons.get(summary["decision"], "the input asked for none")
        of_release = {"rejected": "as it was, an alarm sent the release back", "on_trial": "the model is its shadow"}
        found = of_release[summary["release"]["decision"]] if summary["release"] else f"untouched, {why}"
        console.print(f"Endpoint: {found}; the execution is {summary['status']} all the same.")
        return
    console.print(f"Endpoint: {endpoint['name']} is {endpoint['status']} on {endpoint['config']}", soft_wrap=True)


def _show_version(console: Console, summary: Summary) -> None:
    artifacts = summary["artifacts"]
    waits = summary["decision"] == "awaiting_approval"
    of_decision = {"awaiting_approval": "is published, not live", "on_trial": "is on trial"}
    standing = of_decision.get(summary["decision"], "is live")
    console.print(f"Version: {summary['version']} {standing}, served from {artifacts['bundle']}", soft_wrap=True)
    if package := summary["package"]:
        console.print(f"Model package: {package['arn']} is {package['status']}", soft_wrap=True)
        if waits:
            console.print(f"Deploy it: {package['approve']}", soft_wrap=True)
    if "batch" in artifacts:
        console.print(f"Batch: every user's recommendations are in {artifacts['batch']}", soft_wrap=True)


def _predictions(user: int, rows: list[Mapping[str, Any]]) -> Table:
    table = _titled(f"User {user}, held-out ratings, as the endpoint answers")
    table.add_column("score", justify="right")
    table.add_column("predicted")
    for row in rows:
        predicted = {None: "–", 0: "no like"}.get(row["predicted_label"], "like")
        table.add_row(row["title"], _figure(row["score"]), predicted)
    return table


def _recommendations(recommendation: Mapping[str, Any]) -> Table:
    table = _titled(f"User {recommendation['user']}, highest-scored movies not rated yet")
    table.add_column("score", justify="right")
    table.add_column("popularity rank", justify="right")
    for row in recommendation["items"][:_SHOWN]:
        table.add_row(row["title"], _figure(row["score"]), str(row.get("popularity_rank", "–")))
    return table


def _titled(title: str) -> Table:
    return Table("movie", title=title, title_justify="left", box=SIMPLE_HEAD)


def _first_users(predictions: list[Mapping[str, Any]]) -> list[int]:
    return list(dict.fromkeys(row["user"] for row in predictions))[:_USERS]


def _show_iam(console: Console, iam: Mapping[str, Any]) -> None:
    state = "enforced" if iam["enforced"] else "NOT enforced"
    console.print(f"IAM: {iam['calls']:,} checks {state}, {iam['denied']:,} denied")
    for row in iam["denials"]:
        console.print(f"  denied: {row['role']} {row['action']} on {row['resource']} ({row['count']}×)", soft_wrap=True)


def _interval(bounds: Sequence[float] | None) -> str:
    return "–" if bounds is None else f"{bounds[0]:.4f} to {bounds[1]:.4f}"


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.4f}"
