"""One training by this project in a process of its own, timed from inside.

    python -m bench.train_once --prepared folder --epochs 3 --threads 2

reads the train channel as the container does and prints one JSON line: seconds of reading; of the first epoch, with
the start of the training; of each other epoch, from the end of the one before, so with all that is done between; the
peak memory of the whole process; rows, and the bytes that an epoch must move. With ``--triad`` also the machine's
bandwidth, measured right after the last epoch.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from bench.bandwidth import triad_bandwidth
from bench.memory import peak_rss_mb
from bench.train_rows import bytes_per_epoch, read_train, settings_for
from fm.reports import EpochReport
from fm.trainer import train_on


def main(arguments: Sequence[str] | None = None) -> int:
    """Train once."""
    parser = argparse.ArgumentParser(prog="python -m bench.train_once", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--prepared", type=Path, required=True, help="what bench.prepare_once wrote")
    parser.add_argument("--epochs", type=int, required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--triad", action="store_true")
    given = parser.parse_args(arguments)
    settings = settings_for(given.prepared, epochs=given.epochs)
    started = time.perf_counter()
    rows = read_train(given.prepared, settings)
    ends, losses = [time.perf_counter()], []

    def tell(report: EpochReport) -> None:
        ends.append(time.perf_counter())
        losses.append(getattr(report.metrics, "cross_entropy"))  # noqa: B009 - it is a classifier

    train_on(rows, settings, np.random.default_rng(0), tell, threads=given.threads)
    first, *others = np.diff(ends).tolist()
    said = {"read_seconds": ends[0] - started, "first_epoch": first, "epochs": others, "peak_rss_mb": peak_rss_mb()}
    if given.triad:
        said["bandwidth"] = triad_bandwidth(given.threads)
    said |= {"rows": len(rows), "losses": losses, "bytes_per_epoch": bytes_per_epoch(rows, settings.mini_batch_size)}
    print(json.dumps(said))
    return 0


if __name__ == "__main__":
    sys.exit(main())
