"""What people are shown of a run."""

from __future__ import annotations

import io

from runner.data import Ratings
from runner.show import make_console, show_data
from runner.summary import checked_facts
from tests.runner.summaries import IAM, OUTPUT, ROW, failed, shown, summary


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


def test_drift_is_shown_where_it_was_measured(ratings: Ratings) -> None:
    assert "Drift of the ratings: PSI 0.3000 of items" in shown(summary(ratings))
    unknown = {"measured": False, "reason": "not measured: no model is live"}
    assert "Drift" not in shown(summary(ratings, output={**OUTPUT, "drift": unknown}))
    assert "Drift" not in shown(summary(ratings, output={**OUTPUT, "drift": None}))


def test_what_is_live_from_now_on_is_shown(ratings: Ratings) -> None:
    artifacts = {**OUTPUT["artifacts"], "batch": "s3://b/batch.parquet"}
    assert "Version: nightly is live, served from s3://b/models/nightly/" in shown(summary(ratings))
    assert "recommendations are in s3://b/batch.parquet" in shown(
        summary(ratings, output={**OUTPUT, "artifacts": artifacts})
    )
    rejected = {**OUTPUT, "decision": "rejected", "version": None, "endpoint": None}
    assert "Version" not in shown(summary(ratings, output=rejected))


def test_a_release_that_was_sent_back_says_so(ratings: Ratings) -> None:
    release = {"decision": "rejected", "reasons": ["the release was rolled back: errors went off"]}
    rejected = {**OUTPUT, "decision": "rejected", "release": release, "version": None, "endpoint": None}
    text = shown(summary(ratings, output=rejected))
    assert "Release: rejected: the release was rolled back: errors went off" in text
    assert "Endpoint: as it was, an alarm sent the release back" in text


def test_a_model_on_trial_is_said_not_to_be_live(ratings: Ratings) -> None:
    release = {"decision": "on_trial", "reasons": ["it is sent copies"]}
    text = shown(summary(ratings, output={**OUTPUT, "decision": "on_trial", "release": release, "endpoint": None}))
    assert "Endpoint: the model is its shadow" in text
    assert "Version: nightly is on trial" in text
    assert "is live" not in text


def test_a_restored_version_can_be_shown(ratings: Ratings) -> None:
    output = {
        "decision": "restored",
        "version": "nightly",
        "endpoint": None,
        "artifacts": {"bundle": "s3://b/models/nightly/", "report": "s3://b/r"},
    }
    text = shown({**summary(ratings, output=output), "predictions": [], "recommendations": []})
    assert "Version: nightly is live" in text
    assert "accuracy" not in text


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
