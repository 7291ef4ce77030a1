"""Each handler as the runtime calls it, against a real bucket; together they are the pipeline without SageMaker."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from botocore.exceptions import ClientError

import lambdas.collect
import lambdas.evaluate
import lambdas.prepare
import lambdas.report
import lambdas.validate
import lambdas.verify
from fm import artifact
from fm.hyperparameters import parse
from fm.model import FactorizationMachine
from fm.trainer import train
from lambdas.common.events import MalformedEvent
from lambdas.logic.evaluation import REPORTED, EvaluationMismatch
from lambdas.logic.job import InvalidInput, complete
from lambdas.logic.preparation import preparation
from prep import keys
from prep.errors import UnknownSplit
from prep.job import PrepareJob
from prep.prepare import prepare
from prep.recordio import read_records
from prep.sample import generate
from prep.sinks import FolderSink
from prep.sources import FolderSource
from tests.lambdas.remembered import RUN

Objects = Callable[[str], dict[str, bytes]]
SIZES = {"users": 30, "items": 50, "ratings": 700}
# What goes through the state machine is keys, counts and figures; a state's data may have 262,144 bytes in all.
MOST_BYTES = 4096


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample")
    generate(folder, seed=1, **SIZES)
    return folder


@pytest.fixture
def dataset(bucket: str, sample: Path, aws: Callable[[str], Any]) -> str:
    """The sample in the bucket; its name."""
    for file in sample.iterdir():
        aws("s3").upload_file(str(file), bucket, f"datasets/sample/{file.name}")
    return "sample"


@pytest.fixture
def prepared(dataset: str) -> dict[str, Any]:
    return lambdas.prepare.handler(_prepare_event(dataset), None)


@pytest.fixture
def model_data(bucket: str, prepared: dict[str, Any], objects: Objects, aws: Callable[[str], Any]) -> str:
    """A model trained on the prepared channel, where the training job would leave it."""
    x, y = read_records(objects(RUN)[RUN + keys.TRAIN])
    assert y is not None
    strings = {"num_factors": "4", "predictor_type": "binary_classifier", "epochs": "3", "mini_batch_size": "100"}
    hyperparameters = parse({**strings, "feature_dim": str(prepared["feature_dim"])})
    stream = io.BytesIO()
    artifact.save(stream, train(x, y, hyperparameters, np.random.default_rng(0)), hyperparameters.as_strings())
    key = f"{RUN}model/job/output/model.tar.gz"
    aws("s3").put_object(Bucket=bucket, Key=key, Body=stream.getvalue())
    return f"s3://{bucket}/{key}"


def _prepare_event(dataset: str, **over: Any) -> dict[str, Any]:
    preparation = {"split": {"name": "ua", "seed": 5}, "label": {"liked_at_least": 4}, **over}
    return {"dataset": dataset, "preparation": preparation, "run": RUN}


def _evaluate_event(prepared: dict[str, Any], model_data: str, *, reported: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "run": RUN,
        "model_data": model_data,
        "reported": reported,
        "gate": {"beat_baseline": False, "min_auc": 0.99},
        "positives": prepared["positives"],
        "train_rows": prepared["train_rows"],
    }


def _accuracy(model: FactorizationMachine, channel: bytes) -> float:
    x, y = read_records(channel)
    assert y is not None
    return float(np.mean((model.score(x) >= 0) == (y == 1)))


def test_validate_names_the_run_and_everything_it_creates(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NAME_PREFIX", "movie-recommender-dev")
    execution = {"id": "arn:execution:1", "name": "Nightly", "start_time": "2026-01-01T00:00:00Z"}
    job = lambdas.validate.handler({"input": {"split": {"seed": 5}}, "execution": execution}, None)
    assert job["run"] == "runs/Nightly/"
    assert job["name"].startswith("movie-recommender-dev-nightly-")
    assert job["split"]["seed"] == job["preparation"]["split"]["seed"] == 5
    assert job["preparation"] == preparation(complete({"split": {"seed": 5}}))
    for given, words in (
        ({"preset": "x", "split": {"seed": -1}}, r"preset: 'x'.*; split\.seed: -1"),
        ({"dataset": {"columns": {"user": 0, "item": 0}}}, r"dataset\.columns: .* expected another column for each"),
    ):
        with pytest.raises(InvalidInput, match=words):
            lambdas.validate.handler({"input": given, "execution": execution}, None)


def test_prepare_writes_what_prep_writes_to_a_folder(
    prepared: dict[str, Any], objects: Objects, sample: Path, tmp_path: Path
) -> None:
    job = PrepareJob.from_json({"split": {"name": "ua", "seed": 5}})
    expected = prepare(FolderSource(sample), job, FolderSink(tmp_path))
    assert prepared == {**expected.as_dict(), "name": "sample"}
    assert prepared["synthetic"] is True
    assert prepared["train_rows"] + prepared["test_rows"] == SIZES["ratings"]
    files = {RUN + str(path.relative_to(tmp_path)): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert objects(RUN) == files
    assert len(files[RUN + keys.TRAIN]) == prepared["bytes"]["train"]


def test_prepare_on_a_dataset_with_a_file_missing_writes_nothing(
    dataset: str, bucket: str, objects: Objects, aws: Callable[[str], Any]
) -> None:
    aws("s3").delete_object(Bucket=bucket, Key=f"datasets/{dataset}/u5.base")
    with pytest.raises(UnknownSplit, match=r"'u5' .*, expected .* of ua, ub, u1"):
        lambdas.prepare.handler(_prepare_event(dataset, split={"name": "u5"}), None)
    assert objects("runs/") == {}
    assert "Uploads" not in aws("s3").list_multipart_uploads(Bucket=bucket)


def test_collect_says_what_the_function_that_prepares_said(prepared: dict[str, Any]) -> None:
    """Whoever prepared: the next state cannot tell."""
    assert lambdas.collect.handler({"run": RUN}, None) == prepared


def test_collect_of_a_preparation_that_wrote_nothing_is_an_error(bucket: str) -> None:
    with pytest.raises(ClientError, match="NoSuchKey"):
        lambdas.collect.handler({"run": RUN}, None)


def test_evaluate_scores_the_artifact_and_decides(prepared: dict[str, Any], model_data: str, objects: Objects) -> None:
    content = objects(RUN)
    model = artifact.load(io.BytesIO(content[model_data[model_data.index(RUN) :]]))
    accuracy = _accuracy(model, content[RUN + keys.TEST])
    reported = [{"name": REPORTED["accuracy"], "value": accuracy}]
    answer = lambdas.evaluate.handler(_evaluate_event(prepared, model_data, reported=reported), None)
    assert answer["metrics"]["accuracy"] == accuracy
    assert answer["reported"] == {"figures": {"accuracy": accuracy}, "largest_gap": 0.0}
    assert answer["gate"]["decision"] == "rejected"
    stored = json.loads(objects(RUN)[f"{RUN}evaluation.json"])
    assert stored == {name: value for name, value in answer.items() if name != "key"}
    assert answer["key"].endswith(f"/{RUN}evaluation.json")


def test_evaluate_refuses_a_model_that_the_job_did_not_report(
    prepared: dict[str, Any], model_data: str, objects: Objects
) -> None:
    reported = [{"name": REPORTED["accuracy"], "value": 0.123}]
    with pytest.raises(EvaluationMismatch, match=r"accuracy is .* expected the job's 0\.123000"):
        lambdas.evaluate.handler(_evaluate_event(prepared, model_data, reported=reported), None)
    assert f"{RUN}evaluation.json" not in objects(RUN)


def test_answers_stay_small_and_are_json(prepared: dict[str, Any], model_data: str) -> None:
    evaluated = lambdas.evaluate.handler(_evaluate_event(prepared, model_data, reported=[]), None)
    for answer in (prepared, evaluated):
        assert len(json.dumps(answer, allow_nan=False)) < MOST_BYTES


def test_each_handler_logs_lines_of_json(prepared: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    lambdas.prepare.handler(_prepare_event("sample"), None)
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line) == {"message": "prepared", **prepared}


@pytest.mark.parametrize(
    "module", [lambdas.collect, lambdas.evaluate, lambdas.prepare, lambdas.report, lambdas.validate, lambdas.verify]
)
def test_an_event_of_another_shape_is_refused(module: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("BUCKET", "NAME_PREFIX"):
        monkeypatch.setenv(name, "any")
    with pytest.raises(MalformedEvent, match=r"Event: absent \[.*'\], not known \['up'\]"):
        module.handler({"up": 1}, None)
