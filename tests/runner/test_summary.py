"""summary.json and what people are shown of it, from an execution written by hand."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from prep.result import Counts, Prepared
from prep.split_rule import SplitRule
from runner.data import Places, Ratings, choose
from runner.execution import Ended
from runner.failure_report import as_html
from runner.files import RunFolder
from runner.history import Visit
from runner.show import make_console, show_data, show_result
from runner.summary import assemble, checked_facts, iam_since

START = datetime(2026, 1, 1, tzinfo=UTC)
CONTRACT: dict[str, Any] = {
    "status": str,
    "seconds": float,
    "dataset": {
        *("name", "synthetic", "users", "items", "train_rows", "test_rows", "rejected_rows", "feature_dim"),
        *("format", "format_found", "engine", "split", "features", "rejected", "shards"),
    },
    "states": list,
    "training": {"job", "hyperparameters", "seconds"},
    "metrics": {"accuracy", "cross_entropy", "f1", "auc", "threshold"},
    "baselines": {"majority_accuracy"},
    "gate": {"decision", "reasons"},
    "endpoint": {"name", "config", "status"},
    "predictions": list,
    "recommendations": list,
    "recommendations_note": str,
    "ranking": {"metrics", "intervals", "popularity", "gate"},
    "intervals": {"accuracy"},
    "iam": {"calls", "denied"},
    "artifacts": {"report"},
}
DATASET: dict[str, Any] = Prepared(
    name="tiny",
    synthetic=False,
    engine="python",
    format="ml-100k",
    format_found="found by its files",
    split=SplitRule(kind="given", name="ua").as_json(),
    task="binary_classifier",
    predictor_type="binary_classifier",
    features=[],
    users=2,
    items=3,
    feature_dim=5,
    ratings=Counts(train=4, test=2),
    train_rows=4,
    validation_rows=0,
    test_rows=2,
    positives=Counts(train=2, test=1),
    bytes=Counts(train=256, test=128),
    shards=1,
    rejected_rows=0,
    rejected={},
    cold_rows=0,
    cold_items=Counts(),
).as_dict()
OUTPUT: dict[str, Any] = {
    "decision": "deployed",
    "dataset": {**DATASET, "how": "in the bucket"},
    "training": {"job": "job-0", "hyperparameters": {"epochs": "50"}, "seconds": 5},
    "metrics": {"accuracy": 0.7111, "cross_entropy": 0.5822, "f1": 0.7433, "auc": 0.7644, "threshold": 0.5},
    "reported": {"figures": {"accuracy": 0.7111}, "largest_gap": 0.0},
    "baselines": {"majority_accuracy": 0.58, "prior_cross_entropy": 0.682, "all_positive_f1": 0.7341,
                  "blog_ml_100k": {"accuracy": 0.7159, "cross_entropy": 0.5811, "f1": 0.7456}},
    "gate": {"decision": "accepted", "reasons": ["good enough"]},
    "intervals": {"accuracy": [0.7012, 0.7201]},
    "ranking": {
        "users": 934,
        "metrics": {"precision@10": 0.178, "recall@10": 0.323, "ndcg@10": 0.3037, "coverage": 0.278},
        "intervals": {"ndcg@10": [0.2894, 0.3187]},
        "popularity": {"metrics": {"precision@10": 0.084, "recall@10": 0.15, "ndcg@10": 0.1333, "coverage": 0.053}},
        "gate": {"decision": "accepted", "reasons": ["ndcg@10 above popularity's"]},
    },
    "endpoint": {"name": "live", "config": "config-0", "status": "InService"},
    "verified": {"uri": "s3://b/p.json", "rows": 2, "largest_gap": 0.0},
    "artifacts": {"model": "s3://b/m", "report": "s3://b/r"},
}  # fmt: skip
ROW = {"user": 1, "item": 3, "title": "Invented 3 (1990)", "score": 0.8181, "predicted_label": 1}
SCORED = {"predictions": [ROW], "recommendations": [{"user": 1, "items": [ROW]}]}
IAM = {"enforced": True, "calls": 12, "denied": 0, "denials": [], "unenforced": []}


def visit(name: str, status: Any, seconds: float) -> Visit:
    return Visit(name=name, kind="Task", entered=START, exited=START + timedelta(seconds=seconds), status=status)


@pytest.fixture
def ratings(tiny: Path, tmp_path: Path) -> Ratings:
    return choose(str(tiny), {}, Places(cache=tmp_path / "cache", scratch=tmp_path), say=pytest.fail)


def summary(ratings: Ratings, *, output: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    ended = {
        "arn": "arn:execution",
        "status": "SUCCEEDED",
        "seen": [visit("Train Model", "SUCCEEDED", 2.5)],
        "variables": {},
        "output": OUTPUT if output is None else output,
        "error": "",
        "cause": "",
    }
    return assemble(
        ended=Ended(**{**ended, **changes}),
        ratings=ratings,
        given={"dataset": {"name": "tiny-set"}},
        scored=SCORED,
        iam=IAM,
        seconds=12.5,
        seconds_by_part={"synth": 1.0, "execution": 2.5},
    )


def failed(ratings: Ratings, **variables: Any) -> dict[str, Any]:
    seen = [
        visit("Train Model", "CAUGHT", 2.5),
        visit("Clean Up", "SUCCEEDED", 0),
        visit("Fail Execution", "FAILED", 0),
    ]
    ended = Ended(
        arn="arn:execution",
        status="FAILED",
        seen=seen,
        variables=variables,
        output=None,
        error="AlgorithmError",
        cause="Train Model: AlgorithmError: out of memory",
    )
    return assemble(
        ended=ended, ratings=ratings, given={}, scored={}, iam=IAM, seconds=1.0, seconds_by_part={"execution": 1.0}
    )


def shown(document: dict[str, Any]) -> str:
    stream = io.StringIO()
    show_result(make_console(stream), document)
    return stream.getvalue()


def test_every_key_of_the_contract(ratings: Ratings) -> None:
    document = json.loads(json.dumps(summary(ratings)))
    for key, expected in CONTRACT.items():
        if isinstance(expected, set):
            assert expected <= document[key].keys()
        else:
            assert isinstance(document[key], expected)
    row = {"name": "Train Model", "kind": "Task", "status": "SUCCEEDED", "seconds": 2.5, "within": None}
    assert document["states"] == [row]
    assert document["predictions"] == [ROW]
    assert document["recommendations"] == [{"user": 1, "items": [ROW]}]
    assert document["execution"]["input"] == {"dataset": {"name": "tiny-set"}}


def test_failed_execution_has_the_same_keys(ratings: Ratings) -> None:
    document = failed(ratings)
    assert document.keys() == summary(ratings).keys()
    assert (document["failed_state"], document["error"]) == ("Train Model", "AlgorithmError")
    assert document["cause"] == "Train Model: AlgorithmError: out of memory"
    assert [row["status"] for row in document["states"]] == ["FAILED", "SUCCEEDED", "FAILED"]
    assert document["dataset"]["train_rows"] == 4
    assert document["training"] is document["metrics"] is document["gate"] is document["endpoint"] is None
    assert document["predictions"] == document["recommendations"] == []


def test_failed_execution_keeps_what_it_had_found(ratings: Ratings) -> None:
    evaluation = {key: OUTPUT[key] for key in ("metrics", "reported", "baselines", "gate")}
    document = failed(
        ratings,
        prepared={key: OUTPUT["dataset"][key] for key in ("name", "synthetic", "train_rows")},
        training={**OUTPUT["training"], "model_data": "s3://b/m", "metrics": []},
        evaluation={**evaluation, "key": "s3://b/e"},
    )
    assert {key: document[key] for key in evaluation} == evaluation
    assert document["training"] == OUTPUT["training"]
    assert document["artifacts"] == {"model": "s3://b/m", "evaluation": "s3://b/e"}
    page = as_html(document)
    assert all(words in page for words in ("FAILED", "Train Model", "out of memory", "0.7111", "tiny"))
    assert "0.7111" in shown(document)
    assert "Endpoint: " not in shown(document), "what serves now is not this run's"


def test_report_of_a_failure_escapes_and_says_what_is_synthetic(ratings: Ratings) -> None:
    document = failed(ratings)
    assert "Synthetic" not in as_html(document)
    page = as_html({**document, "cause": "<b>&", "dataset": {**document["dataset"], "synthetic": True}})
    assert "&lt;b&gt;&amp;" in page
    assert "Synthetic data" in page


def test_facts_known_before_the_run_are_those_the_pipeline_finds(ratings: Ratings) -> None:
    """Only bytes and shards show when they are written, and how its format was found is said by who looked."""
    only_written = dict.fromkeys(("bytes", "shards", "format_found"))
    found = {**DATASET, "name": "tiny-set", **only_written}
    assert {**checked_facts(ratings), **only_written} == {**found, "origin": ratings.how}


def test_what_people_see(ratings: Ratings) -> None:
    text = shown(summary(ratings))
    for expected in ("0.7111", "0.7159", "0.5800", "on ml-100k", "accepted: good enough", "Invented 3 (1990)", "0.8181",
                     "live is InService on config-0", "12 checks enforced, 0 denied", "synth 1.0"):  # fmt: skip
        assert expected in text
    assert "not by what a user would choose next" in text


def test_synthetic_data_is_loud(ratings: Ratings) -> None:
    document = summary(ratings, output={**OUTPUT, "dataset": {**OUTPUT["dataset"], "synthetic": True}})
    assert "SYNTHETIC DATA" in shown(document)
    assert "SYNTHETIC" not in shown(summary(ratings))


def test_rejected_model_is_said_to_serve_nothing(ratings: Ratings) -> None:
    gate = {"decision": "rejected", "reasons": ["accuracy 0.7111, min_accuracy 0.99"]}
    text = shown(summary(ratings, output={**OUTPUT, "decision": "rejected", "gate": gate, "endpoint": None}))
    assert "Gate: rejected: accuracy 0.7111, min_accuracy 0.99" in text
    assert "untouched, the gate rejected the model" in text


def test_failed_execution_can_be_shown(ratings: Ratings) -> None:
    text = shown(failed(ratings))
    assert "dataset tiny-set: " in text
    assert "accuracy" not in text


def test_denials_are_shown(ratings: Ratings) -> None:
    denial = {"role": "Train", "action": "s3:GetObject", "resource": "arn:x", "count": 2, "first_at": ""}
    document = {**summary(ratings), "iam": {**IAM, "denied": 2, "denials": [denial]}}
    assert "denied: Train s3:GetObject on arn:x (2×)" in shown(document)


def test_titles_are_not_taken_for_markup(ratings: Ratings) -> None:
    row = {**ROW, "title": "[bold]Brackets[/bold] [REC] (2007)"}
    assert "[bold]Brackets[/bold] [REC] (2007)" in shown({**summary(ratings), "predictions": [row]})


def test_data_of_a_name_with_brackets_is_shown_whole(ratings: Ratings) -> None:
    stream = io.StringIO()
    show_data(make_console(stream), {**checked_facts(ratings), "origin": "/data/[old]/x"})
    assert "/data/[old]/x" in stream.getvalue()


def test_what_the_data_is_and_what_was_left_out_is_shown(ratings: Ratings) -> None:
    stream = io.StringIO()
    rejected = {"rejected_rows": 1234, "rejected": {"not_a_number": 1230, "duplicate": 4}}
    show_data(make_console(stream), {**checked_facts(ratings), "format_found": "found by [its] header", **rejected})
    text = " ".join(stream.getvalue().replace("│", " ").split())
    assert "format ml-100k, found by [its] header" in text
    assert "1,234 rows rejected: not a number 1,230, duplicate 4" in text
    show_data(make_console(stream := io.StringIO()), checked_facts(ratings))
    assert "rejected" not in stream.getvalue()


def test_audit_of_one_run_leaves_out_what_was_there_before() -> None:
    row = {"role": "r", "action": "a", "resource": "x", "first_at": ""}
    before = {"enforced": True, "calls": 10, "denied": 3, "denials": [{**row, "count": 3}], "unenforced": []}
    after = {
        "enforced": True,
        "calls": 25,
        "denied": 5,
        "denials": [{**row, "count": 3}, {**row, "action": "b", "count": 2}],
        "unenforced": [{**row, "count": 4}],
    }
    assert iam_since(before, after) == {
        "enforced": True,
        "calls": 15,
        "denied": 2,
        "denials": [{**row, "action": "b", "count": 2}],
        "unenforced": [{**row, "count": 4}],
    }


def test_latest_points_at_the_newest_run(tmp_path: Path) -> None:
    for content in (b"first", b"second"):
        folder = RunFolder.create(tmp_path / "out")
        folder.write("summary.json", content)
        folder.become_latest()
        assert (tmp_path / "out" / "latest" / "summary.json").read_bytes() == content
    assert len([path for path in (tmp_path / "out").iterdir() if not path.is_symlink()]) == 2
    assert len(list((tmp_path / "out").iterdir())) == 3


def test_shows_both_models_with_their_intervals_and_gates(ratings: Ratings) -> None:
    text = shown(summary(ratings))
    assert "0.7012 to 0.7201" in text
    assert "NDCG@10" in text
    assert "0.2894 to 0.3187" in text
    assert "Gate: accepted: good enough" in text
    assert "Gate of the ranking model: accepted: ndcg@10 above popularity's" in text


def test_shows_a_regressors_errors(ratings: Ratings) -> None:
    metrics = {"rmse": 0.9412, "mae": 0.7421, "mse": 0.8859, "rows": 2}
    baselines = {"mean": {"rmse": 1.1212, "mae": 0.9423}, "bias_only": {"rmse": 0.9633, "mae": 0.76}}
    row = {**ROW, "predicted_label": None}
    output = {**OUTPUT, "metrics": metrics, "intervals": {}, "baselines": baselines, "ranking": None}
    document = {**summary(ratings, output=output), "predictions": [row]}
    text = shown(document)
    assert all(figure in text for figure in ("0.9412", "1.1212 the mean", "0.9633"))
    assert "no like" not in text


@pytest.mark.parametrize(("model", "words"), [("ranking", "the next like"), ("like", "if the movie is rated")])
def test_says_by_what_recommendations_are_ordered(ratings: Ratings, model: str, words: str) -> None:
    ended = Ended(arn="", status="SUCCEEDED", seen=[], variables={}, output=OUTPUT, error="", cause="")
    scored = {**SCORED, "model": model}
    document = assemble(ended=ended, ratings=ratings, given={}, scored=scored, iam=IAM, seconds=1.0, seconds_by_part={})
    assert words in document["recommendations_note"]
