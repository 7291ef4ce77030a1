"""The report of one execution: a plain HTML page without scripts or outside resources."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

_STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; margin: 0 0 1.5rem; }
th, td { text-align: left; padding: .2rem 1rem .2rem 0; border-bottom: 1px solid #8885; }
td.number { text-align: right; font-variant-numeric: tabular-nums; }
.notice { border: 2px solid; padding: .5rem 1rem; font-weight: 600; }
"""


def as_html(result: Mapping[str, Any], scored: Mapping[str, Any] | None) -> str:
    """`result` is the execution's output, `scored` the titled predictions where an endpoint was deployed."""
    data = result["dataset"]
    sections = [
        f"<h1>Movie recommender: {escape(result['decision'])}</h1>",
        _synthetic_notice(data),
        "<h2>Data</h2>",
        _facts({name: data[name] for name in ("name", "source", "how", "format", "format_found", "engine")}),
        _facts(
            {"split": _split(data["split"]), "columns beside users and items": ", ".join(data["features"]) or "none"}
        ),
        _facts(
            {name: data[name] for name in ("users", "items", "feature_dim", "train_rows", "test_rows", "synthetic")}
        ),
        _rejected(data),
        "<h2>Evaluation on the test channel</h2>",
        _metrics(result),
        "<h2>Gate</h2>",
        f"<p>{escape(result['gate']['decision'])}: {escape('; '.join(result['gate']['reasons']))}</p>",
        "<h2>Training</h2>",
        _facts({"job": result["training"]["job"], "seconds": result["training"]["seconds"]}),
        _facts(result["training"]["hyperparameters"]),
        *(_scored(result, scored) if scored else ["<p>Nothing was deployed.</p>"]),
        "<h2>Artifacts</h2>",
        _facts(result["artifacts"]),
    ]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Movie recommender report</title><style>{_STYLE}</style></head><body>{''.join(sections)}</body></html>"
    )


def _synthetic_notice(data: Mapping[str, Any]) -> str:
    if not data["synthetic"]:
        return ""
    return (
        '<p class="notice">Synthetic data: these ratings were generated. No figure on this page says anything about '
        "real people or real movies.</p>"
    )


def _split(rule: Mapping[str, Any]) -> str:
    """What of the rule decided, in words."""
    whose = "each user's" if rule["per"] == "user" else "all"
    words = {
        "given": f"{rule['name']}, given by the dataset",
        "leave_k_out": f"{rule['k']} ratings of each user",
        "random": f"{rule['share']:g} of all ratings at random",
        "temporal": f"the latest {rule['share']:g} of {whose} ratings",
    }
    validation = f"; of the rest {rule['validation']:g} for validation" if rule["validation"] else ""
    return f"{words[rule['kind']]}{validation}"


def _rejected(data: Mapping[str, Any]) -> str:
    """Rows left out, by reason; none is said as well."""
    cold = {"of users without a training rating": data["cold_rows"]} if data["cold_rows"] else {}
    reasons = {reason.replace("_", " "): count for reason, count in data["rejected"].items()}
    return _facts({"rejected rows": data["rejected_rows"], **reasons, **cold})


def _metrics(result: Mapping[str, Any]) -> str:
    metrics, baselines, blog = result["metrics"], result["baselines"], result["baselines"]["blog_ml_100k"]
    rows = [
        ("accuracy", metrics["accuracy"], baselines["majority_accuracy"], "majority label", blog["accuracy"]),
        (
            "cross-entropy",
            metrics["cross_entropy"],
            baselines["prior_cross_entropy"],
            "share of likes",
            blog["cross_entropy"],
        ),
        ("F1", metrics["f1"], baselines["all_positive_f1"], "everything liked", blog["f1"]),
        ("ROC-AUC", metrics["auc"], 0.5, "chance", None),
    ]
    header = ("metric", "this model", "baseline", "which baseline", "the blog post (ml-100k)")
    return _table(header, rows) + f"<p>Threshold {metrics['threshold']:g}.</p>" + _comparison(result)


def _comparison(result: Mapping[str, Any]) -> str:
    metrics, reported = result["metrics"], result["reported"]
    if not reported["figures"]:
        return f"<p>Not compared with the training job: {escape(reported['note'])}.</p>"
    header = ("metric", "this evaluation", "the training job, mean over batches", "gap")
    rows = [(name, metrics[name], figure, abs(metrics[name] - figure)) for name, figure in reported["figures"].items()]
    return "<h3>What the training job reported</h3>" + _table(header, rows)


def _scored(result: Mapping[str, Any], scored: Mapping[str, Any]) -> Iterable[str]:
    verified, endpoint = result["verified"], result["endpoint"]
    yield "<h2>Predictions of the endpoint</h2>"
    yield (
        f"<p>Endpoint {escape(endpoint['name'])}, {escape(endpoint['status'])} on {escape(endpoint['config'])}. "
        f"{verified['rows']:,} answers differ from the artifact's own scores by {verified['largest_gap']:.1e} "
        "at most.</p>"
    )
    yield "<h3>Held-out ratings</h3>"
    header = ("user", "movie", "probability of a like", "predicted")
    yield _table(header, [_prediction_row(row) for row in scored["predictions"]])
    yield "<h3>Highest-scored unseen movies</h3>"
    yield "<p>Ordered by the probability of a like if the movie is rated, not by what a user would choose next.</p>"
    for recommendation in scored["recommendations"]:
        yield _table(header, [_prediction_row(row) for row in recommendation["items"]])


def _prediction_row(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return row["user"], row["title"], row["score"], "like" if row["predicted_label"] else "no like"


def _facts(facts: Mapping[str, Any]) -> str:
    rows = "".join(f"<tr><th scope='row'>{escape(name)}</th>{_cell(value)}</tr>" for name, value in facts.items())
    return f"<table>{rows}</table>"


def _table(header: Iterable[str], rows: Iterable[Iterable[Any]]) -> str:
    head = "".join(f"<th scope='col'>{escape(name)}</th>" for name in header)
    body = "".join(f"<tr>{''.join(_cell(value) for value in row)}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _cell(value: object) -> str:
    match value:
        case bool() | str():
            return f"<td>{escape(str(value))}</td>"
        case float():
            return f'<td class="number">{value:.4f}</td>'
        case int():
            return f'<td class="number">{value:,}</td>'
        case None:
            return "<td>–</td>"
        case _:
            return f"<td>{escape(str(value))}</td>"
