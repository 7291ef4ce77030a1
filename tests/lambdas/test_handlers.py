"""Handlers as the runtime calls them, against a real bucket: those that validate, prepare and collect."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

import lambdas.collect
import lambdas.evaluate
import lambdas.prepare
import lambdas.rank
import lambdas.report
import lambdas.validate
import lambdas.verify
from lambdas.common.events import MalformedEvent
from lambdas.logic.job import InvalidInput, complete
from lambdas.logic.preparation import preparation
from prep import keys
from prep.errors import UnknownSplit
from prep.job import PrepareJob
from prep.prepare import prepare
from prep.sinks import FolderSink
from prep.sources import FolderSource
from tests.lambdas.executions import SIZES
from tests.lambdas.remembered import RUN

Objects = Callable[[str], dict[str, bytes]]
# What goes through the state machine is keys, counts and figures; a state's data may have 262,144 bytes in all.
MOST_BYTES = 4096


@pytest.fixture
def dataset(bucket: str, tiny_sample: Path, aws: Callable[[str], Any]) -> str:
    """The sample in the bucket; its name."""
    for file in tiny_sample.iterdir():
        aws("s3").upload_file(str(file), bucket, f"datasets/sample/{file.name}")
    return "sample"


@pytest.fixture
def prepared(dataset: str) -> dict[str, Any]:
    return lambdas.prepare.handler(_prepare_event(dataset), None)


def _prepare_event(dataset: str, **over: Any) -> dict[str, Any]:
    preparation = {"split": {"name": "ua", "seed": 5}, "label": {"liked_at_least": 4}, **over}
    return {"dataset": dataset, "preparation": preparation, "run": RUN}


def test_validate_names_the_run_and_everything_it_creates(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NAME_PREFIX", "movie-recommender-dev")
    monkeypatch.setenv("TUNING_PREFIX", "mr-dev")
    monkeypatch.setenv("TTL_HOURS", "8")
    monkeypatch.setenv("APPROVAL", "automatic")
    monkeypatch.setenv("NETWORK", "internet")
    execution = {"id": "arn:execution:1", "name": "Nightly", "start_time": "2026-01-01T00:00:00Z"}
    job = lambdas.validate.handler({"input": {"split": {"seed": 5}}, "started": execution}, None)
    assert job["run"] == "runs/Nightly/"
    assert job["name"].startswith("movie-recommender-dev-nightly-")
    assert job["split"]["seed"] == job["preparation"]["split"]["seed"] == 5
    assert job["preparation"] == preparation(complete({"split": {"seed": 5}}))
    assert (job["restore"], job["approval"]) == (None, "automatic")
    assert job["usual_ttl_hours"] == 8
    for given, words in (
        ({"preset": "x", "split": {"seed": -1}}, r"preset: 'x'.*; split\.seed: -1"),
        ({"dataset": {"columns": {"user": 0, "item": 0}}}, r"dataset\.columns: .* expected another column for each"),
    ):
        with pytest.raises(InvalidInput, match=words):
            lambdas.validate.handler({"input": given, "started": execution}, None)


def test_approval_is_the_stages_unless_the_input_says(monkeypatch: pytest.MonkeyPatch) -> None:
    _in_stage(monkeypatch, APPROVAL="manual")
    for given, approval in (({}, "manual"), ({"approval": "automatic"}, "automatic")):
        assert _validated(given)["approval"] == approval
    restored = _validated({"restore": {"version": "a"}})
    assert "approval" not in restored, "it is the version's"
    with pytest.raises(InvalidInput, match="input: 7, expected object"):
        _validated(7)


def test_models_in_a_vpc_are_on_instances(monkeypatch: pytest.MonkeyPatch) -> None:
    serverless: list[dict[str, Any]] = [{}, {"restore": {"version": "a"}}]
    serverless = [{**given, "deploy": {"mode": "serverless"}} for given in serverless]
    _in_stage(monkeypatch, NETWORK="vpc")
    for given in serverless:
        with pytest.raises(InvalidInput, match=r"^deploy\.mode: 'serverless', expected 'realtime' or 'none': .* VPC"):
            _validated(given)
    assert _validated({})["deploy"]["mode"] == "realtime"
    assert _validated({"deploy": {"mode": "none"}})["deploy"]["mode"] == "none"
    assert _validated({"restore": {"version": "a"}})["deploy"] == {}
    _in_stage(monkeypatch, NETWORK="internet")
    assert {_validated(given)["deploy"]["mode"] for given in serverless} == {"serverless"}


def _in_stage(monkeypatch: pytest.MonkeyPatch, **over: str) -> None:
    usual = {"NAME_PREFIX": "a", "TUNING_PREFIX": "b", "APPROVAL": "automatic", "TTL_HOURS": "none"}
    for name, value in {**usual, "NETWORK": "internet", **over}.items():
        monkeypatch.setenv(name, value)


def _validated(given: Any) -> dict[str, Any]:
    execution = {"id": "arn:execution:1", "name": "Nightly", "start_time": "2026-01-01T00:00:00Z"}
    job: dict[str, Any] = lambdas.validate.handler({"input": given, "started": execution}, None)
    return job


def test_validate_names_what_a_restoration_creates(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NAME_PREFIX", "movie-recommender-dev")
    monkeypatch.setenv("TUNING_PREFIX", "mr-dev")
    monkeypatch.setenv("TTL_HOURS", "8")
    monkeypatch.setenv("APPROVAL", "automatic")
    monkeypatch.setenv("NETWORK", "internet")
    execution = {"id": "arn:execution:1", "name": "Back", "start_time": "2026-01-01T00:00:00Z"}
    job = lambdas.validate.handler({"input": {"restore": {"version": "Nightly"}}, "started": execution}, None)
    name = job.pop("name")
    assert name.startswith("movie-recommender-dev-back-")
    assert job == {"restore": {"version": "Nightly"}, "deploy": {}, "overlap": "wait", "usual_ttl_hours": 8}


def test_prepare_writes_what_prep_writes_to_a_folder(
    prepared: dict[str, Any], objects: Objects, tiny_sample: Path, tmp_path: Path
) -> None:
    job = PrepareJob.from_json({"split": {"name": "ua", "seed": 5}})
    expected = prepare(FolderSource(tiny_sample), job, FolderSink(tmp_path))
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


def test_answers_stay_small_and_are_json(prepared: dict[str, Any]) -> None:
    assert len(json.dumps(prepared, allow_nan=False)) < MOST_BYTES


def test_each_handler_logs_lines_of_json(prepared: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    lambdas.prepare.handler(_prepare_event("sample"), None)
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line) == {"message": "prepared", **prepared}


@pytest.mark.parametrize(
    "module",
    [
        lambdas.collect,
        lambdas.evaluate,
        lambdas.prepare,
        lambdas.rank,
        lambdas.report,
        lambdas.validate,
        lambdas.verify,
    ],
)
def test_an_event_of_another_shape_is_refused(module: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("BUCKET", "NAME_PREFIX", "TUNING_PREFIX", "APPROVAL", "NETWORK", "TTL_HOURS"):
        monkeypatch.setenv(name, "any")
    with pytest.raises(MalformedEvent, match=r"Event: absent \[.*'\], not known \['up'\]"):
        module.handler({"up": 1}, None)
