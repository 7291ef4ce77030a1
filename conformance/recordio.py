"""Our RecordIO-protobuf against the real SageMaker SDK v2, byte for byte; ``make conformance`` runs it with the rest.

    python -m conformance.recordio [--ml-100k FOLDER] [--seed N] [--draws N]

in an environment with conformance/requirements.txt. Every case of the golden files, matrices drawn at random, and
ml-100k where it is given. Each must be written as the SDK writes it, and be read back whole, or the exit status is 1.
"""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from conformance import sdk
from conformance.cases import Case, cases, dense, rows_of
from conformance.ml_100k import read_split
from prep.recordio import read_triplet, write_dense, write_records


def main() -> int:
    """Compares everything, prints what differs, and returns the exit status."""
    options = _options()
    everything = chain(cases(), drawn(np.random.default_rng(options.seed), options.draws), ml_100k(options.ml_100k))
    compared = failed = size = 0
    for case in everything:
        theirs = sdk.write_sparse(case.rows, case.labels)
        verdict = compare(case, theirs)
        compared, failed, size = compared + 1, failed + bool(verdict), size + len(theirs)
        if verdict:
            print(f"DIFFERS {case.name}: {verdict}")
    stream = io.BytesIO()
    write_dense(stream, dense())
    failed += stream.getvalue() != sdk.write_dense(dense())
    print(f"{compared} sparse matrices ({size} bytes) and a dense one against the SDK's writer: {failed} differ")
    return 1 if failed else 0


def compare(case: Case, theirs: bytes) -> str:
    """What is wrong with our writing or reading of one case; empty when nothing is."""
    stream = io.BytesIO()
    write_records(stream, case.rows, case.labels)
    ours = stream.getvalue()
    if ours != theirs:
        at = next(
            (n for n, (a, b) in enumerate(zip(ours, theirs, strict=False)) if a != b), min(len(ours), len(theirs))
        )
        return f"byte {at} of {len(ours)}, the SDK wrote {len(theirs)}"
    rows, labels = read_triplet(theirs, n_columns=case.rows.n_columns)
    pairs: list[tuple[NDArray[Any], NDArray[Any]]]
    pairs = [(rows.indptr, case.rows.indptr), (rows.indices, case.rows.indices), (rows.data, case.rows.data)]
    if case.rows.rows and case.labels is not None:
        pairs.append((np.empty(0) if labels is None else labels, case.labels))
    return "" if all(a.tobytes() == b.tobytes() for a, b in pairs) else "it is not read back as it was"


def drawn(rng: np.random.Generator, count: int) -> Iterator[Case]:
    """Random matrices: any width, rows of few or many values, any float32 bit pattern that is a number."""
    for number in range(count):
        width = int(2.0 ** rng.uniform(0, 40)) + 1
        lengths = rng.integers(0, int(rng.choice([3, 8, 40])), rng.integers(0, 200))
        keys = rng.integers(0, width, lengths.sum())
        bits = rng.integers(0, 2**32, lengths.sum() + lengths.size, dtype=np.uint32).view(np.float32)
        values = np.where(np.isnan(bits), np.float32(1), bits)
        labels = values[: lengths.size] if rng.random() < 0.8 else None
        yield Case(f"drawn {number}", rows_of(lengths, keys, values[lengths.size :], width), labels)


def ml_100k(folder: Path | None) -> Iterator[Case]:
    """The blog's own training and test data."""
    for name in ("ua.base", "ua.test") if folder else ():
        yield Case(name, *read_split(Path(folder or ".") / name))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Our RecordIO-protobuf against the SageMaker SDK v2.")
    parser.add_argument("--ml-100k", type=Path, help="folder with ua.base and ua.test")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--draws", type=int, default=100)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
