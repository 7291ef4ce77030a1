"""One preparation in a process of its own, timed from inside.

    python -m bench.prepare_once --ratings folder --out folder

prints one JSON line: seconds of ``prepare`` alone, without the start of Python and imports, and
those of all its threads on a processor; those until it began to write shards; the peak memory of the whole process;
rows and bytes.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

# NumPy imports it in np.unique, when that is first used, which is not to be timed.
import numpy.ma  # noqa: F401

from bench.memory import peak_rss_mb
from prep.job import PrepareJob
from prep.labels import LabelRule
from prep.prepare import prepare
from prep.sinks import FolderSink
from prep.sources import FolderSource
from prep.split_rule import SplitRule


def main(arguments: Sequence[str] | None = None) -> int:
    """Prepare once. The scratch files are beside the results, so that all is on one file system."""
    parser = argparse.ArgumentParser(prog="python -m bench.prepare_once", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--ratings", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--k", type=int, default=10, help="held-out ratings of each user")
    given = parser.parse_args(arguments)
    job = PrepareJob(split=SplitRule(kind="leave_k_out", k=given.k), label=LabelRule(task="binary_classifier"))
    with tempfile.TemporaryDirectory(dir=given.out.parent, prefix="scratch-") as scratch:
        started, cpu_started = time.perf_counter(), time.process_time()
        watch = _Watch()
        done = prepare(FolderSource(given.ratings), job, FolderSink(given.out), progress=watch, scratch=Path(scratch))
        seconds, cpu_seconds = time.perf_counter() - started, time.process_time() - cpu_started
    rows = done.train_rows + done.validation_rows + done.test_rows
    size = done.bytes.train + done.bytes.validation + done.bytes.test
    took = {"seconds": seconds, "cpu_seconds": cpu_seconds, "peak_rss_mb": peak_rss_mb()}
    took["seconds_to_writing"] = watch.writing - started
    print(json.dumps({**took, "rows": rows, "bytes": size}))
    return 0


class _Watch:
    """Notes when the first rows were written. A progress of prep.progress."""

    writing = 0.0

    def __call__(self, step: str, done: int, total: int | None) -> None:
        """Told of every chunk."""
        del done, total
        if step == "write" and not self.writing:
            self.writing = time.perf_counter()


if __name__ == "__main__":
    sys.exit(main())
