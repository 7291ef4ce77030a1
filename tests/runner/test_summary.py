"""summary.json, from an execution written by hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from runner.data import Ratings
from runner.execution import Ended
from runner.failure_report import as_html
from runner.files import RunFolder
from runner.summary import assemble, checked_facts, iam_since
from tests.runner.summaries import CONTRACT, DATASET, IAM, OUTPUT, ROW, SCORED, failed, shown, summary


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
    assert document["version"] is None
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


@pytest.mark.parametrize(("model", "words"), [("ranking", "the next like"), ("like", "if the movie is rated")])
def test_says_by_what_recommendations_are_ordered(ratings: Ratings, model: str, words: str) -> None:
    ended = Ended(arn="", status="SUCCEEDED", seen=[], variables={}, output=OUTPUT, error="", cause="")
    scored = {**SCORED, "model": model}
    document = assemble(ended=ended, ratings=ratings, given={}, scored=scored, iam=IAM, seconds=1.0, seconds_by_part={})
    assert words in document["recommendations_note"]
