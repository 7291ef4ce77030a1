"""Training's figures: what is divided by what, what an epoch has to move, and that each contestant runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bench import training
from bench.bandwidth import triad_bandwidth
from bench.child import run_child
from bench.errors import BenchError
from bench.measure import Say
from bench.train_rows import FACTORS, bytes_per_epoch, read_train, settings_for
from bench.training import TrainingBench, ml_25m_figures, ml_100k_figures
from fm.training_data import Pairs
from prep.job import PrepareJob
from prep.labels import LabelRule
from prep.prepare import prepare
from prep.sample import generate
from prep.sinks import FolderSink
from prep.sources import FolderSource
from prep.split_rule import SplitRule
from runner.children import Children

SMALL = {"users": 60, "items": 120, "ratings": 3_000}


def test_contestants_are_compared_within_each_repeat() -> None:
    said: dict[str, list[dict[str, Any]]] = {
        "ours": [{"epochs": [0.01, 0.01, 0.09]}, {"epochs": [0.02]}],
        "sparse": [{"epochs": [0.3]}, {"epochs": [0.5]}],
        "dense": [{"epochs": [0.2]}, {"epochs": [0.2]}],
        "myfm": [{"seconds": 1.0}, {"seconds": 3.0}],
        "logistic": [{"seconds": 4.0}, {"seconds": 6.0}],
    }
    found = {figure.name: figure for figure in ml_100k_figures(said)}
    assert found["train.vs_torch_sparse_adam"].each == pytest.approx((30, 25))
    assert found["train.vs_torch_sparse_adam"].is_met
    assert found["train.vs_torch_adam"].each == pytest.approx((20, 10))
    assert found["train.vs_torch_adam"].is_met
    assert found["train.ml_100k.epoch_seconds"].value == pytest.approx(0.015)
    assert found["train.myfm.sweep_seconds"].value == 2.0
    assert found["train.sklearn_logistic.seconds"].value == 5.0


def test_an_epoch_is_compared_with_the_bandwidth_measured_after_it() -> None:
    one = {"epochs": [4.0, 6.0], "read_seconds": 3.0, "bytes_per_epoch": 50e9, "bandwidth": 25e9, "peak_rss_mb": 2048.0}
    found = {figure.name: figure for figure in ml_25m_figures([one, one | {"bandwidth": 50e9}], 1 << 30)}
    assert found["train.25m_epoch_vs_floor"].each == (2.5, 5.0)
    assert found["train.25m_epoch_vs_floor"].is_met
    assert found["train.25m.floor_seconds"].each == (2.0, 1.0)
    assert found["train.25m_memory_vs_file"].value == 2.0
    assert found["train.triad"].each == (25.0, 50.0)


def test_each_feature_of_a_batch_is_moved_once(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(2)
    users, items = rng.integers(0, 20, 103, dtype=np.int32), rng.integers(20, 50, 103, dtype=np.int32)
    batches = [range(first, min(first + 10, 103)) for first in range(0, 103, 10)]
    named = sum(len({int(column[row]) for row in batch for column in (users, items)}) for batch in batches)
    expected = named * (FACTORS + 1) * 4 * 3 * 2 + 103 * 12
    monkeypatch.setattr("bench.train_rows._BATCHES_AT_ONCE", 3)
    assert bytes_per_epoch(Pairs(users, items, np.zeros(103, np.float32), 50), 10) == expected


def test_bandwidth_is_that_of_a_machine() -> None:
    assert 1e8 < triad_bandwidth(2, 1 << 20) < 1e13


@pytest.fixture
def prepared(tmp_path: Path) -> Path:
    generate(tmp_path / "ratings", **SMALL)
    return prepare_as(tmp_path, "binary_classifier")


def prepare_as(folder: Path, task: str) -> Path:
    job = PrepareJob(split=SplitRule(kind="given", name="ua"), label=LabelRule(task=task))
    prepare(FolderSource(folder / "ratings"), job, FolderSink(folder / task))
    return folder / task


def test_rows_of_other_features_are_no_contest(tmp_path: Path, prepared: Path) -> None:
    ordinal = prepare_as(tmp_path, "ordinal")
    assert len(read_train(prepared, settings_for(prepared, epochs=1))) == SMALL["ratings"] - 10 * SMALL["users"]
    with pytest.raises(BenchError, match="expected a user and an item"):
        read_train(ordinal, settings_for(ordinal, epochs=1))


@pytest.fixture
def small_bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TrainingBench:
    monkeypatch.setattr(training, "ML_100K", SMALL)
    monkeypatch.setattr(training, "CACHE", tmp_path)
    say: Say = lambda what, seconds: None  # noqa: E731
    return TrainingBench(Children(), log=tmp_path / "log", say=say, repeats=1)


def test_a_training_of_ours_says_what_the_figures_need(tmp_path: Path, prepared: Path) -> None:
    import sys

    command: list[Any] = [sys.executable, "-m", "bench.train_once", "--prepared", prepared, "--epochs", "3"]
    with Children() as children:
        said = run_child(children, [*command, "--threads", "2"], log=tmp_path / "log").said
    assert len(said["epochs"]) == 2
    assert said["losses"][2] < said["losses"][0]
    assert said["rows"] == SMALL["ratings"] - 10 * SMALL["users"]
    assert said["peak_rss_mb"] > 20


@pytest.mark.skipif(not training.YARDSTICKS_PYTHON.exists(), reason="`make bench ONLY=train` installs PyTorch")
@pytest.mark.parametrize("optimizer", ["sparse", "dense"])
def test_the_contestants_learn_the_same(small_bench: TrainingBench, tmp_path: Path, optimizer: str) -> None:
    """Losses differ but by the initial weights, of an optimizer also by decay: nobody is fast by doing less."""
    prepared, rows = training._prepared_ml_100k(tmp_path)
    ours = small_bench._train(prepared, 4, "")
    theirs = small_bench._torch(rows, optimizer, 4, threads=1)
    assert theirs["losses"] == pytest.approx(ours["losses"], abs=0.01)
