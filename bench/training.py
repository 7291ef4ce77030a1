"""Times training side by side with what one would use instead, and with what it cannot be faster than."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from bench import figures
from bench.child import run_child
from bench.figures import Figure, Target
from bench.measure import Say
from bench.ratings import CACHE, ROWS, generated_ratings
from bench.train_rows import read_train, settings_for
from prep.job import PrepareJob
from prep.prepare import prepare
from prep.sample import generate
from prep.sinks import FolderSink
from prep.sources import FolderSource
from prep.split_rule import SplitRule
from runner.children import Children
from runner.files import ROOT

YARDSTICKS_PYTHON: Final = ROOT / "build" / "bench-train" / "bin" / "python"
THREADS: Final = 2
ML_100K: Final = {"users": 943, "items": 1682, "ratings": 100_000}
EPOCHS: Final = 8
"""Of each contestant; the first, in which things are compiled and memory is used for the first time, does not count."""
_EPOCHS_25M: Final = 3
_HELD_OUT: Final = 10
_SPARSE, _DENSE, _FLOOR, _MEMORY = Target(20, at_least=True), Target(15, at_least=True), Target(5), Target(3)
_OPTIMIZERS: Final = ("sparse", "dense")
_OTHERS: Final = ("myfm", "logistic")
_ML_100K_JOB = "90,570 generated rows of ml-100k's shape, 64 factors, batches of 1,000; one thread or two"
_25M_JOB = f"what is left of {ROWS:,} generated rows without {_HELD_OUT} of each user, 64 factors, batches of 1,000"

Said = Mapping[str, Any]
Command = list[str | Path]


class TrainingBench:
    """All of it happens in temporary folders on one file system, that of the generated ratings."""

    def __init__(self, children: Children, *, log: Path, say: Say, repeats: int) -> None:
        self._children, self._log, self._say = children, log, say
        self._repeats = repeats

    def figures(self) -> list[Figure]:
        """Every figure. Raises CommandFailed."""
        return self.ml_100k() + self.ml_25m()

    def ml_100k(self) -> list[Figure]:
        """Every contestant in turn, as often as asked for, on the same rows in the same order."""
        CACHE.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE, prefix="bench-") as folder:
            prepared, rows = _prepared_ml_100k(Path(folder))
            said: dict[str, list[Said]] = {name: [] for name in ("ours", *_OPTIMIZERS, *_OTHERS)}
            for number in range(1, self._repeats + 1):
                said["ours"].append(self._ours_at_its_best(prepared, number))
                for optimizer in _OPTIMIZERS:
                    said[optimizer].append(self._torch_at_its_best(rows, optimizer))
                for which in _OTHERS:
                    args: Command = ["-m", "bench.other_trainers", "--rows", rows, "--which", which]
                    said[which].append(self._timed([YARDSTICKS_PYTHON, *args], f"{which} ({number})"))
        return ml_100k_figures(said)

    def ml_25m(self) -> list[Figure]:
        """25 million rows, each time with the machine's bandwidth right after."""
        with tempfile.TemporaryDirectory(dir=CACHE, prefix="bench-") as folder:
            prepared = Path(folder) / "prepared"
            job: Command = ["--ratings", generated_ratings().folder, "--out", prepared, "--k", str(_HELD_OUT)]
            self._timed([sys.executable, "-m", "bench.prepare_once", *job], f"prepare {ROWS:,} rows")
            size = sum(file.stat().st_size for file in (prepared / "prepared" / "train").iterdir())
            said = [
                self._train(prepared, _EPOCHS_25M, f"train, {ROWS:,} rows, {_EPOCHS_25M} epochs ({number})", "--triad")
                for number in range(1, self._repeats + 1)
            ]
        return ml_25m_figures(said, size)

    def _ours_at_its_best(self, prepared: Path, number: int) -> Said:
        """Where others are at work, two threads that wait for each other take longer than one; PyTorch's too."""
        what = f"train, ml-100k's shape ({number}), threads"
        runs = [self._train(prepared, EPOCHS, f"{what} {n}", threads=n) for n in range(1, THREADS + 1)]
        return min(runs, key=_epoch_seconds)

    def _torch_at_its_best(self, rows: Path, optimizer: str) -> Said:
        runs = [self._torch(rows, optimizer, EPOCHS, threads=threads) for threads in range(1, THREADS + 1)]
        return min(runs, key=_epoch_seconds)

    def _torch(self, rows: Path, optimizer: str, epochs: int, *, threads: int) -> Said:
        command: Command = [YARDSTICKS_PYTHON, "-m", "bench.torch_baseline", "--rows", rows, "--optimizer", optimizer]
        more = ["--epochs", str(epochs), "--threads", str(threads)]
        return self._timed([*command, *more], f"PyTorch, {optimizer} Adam, threads {threads}")

    def _train(self, prepared: Path, epochs: int, what: str, *more: str, threads: int = THREADS) -> Said:
        args: Command = ["--prepared", prepared, "--epochs", str(epochs), "--threads", str(threads), *more]
        return self._timed([sys.executable, "-m", "bench.train_once", *args], what)

    def _timed(self, command: Command, what: str) -> Said:
        ended = run_child(self._children, command, log=self._log)
        self._say(what, ended.seconds)
        return ended.said


def ml_100k_figures(said: Mapping[str, Sequence[Said]]) -> list[Figure]:
    """said: what each contestant printed, of each repeat."""
    seconds = {name: [_epoch_seconds(one) for one in said[name]] for name in ("ours", *_OPTIMIZERS)}
    sweeps, fits = ([float(one["seconds"]) for one in said[name]] for name in _OTHERS)
    sparse, dense = (f"PyTorch's {name}, one thread or two" for name in ("SparseAdam", "fused Adam"))
    alone = "the median epoch after the first, by the clock"
    fit = "scikit-learn's logistic regression, without factors, until it has converged"
    return [
        figures.median("train.ml_100k.epoch_seconds", seconds["ours"], unit="s", how=f"{_ML_100K_JOB}; {alone}"),
        figures.median("train.torch_sparse_adam.epoch_seconds", seconds["sparse"], unit="s", how=f"{sparse}; {alone}"),
        figures.median("train.torch_adam.epoch_seconds", seconds["dense"], unit="s", how=f"{dense}; {alone}"),
        figures.quotient(
            "train.vs_torch_sparse_adam", seconds["sparse"], seconds["ours"], how=f"{sparse} over ours", target=_SPARSE
        ),
        figures.quotient(
            "train.vs_torch_adam", seconds["dense"], seconds["ours"], how=f"{dense} over ours", target=_DENSE
        ),
        figures.median(
            "train.myfm.sweep_seconds", sweeps, unit="s", how="myFM of 64 factors, a Gibbs sweep of all rows"
        ),
        figures.median("train.sklearn_logistic.seconds", fits, unit="s", how=fit),
    ]


def ml_25m_figures(said: Sequence[Said], size: int) -> list[Figure]:
    """said: what a training printed, of each repeat. size: bytes of its RecordIO files."""
    seconds = [_epoch_seconds(one) for one in said]
    floors = [float(one["bytes_per_epoch"]) / float(one["bandwidth"]) for one in said]
    bandwidths = [float(one["bandwidth"]) / 1e9 for one in said]
    peaks = [float(one["peak_rss_mb"]) * (1 << 20) / size for one in said]
    floor = (
        "each row read; weights, means and variances of each feature that a batch names read and written, once a "
        "batch; over the triad's bandwidth"
    )
    triad = "of STREAM, two threads, 0.5 GB arrays, right after the training"
    memory = f"most memory of the process over the train channel's {size:,} bytes"
    return [
        figures.median("train.25m.epoch_seconds", seconds, unit="s", how=f"{_25M_JOB}; epochs after the first"),
        figures.median(
            "train.25m.read_seconds", [float(one["read_seconds"]) for one in said], unit="s", how="the channel"
        ),
        figures.median("train.triad", bandwidths, unit="GB/s", how=triad),
        figures.median("train.25m.floor_seconds", floors, unit="s", how=floor),
        figures.quotient("train.25m_epoch_vs_floor", seconds, floors, how="epoch over floor", target=_FLOOR),
        figures.largest("train.25m_memory_vs_file", peaks, unit="times", how=memory, target=_MEMORY),
    ]


def _epoch_seconds(said: Said) -> float:
    """The median epoch after the first."""
    return float(np.median(said["epochs"]))


def _prepared_ml_100k(folder: Path) -> tuple[Path, Path]:
    """Generated ratings, prepared; and the rows of the train channel for who reads no RecordIO."""
    ratings, prepared, file = folder / "ratings", folder / "prepared", folder / "rows.npz"
    generate(ratings, **ML_100K)
    prepare(FolderSource(ratings), PrepareJob(split=SplitRule(kind="given", name="ua")), FolderSink(prepared))
    rows = read_train(prepared, settings_for(prepared, epochs=1))
    pairs = np.column_stack([rows.first, rows.second]).astype(np.int64)
    np.savez(file, pairs=pairs, labels=rows.labels, features=rows.n_columns)
    return prepared, file
