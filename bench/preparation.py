"""Times preparation side by side with what it cannot be faster than, and with what one would use instead."""

from __future__ import annotations

import contextlib
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from bench import figures
from bench.child import Ended, run_child
from bench.figures import Figure, Target
from bench.io_floor import io_floor, warm_pages
from bench.measure import Say
from bench.ratings import CACHE, ROWS, Generated, generated_ratings
from runner.children import Children
from runner.files import ROOT

SIZES: Final = (1_000_000, 5_000_000, ROWS)
"""Rows; the last is of MovieLens 25M's number."""
SPARK_PYTHON: Final = ROOT / "build" / "spark" / "bin" / "python"
SPARK_EXTRAS: Final = ROOT / "build" / "bench-spark"
HELD_OUT: Final = 10
PEAK_MB = Target(512)
FLOORS = Target(12)
SPARKS = Target(20, at_least=True)
OFF_LINEAR = Target(0.25)
_INSIDE = "timed inside the process, around prepare(): without the start of Python and imports, nothing else left out"
_JOB = f"{ROWS:,} generated rows from CSV, the training ones shuffled, {HELD_OUT} of each user held out, shards on disk"


class Bench:
    """All of it happens in temporary folders on one file system, that of the generated ratings.

    Before each contestant's turn memory is warmed, so that none pays for a virtual machine's pages that others used.
    """

    def __init__(self, children: Children, *, log: Path, say: Say, repeats: int) -> None:
        self._children, self._log, self._say = children, log, say
        self._repeats = repeats

    def preparation(self) -> list[Figure]:
        """Preparing each number of rows in a process of its own, and the floor of the largest, in turn."""
        ratings = [self._generated(rows) for rows in SIZES]
        largest = ratings[-1]
        done: dict[int, list[Ended]] = {rows: [] for rows in SIZES}
        floors = []
        for number in range(1, self._repeats + 1):
            for generated in ratings:
                done[generated.rows].append(self._prepare(generated, number))
            floors.append(self._floor(largest, done[largest.rows][-1], number))
        return preparation_figures(done, floors)

    def spark(self, repeats: int) -> list[Figure]:
        """Spark and, right after it, ours."""
        generated = self._generated(ROWS)
        theirs, ours = [], []
        for number in range(1, repeats + 1):
            theirs.append(self._spark(generated, number))
            ours.append(self._prepare(generated, number))
        return spark_figures(ours, theirs)

    def _generated(self, rows: int) -> Generated:
        generated = generated_ratings(rows)
        if generated.seconds:
            self._say(f"generate {rows:,} rows", generated.seconds)
        return generated

    def _prepare(self, generated: Generated, number: int) -> Ended:
        with _temporary() as folder:
            args = (sys.executable, "-m", "bench.prepare_once", "--ratings", generated.folder, "--out", folder / "out")
            ended = run_child(self._children, [*args, "--k", str(HELD_OUT)], log=self._log)
        self._say(
            f"prepare {generated.rows:,} rows ({number}), {ended.said['peak_rss_mb']:.0f} MB", ended.said["seconds"]
        )
        return ended

    def _floor(self, generated: Generated, prepared: Ended, number: int) -> float:
        size, writes_after = int(prepared.said["bytes"]), float(prepared.said["seconds_to_writing"])
        with _temporary() as folder:
            target = folder / "written"
            seconds = io_floor(generated.folder / "ratings.csv", target, size, writes_after=writes_after)
        self._say(f"read and write as many bytes ({number})", seconds)
        return seconds

    def _spark(self, generated: Generated, number: int) -> Ended:
        with _temporary() as folder:
            args = (SPARK_PYTHON, "-m", "bench.spark_baseline", "--ratings", generated.folder / "ratings.csv")
            more = ("--out", folder / "out", "--k", str(HELD_OUT), "--local", "2")
            ended = run_child(self._children, [*args, *more], log=self._log, import_from=(ROOT, SPARK_EXTRAS))
        self._say(f"Spark, local[2], {generated.rows:,} rows ({number})", ended.said["seconds"])
        return ended


def preparation_figures(done: Mapping[int, Sequence[Ended]], floors: Sequence[float]) -> list[Figure]:
    """done: by number of rows, a preparation of each repeat; floors: beside the most rows, of each repeat."""
    seconds = {rows: [float(ended.said["seconds"]) for ended in each] for rows, each in done.items()}
    most = max(seconds)
    repeats = [dict(zip(seconds, each, strict=True)) for each in zip(*seconds.values(), strict=True)]
    offs = [figures.off_linear(each) for each in repeats]
    spreads = [figures.spread(each) for each in repeats]
    peaks = [float(ended.said["peak_rss_mb"]) for ended in done[most]]
    cpu = [float(ended.said["cpu_seconds"]) for ended in done[most]]
    how_cpu = "of all threads on a processor: where the seconds are far above half of it, others were at work"
    most_seconds = seconds.pop(most)
    off = "how far the seconds are from rows times a constant, at most over the numbers of rows: 0 is linear"
    growth = "seconds a row at the worst number of rows over those at the best: 1 is linear"
    floor = (
        "to read the CSV and write as many bytes as the shards have, through one warm buffer; writing begins as long "
        "after the start as preparation's does, the wait not counted"
    )
    return [
        figures.median("prepare.25m.seconds", most_seconds, unit="s", how=f"{_JOB}; {_INSIDE}"),
        figures.median("prepare.25m.cpu_seconds", cpu, unit="s", how=how_cpu),
        figures.largest("prepare.25m.peak_rss_mb", peaks, unit="MB", how="of the whole process", target=PEAK_MB),
        figures.median("prepare.io_floor.seconds", floors, unit="s", how=floor),
        figures.quotient("prepare.25m_vs_io_floor", most_seconds, floors, how="preparation over floor", target=FLOORS),
        *(
            figures.median(f"prepare.{_short(rows)}.seconds", each, unit="s", how=_INSIDE)
            for rows, each in seconds.items()
        ),
        figures.median("prepare.off_linear", offs, unit="share", how=off, target=OFF_LINEAR),
        figures.median("prepare.growth", spreads, unit="times", how=growth),
    ]


def spark_figures(ours: Sequence[Ended], theirs: Sequence[Ended]) -> list[Figure]:
    """A preparation by each, of each repeat."""
    seconds = [float(ended.said["seconds"]) for ended in ours]
    spark = [float(ended.said["seconds"]) for ended in theirs]
    alone = "bench.spark_baseline: plain PySpark on two cores, timed inside, without its start"
    how = f"Spark over ours; {_JOB}"
    return [
        figures.median("prepare.spark_local2.seconds", spark, unit="s", how=alone),
        figures.quotient("prepare.25m_vs_spark_local2", spark, seconds, how=how, target=SPARKS),
    ]


def _short(rows: int) -> str:
    return f"{round(rows / 1e6)}m"


@contextlib.contextmanager
def _temporary() -> Iterator[Path]:
    """A folder for one contestant's turn."""
    with tempfile.TemporaryDirectory(dir=CACHE, prefix="bench-") as folder:
        warm_pages(Path(folder))
        yield Path(folder)
