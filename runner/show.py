"""The result of a run, for people."""

from __future__ import annotations

from collections.abc import Mapping
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
Summary = Mapping[str, Any]


def make_console(stream: TextIO) -> Console:
    """A console that prints titles and paths as they are, brackets and all; as wide as the terminal, else 120."""
    width = None if stream.isatty() else _LOG_WIDTH
    return Console(file=stream, width=width, highlight=False, markup=False)


def show_result(console: Console, summary: Summary) -> None:
    """Data, metrics, gate, endpoint, predictions, IAM, time."""
    show_data(console, summary["dataset"])
    if summary["metrics"]:
        console.print(_metrics(summary))
        _show_gate(console, summary)
    if summary["decision"]:
        _show_endpoint(console, summary)
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


def _by_reason(rejected: Mapping[str, int]) -> str:
    return ", ".join(f"{reason.replace('_', ' ')} {count:,}" for reason, count in rejected.items())


def _metrics(summary: Summary) -> Table:
    metrics, baselines = summary["metrics"], summary["baselines"]
    blog = baselines.get("blog_ml_100k", {})
    majority = {
        "accuracy": (baselines["majority_accuracy"], "the majority label"),
        "cross_entropy": (baselines["prior_cross_entropy"], "the share of likes"),
        "f1": (baselines["all_positive_f1"], "everything liked"),
        "auc": (0.5, "chance"),
    }
    table = Table(title="Test channel", title_justify="left", box=SIMPLE_HEAD)
    for header in ("metric", "this model", "the blog post, on ml-100k", "baseline", "which baseline"):
        table.add_column(header, justify="left" if header in ("metric", "which baseline") else "right")
    for key, name in _FIGURES.items():
        baseline, which = majority[key]
        table.add_row(name, _figure(metrics[key]), _figure(blog.get(key)), _figure(baseline), which)
    return table


def _show_gate(console: Console, summary: Summary) -> None:
    gate = summary["gate"]
    style = "green" if gate["decision"] == "accepted" else "bold red"
    line = Text.assemble("Gate: ", (gate["decision"], style), f": {'; '.join(gate['reasons'])}")
    console.print(line, soft_wrap=True)


def _show_endpoint(console: Console, summary: Summary) -> None:
    endpoint = summary["endpoint"]
    if endpoint is None:
        why = "the gate rejected the model" if summary["decision"] == "rejected" else "the input asked for none"
        console.print(f"Endpoint: untouched, {why}; the execution is {summary['status']} all the same.")
        return
    console.print(f"Endpoint: {endpoint['name']} is {endpoint['status']} on {endpoint['config']}", soft_wrap=True)


def _predictions(user: int, rows: list[Mapping[str, Any]]) -> Table:
    table = _titled(f"User {user}, held-out ratings, as the endpoint answers")
    for row in rows:
        table.add_row(row["title"], _figure(row["score"]), "like" if row["predicted_label"] else "no like")
    return table


def _recommendations(recommendation: Mapping[str, Any]) -> Table:
    table = _titled(f"User {recommendation['user']}, highest-scored movies not rated yet")
    for row in recommendation["items"][:_SHOWN]:
        table.add_row(row["title"], _figure(row["score"]), "like" if row["predicted_label"] else "no like")
    return table


def _titled(title: str) -> Table:
    table = Table("movie", title=title, title_justify="left", box=SIMPLE_HEAD)
    table.add_column("probability of a like", justify="right")
    table.add_column("predicted")
    return table


def _first_users(predictions: list[Mapping[str, Any]]) -> list[int]:
    return list(dict.fromkeys(row["user"] for row in predictions))[:_USERS]


def _show_iam(console: Console, iam: Mapping[str, Any]) -> None:
    state = "enforced" if iam["enforced"] else "NOT enforced"
    console.print(f"IAM: {iam['calls']:,} checks {state}, {iam['denied']:,} denied")
    for row in iam["denials"]:
        console.print(f"  denied: {row['role']} {row['action']} on {row['resource']} ({row['count']}×)", soft_wrap=True)


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.4f}"
