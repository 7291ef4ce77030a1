"""The Factorization Machines container that trains, by its contract alone: a tree of files and an exit status."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from fm import artifact
from local_aws.containers.factorization_machines import training
from local_aws.containers.factorization_machines.contract import OptMl
from prep.recordio import write_records
from prep.triplet import Triplet
from tests.local_aws.sagemaker.laboratory import FEATURES, hyperparameters, one_hot, planted

RECORDIO = "application/x-recordio-protobuf"


@pytest.fixture
def opt_ml(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> OptMl:
    """A tree with 200 planted rows in two files."""
    monkeypatch.setenv("TRAINING_JOB_NAME", "job-a")
    opt_ml = OptMl(tmp_path)
    rng = np.random.default_rng(3)
    for number in range(2):
        file = tmp_path / "input" / "data" / "train" / f"part-{number}"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(planted(rng, 100).recordio())
    configure(opt_ml, hyperparameters(epochs="1"))
    return opt_ml


def configure(opt_ml: OptMl, settings: dict[str, str], **channel: str) -> None:
    config = opt_ml.base / "input" / "config"
    config.mkdir(exist_ok=True)
    (config / "hyperparameters.json").write_text(json.dumps(settings))
    (config / "inputdataconfig.json").write_text(json.dumps({"train": {"ContentType": RECORDIO} | channel}))


def failure_of(opt_ml: OptMl) -> str:
    assert training.run(opt_ml) == training.CLIENT_FAULT
    assert not (opt_ml.model / artifact.MODEL_FILE).exists()
    reason = (opt_ml.base / "output" / "failure").read_text()
    assert reason.startswith("ClientError: Unable to initialize the algorithm. Failed to validate ")
    return reason


def test_one_name_gives_one_model_and_another_name_another(opt_ml: OptMl, monkeypatch: pytest.MonkeyPatch) -> None:
    models = []
    for name in ("job-a", "job-a", "job-b"):
        monkeypatch.setenv("TRAINING_JOB_NAME", name)
        assert training.run(opt_ml) == 0
        models.append((opt_ml.model / artifact.MODEL_FILE).read_bytes())
    assert models[0] == models[1] != models[2]


def test_files_are_read_in_the_order_of_their_names(opt_ml: OptMl, tmp_path: Path) -> None:
    train = tmp_path / "input" / "data" / "train"
    assert training.run(opt_ml) == 0
    in_two = (opt_ml.model / artifact.MODEL_FILE).read_bytes()
    (train / "all").write_bytes((train / "part-0").read_bytes() + (train / "part-1").read_bytes())
    for part in ("part-0", "part-1"):
        (train / part).unlink()
    assert training.run(opt_ml) == 0
    assert (opt_ml.model / artifact.MODEL_FILE).read_bytes() == in_two


def test_every_bad_hyperparameter_is_named(opt_ml: OptMl) -> None:
    configure(opt_ml, {"feature_dim": "0", "predictor_type": "classifier", "_optimizer": "sgd"})
    reason = failure_of(opt_ml)
    for name in ("feature_dim", "predictor_type", "_optimizer", "num_factors"):
        assert repr(name) in reason


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"feature_dim": "9"}, f"rows of {FEATURES} features, expected feature_dim 9"),
        ({"mini_batch_size": "201"}, "mini_batch_size 201, expected at most the 200 rows"),
    ],
)
def test_settings_that_do_not_fit_the_data_are_named(opt_ml: OptMl, settings: dict[str, str], reason: str) -> None:
    configure(opt_ml, hyperparameters(**settings))
    assert reason in failure_of(opt_ml)


def test_another_content_type_is_named(opt_ml: OptMl) -> None:
    configure(opt_ml, hyperparameters(), ContentType="text/csv")
    assert f"ContentType 'text/csv', expected {RECORDIO!r}" in failure_of(opt_ml)


@pytest.mark.parametrize(("content", "said"), [(b"1,2\n", "channel 'train', part-2"), (b"", "part-2: no records")])
def test_a_file_that_cannot_be_read_is_named(opt_ml: OptMl, content: bytes, said: str) -> None:
    (opt_ml.base / "input" / "data" / "train" / "part-2").write_bytes(content)
    assert said in failure_of(opt_ml)


def test_a_job_without_a_train_channel_is_refused(opt_ml: OptMl) -> None:
    (opt_ml.base / "input" / "config" / "inputdataconfig.json").write_text("{}")
    assert "channel 'train' is missing" in failure_of(opt_ml)


def write_channel(opt_ml: OptMl, name: str, rows: Triplet, labels: list[float]) -> None:
    file = opt_ml.base / "input" / "data" / name / "part-0"
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("wb") as stream:
        write_records(stream, rows, np.array(labels, np.float32))
    channels = {"train": {"ContentType": RECORDIO}, "test": {"ContentType": RECORDIO}}
    (opt_ml.base / "input" / "config" / "inputdataconfig.json").write_text(json.dumps(channels))


@pytest.mark.parametrize("channel", ["train", "test"])
@pytest.mark.parametrize(
    ("row", "value", "label", "reason"),
    [
        (1, 1, 0.5, "row 1: label 0.5, expected 0 or 1 for a binary_classifier"),
        (1, 1, np.nan, "row 1: label nan, expected 0 or 1 for a binary_classifier"),
        (2, np.inf, 1, "row 2, feature 3: value inf, expected a finite number"),
    ],
)
def test_rows_of_either_channel_are_refused_before_the_training(
    opt_ml: OptMl, capfd: pytest.CaptureFixture[str], channel: str, row: int, value: float, label: float, reason: str
) -> None:
    rows, labels = one_hot(np.arange(4), np.arange(4)), [0.0, 1.0, 0.0, 1.0]
    rows.data[2 * row] = value
    rows.indices[2 * row] = 3
    labels[row] = label
    write_channel(opt_ml, channel, rows, labels)
    (opt_ml.base / "input" / "data" / "train" / "part-1").unlink()
    assert f"input data. (caused by ChannelError) [Caused by: channel {channel!r}: {reason}]" in failure_of(opt_ml)
    assert "epoch=0" not in capfd.readouterr().out


def test_a_channel_without_a_content_type_is_the_algorithms_own(opt_ml: OptMl) -> None:
    """A configuration may say null where the request said nothing."""
    channels = {"train": {"ContentType": None}}
    (opt_ml.base / "input" / "config" / "inputdataconfig.json").write_text(json.dumps(channels))
    assert training.run(opt_ml) == 0
