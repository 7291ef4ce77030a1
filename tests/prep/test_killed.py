"""A preparation that is killed leaves nothing under a final name, whenever that is; running again completes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import csv

from tests.prep.preparing import files_in

POINTS = 10
ROWS = 500_000
JOB = ["--split", "random", "--share", "0.2", "--validation", "0.1", "--shards", "4"]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five hundred users, mixed, with a thousand ratings each: long enough in the making to be killed anywhere."""
    folder = tmp_path_factory.mktemp("killed") / "data"
    folder.mkdir()
    rng = np.random.default_rng(0)
    row = rng.permutation(ROWS)
    columns = {
        "userId": row // 1000,
        "movieId": row % 1000,
        "rating": rng.integers(1, 11, ROWS) / 2,
        "timestamp": rng.integers(10**9, 10**9 + 10**7, ROWS),
    }
    csv.write_csv(pa.table(columns), folder / "ratings.csv", csv.WriteOptions(quoting_style="none"))
    return folder


class Place:
    """Where results and scratch files go, and how to start a preparation there."""

    def __init__(self, path: Path, root: Path, data: Path) -> None:
        self.path, self._root, self._data = path, root, data
        self.out, self.scratch = path / "results" / "out", path / "scratch"
        self.out.parent.mkdir(parents=True)
        self.scratch.mkdir()

    def start(self, *program: str) -> subprocess.Popen[str]:
        """``python -m prep``, or another program with the same arguments."""
        arguments = [str(self._data), str(self.out), *JOB, "--scratch", str(self.scratch)]
        command = [sys.executable, *(program or ("-m", "prep")), *arguments]
        pipe = subprocess.PIPE
        # A shell without job control lets what it starts in the background ignore SIGINT, and so would the child.
        inherited = signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            return subprocess.Popen(command, cwd=self._root, text=True, stdin=pipe, stdout=pipe, stderr=pipe)
        finally:
            signal.signal(signal.SIGINT, inherited)

    def run(self) -> dict[str, bytes]:
        """To the end. Returns the results."""
        with self.start() as process:
            _, complaint = process.communicate()
        assert (process.returncode, complaint) == (0, "")
        return files_in(self.out)

    def has_no_leftovers(self) -> bool:
        return [entry.name for entry in self.out.parent.iterdir()] == ["out"] and not list(self.scratch.iterdir())


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory, root: Path, data: Path) -> tuple[dict[str, bytes], float]:
    """The results, and the seconds they take, of two runs the shorter."""
    taken = []
    for name in ("one", "two"):
        place = Place(tmp_path_factory.mktemp("undisturbed") / name, root, data)
        begun = time.monotonic()
        results = place.run()
        taken.append(time.monotonic() - begun)
        assert place.has_no_leftovers()
    return results, min(taken)


def killed(process: subprocess.Popen[str]) -> bool:
    """Whether that ended it, and not its own last line."""
    with process:
        process.send_signal(signal.SIGKILL)
    return process.returncode == -signal.SIGKILL


def test_killed_at_any_moment_it_leaves_no_result_and_running_again_completes(
    tmp_path: Path, root: Path, data: Path, undisturbed: tuple[dict[str, bytes], float]
) -> None:
    expected, seconds = undisturbed
    place = Place(tmp_path / "place", root, data)
    rng, kills = np.random.default_rng(7), 0
    for attempt in range(4 * POINTS):
        process, begun = place.start(), time.monotonic()
        try:
            process.wait(timeout=rng.uniform(0.05, 1) * seconds)
        except subprocess.TimeoutExpired:
            kills += killed(process)
        else:  # faster than those that were measured
            process.communicate()
            seconds = min(seconds, time.monotonic() - begun)
        nothing_or_all(place, expected)
        if place.out.exists():
            place.out.rename(place.path / f"whole-{attempt}")
        if kills == POINTS:
            break
    assert kills == POINTS
    assert place.run() == expected
    assert place.has_no_leftovers()


def nothing_or_all(place: Place, expected: dict[str, bytes]) -> None:
    """No file of a result has its name, or all have and are whole; others are hidden and say that they are partial."""
    assert not place.out.exists() or files_in(place.out) == expected
    others = {entry.name for entry in place.out.parent.iterdir()} - {"out"}
    assert all(name.startswith(".out.partial-") for name in others)


_STOPS = """
import sys
from pathlib import Path
import prep.__main__ as command
from prep.sinks import FolderSink

def stop(*what):
    print(*what, flush=True)
    sys.stdin.readline()

class Stopping(FolderSink):
    def commit(self, staged):
        stop("before commit")
        super().commit(staged)
        stop("after commit")

replace = Path.replace
def stopping(path, target):
    stop("before", target.name)
    return replace(path, target)
Path.replace = stopping

prepare = command.prepare
def told(source, job, sink, *, progress, scratch):
    seen = set()
    def tell(step, done, total):
        progress(step, done, total)
        if step not in seen and done > 150_000:
            seen.add(step)
            stop(step)
    return prepare(source, job, sink, progress=tell, scratch=scratch)
command.prepare, command.FolderSink = told, Stopping
sys.exit(command.main())
"""


@pytest.mark.parametrize("stop", ["read", "split", "write", "before commit", "after commit"])
def test_killed_in_the_middle_of_each_step(
    tmp_path: Path, root: Path, data: Path, undisturbed: tuple[dict[str, bytes], float], stop: str
) -> None:
    expected, _ = undisturbed
    place = Place(tmp_path / "place", root, data)
    process = place.start("-c", _STOPS)
    assert stopped_at(process, lambda said: said == stop) == stop
    assert killed(process)
    nothing_or_all(place, expected)
    assert place.out.exists() == (stop == "after commit")
    assert place.run() == expected
    assert place.has_no_leftovers()


@pytest.mark.parametrize("last", ["prepared.json", "validation.protobuf", "train-00002-of-00004.protobuf"])
def test_killed_between_two_names_in_a_folder_with_earlier_results_no_file_is_half_and_the_result_is_missing(
    tmp_path: Path, root: Path, data: Path, undisturbed: tuple[dict[str, bytes], float], last: str
) -> None:
    """There results get their names one by one, and ``prepared.json``, which says that all have, the last."""
    expected, _ = undisturbed
    place = Place(tmp_path / "place", root, data)
    stale = {"prepared.json": b"old", "prepared/train/train.protobuf": b"old", "notes.txt": b"mine"}
    for name, content in stale.items():
        (place.out / name).parent.mkdir(parents=True, exist_ok=True)
        (place.out / name).write_bytes(content)
    process = place.start("-c", _STOPS)
    stopped_at(process, lambda said: said == f"before {last}")
    assert killed(process)
    there = files_in(place.out)
    assert there.pop("notes.txt") == b"mine"
    assert there.items() <= expected.items()
    assert "prepared.json" not in there
    assert place.run() == {**expected, "notes.txt": b"mine"}
    assert place.has_no_leftovers()


def stopped_at(process: subprocess.Popen[str], wanted: Callable[[str], bool]) -> str:
    """Let it go on from stop to stop until the one that is wanted."""
    assert process.stdout is not None
    assert process.stdin is not None
    while said := process.stdout.readline().strip():
        if wanted(said):
            return said
        process.stdin.write("\n")
        process.stdin.flush()
    raise AssertionError(process.communicate())


def test_an_interrupt_takes_everything_back(tmp_path: Path, root: Path, data: Path) -> None:
    place = Place(tmp_path / "place", root, data)
    process = place.start("-c", _STOPS)
    stopped_at(process, lambda said: said == "write")
    os.kill(process.pid, signal.SIGINT)
    process.communicate()
    assert process.returncode == 130
    assert not list(place.out.parent.iterdir())
    assert not list(place.scratch.iterdir())
