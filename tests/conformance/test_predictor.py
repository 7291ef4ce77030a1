"""The comparison with SageMaker SDK v2's Predictor finds what differs; `make conformance` runs the SDK itself."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from conformance import predictor
from conformance.predictor import WAYS, PredictorFailed, Served, cases
from prep.inference import Predictions

CLASSIFIER, REGRESSOR = cases()
VERSION = "2.257.7"


def right(case: Served) -> dict[str, Predictions]:
    return {way: case.expected() for way in ("boto3_json", "boto3_records", *WAYS)}


def changed(answer: Predictions, row: int, score: float) -> Predictions:
    scores = answer.scores.copy()
    scores[row] = score
    return Predictions(scores, answer.labels)


def stand_in(folder: Path, script: str) -> Path:
    """A shell script in the place of the interpreter with the SDK; its third argument is the folder of endpoints."""
    python = folder / "python"
    python.write_text(f"#!/bin/sh\n{script}\n")
    python.chmod(0o755)
    return python


def answering(folder: Path, served: Sequence[Served]) -> Path:
    for case in served:
        columns: dict[str, Any] = {f"{way}_scores": case.expected().scores for way in WAYS}
        labels = case.expected().labels
        columns |= {f"{way}_labels": np.empty(0, np.float32) if labels is None else labels for way in WAYS}
        (folder / "prepared" / case.endpoint).mkdir(parents=True)
        np.savez(folder / "prepared" / case.endpoint / "answers.npz", version=np.array(VERSION), **columns)
    return stand_in(folder, f'cp -r "{folder}/prepared/." "$3"')


def test_the_cases_are_of_both_kinds_and_the_same_every_time() -> None:
    assert [case.model.predictor_type for case in (CLASSIFIER, REGRESSOR)] == ["binary_classifier", "regressor"]
    for one, other in zip(cases(), (CLASSIFIER, REGRESSOR), strict=True):
        np.testing.assert_array_equal(one.expected().scores, other.expected().scores)
    labels = CLASSIFIER.expected().labels
    assert labels is not None
    assert 20 < labels.sum() < labels.size - 20


def test_the_ways_of_asking_are_those_of_the_sdks_side() -> None:
    side = Path(predictor.__file__).with_name("predictor_side.py")
    (ways,) = (
        node.value
        for node in ast.walk(ast.parse(side.read_text()))
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id == "WAYS"
    )
    assert isinstance(ways, ast.Dict)
    assert tuple(key.value for key in ways.keys if isinstance(key, ast.Constant)) == WAYS


def test_answers_come_back_by_endpoint_and_way(tmp_path: Path) -> None:
    served = [CLASSIFIER, REGRESSOR]
    answers, version = predictor.ask(answering(tmp_path, served), served, {})
    assert version == VERSION
    for case, given in zip(served, answers, strict=True):
        assert tuple(given) == WAYS
        assert {predictor.compare(answer, case.expected()) for answer in given.values()} == {(0, 0.0)}


def test_agreement_is_told_with_the_largest_difference(capsys: pytest.CaptureFixture[str]) -> None:
    assert predictor.report([CLASSIFIER, REGRESSOR], [right(CLASSIFIER), right(REGRESSOR)], VERSION) == 0
    assert capsys.readouterr().out == (
        f"Endpoints asked by SageMaker SDK {VERSION}: 1600 rows by Predictor: 0 differ; "
        "largest difference from boto3's and the model's own 0.0e+00, allowed 1e-06\n"
    )


@pytest.mark.parametrize("way", ["boto3_records", *WAYS])
def test_a_score_that_is_off_fails_by_its_way(capsys: pytest.CaptureFixture[str], way: str) -> None:
    given = right(REGRESSOR)
    given[way] = changed(given[way], 7, float(given[way].scores[7]) + 1e-3)
    assert predictor.report([REGRESSOR], [given], VERSION) == 1
    told = capsys.readouterr().out.splitlines()
    assert told[0] == f"DIFFERS regressor, {way}: 1 rows, scores by at most 1.0e-03"
    assert "800 rows by Predictor: 1 differ; " in told[1]


def test_labels_kinds_counts_and_what_is_no_number_differ() -> None:
    wanted = CLASSIFIER.expected()
    assert wanted.labels is not None
    flipped = wanted.labels.copy()
    flipped[[2, 5]] = 1 - flipped[[2, 5]]
    assert predictor.compare(Predictions(wanted.scores, flipped), wanted) == (2, 0.0)
    assert predictor.compare(Predictions(wanted.scores), wanted) == (200, np.inf)
    assert predictor.compare(Predictions(wanted.scores[1:], flipped[1:]), wanted) == (200, np.inf)
    assert predictor.compare(changed(wanted, 3, np.nan), wanted) == (1, np.inf)


def test_what_boto3_was_told_otherwise_differs_too() -> None:
    """A Predictor that agrees with the model alone is not enough."""
    given = right(REGRESSOR)
    given["boto3_json"] = changed(given["boto3_json"], 0, 9)
    assert predictor.report([REGRESSOR], [given], VERSION) == 1
    assert predictor.compare(given["sparse_json"], REGRESSOR.expected(), given["boto3_json"])[0] == 1


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ('touch "$3"/binary-classifier/answers.npz; echo "a log line" >&2; echo "Error: no" >&2; exit 1', "Error: no"),
        ('touch "$3"/binary-classifier/answers.npz; kill -ILL $$', "exit status -4"),
    ],
    ids=["raised", "killed"],
)
def test_a_failure_names_the_endpoint_and_the_last_words(tmp_path: Path, script: str, reason: str) -> None:
    with pytest.raises(PredictorFailed, match=f"^the SDK at regressor: {reason}$"):
        predictor.ask(stand_in(tmp_path, script), [CLASSIFIER, REGRESSOR], {})


def test_where_it_is_not_installed_the_failure_says_so(tmp_path: Path) -> None:
    with pytest.raises(PredictorFailed, match=r"^no SageMaker SDK: .*; make conformance installs it$"):
        predictor.ask(tmp_path / "none", [CLASSIFIER], {})


def test_the_sdk_finds_nothing_of_the_users_nor_of_this_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_PROFILE", "PYTHONPATH", "SAGEMAKER_ADMIN_CONFIG_OVERRIDE"):
        monkeypatch.setenv(name, "mine")
    python = stand_in(tmp_path, f'env > "{tmp_path}/env"; echo "PLACE=$PWD $1 $3" >> "{tmp_path}/env"; exit 1')
    with pytest.raises(PredictorFailed):
        predictor.ask(python, [CLASSIFIER], {"AWS_REGION": "eu-west-1"})
    seen = dict(line.partition("=")[::2] for line in (tmp_path / "env").read_text().splitlines())
    assert {name for name in seen if name.startswith(("AWS_", "PYTHON"))} == {"AWS_REGION"}
    assert "mine" not in seen.values()
    working_folder, isolated, folder = seen["PLACE"].split()
    assert (working_folder, isolated) == (folder, "-P")
    assert seen["HOME"] not in (folder, str(Path.home()))
