"""The report of an execution that failed: its own states write one only when it succeeds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

_STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; }
th, td { text-align: left; padding: .2rem 1rem .2rem 0; border-bottom: 1px solid #8885; }
.notice { border: 2px solid; padding: .5rem 1rem; font-weight: 600; overflow-wrap: anywhere; }
"""


def as_html(summary: Mapping[str, Any]) -> str:
    """A page without scripts or outside resources. `summary` is a failed run's."""
    dataset = summary["dataset"]
    synthetic = '<p class="notice">Synthetic data: these ratings were generated.</p>' if dataset["synthetic"] else ""
    body = [
        f"<h1>Movie recommender: {escape(summary['status'])}</h1>",
        f'<p class="notice">{escape(summary["error"])} in {escape(str(summary["failed_state"]))}: '
        f"{escape(summary['cause'])}</p>",
        synthetic,
        "<h2>Data</h2>",
        _table((name, dataset[name]) for name in ("name", "users", "items", "train_rows", "test_rows", "feature_dim")),
        "<h2>States</h2>",
        _table((row["name"], row["status"], _seconds(row["seconds"])) for row in summary["states"]),
        *_found(summary),
    ]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Movie recommender: failed</title><style>{_STYLE}</style></head><body>{''.join(body)}</body></html>\n"
    )


def _found(summary: Mapping[str, Any]) -> Iterable[str]:
    """What the execution had reached before it failed."""
    if summary["training"]:
        yield "<h2>Training</h2>"
        yield _table([("job", summary["training"]["job"]), *summary["training"]["hyperparameters"].items()])
    if summary["metrics"]:
        yield "<h2>Evaluation on the test channel</h2>"
        yield _table(summary["metrics"].items())


def _seconds(seconds: float | None) -> str:
    return "–" if seconds is None else f"{seconds:.1f} s"


def _table(rows: Iterable[Iterable[object]]) -> str:
    body = "".join(f"<tr>{''.join(f'<td>{escape(str(cell))}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table>{body}</table>"
