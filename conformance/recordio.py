"""Our RecordIO-protobuf against the real SageMaker SDK v2, byte for byte; ``make conformance`` runs it with the rest.

    python -m conformance.recordio [--ml-100k FOLDER] [--matrices N]

in an environment with conformance/requirements.txt. Every case of the golden files, a thousand matrices and as many
blocks of pairs drawn at random, and ml-100k where it is given. Each must be written as the SDK writes it, be read back
whole, and be read by the SDK as we read it, or the exit status is 1.
"""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import HealthCheck, given, settings
from numpy.typing import NDArray

from conformance import drawn, sdk
from conformance.cases import Case, cases, dense
from conformance.ml_100k import ITEMS, USERS, read_split
from prep.recordio import PairEncoder, read_batches, read_triplet, write_dense, write_records
from prep.recordio.errors import WrongDtype
from prep.triplet import Triplet

Labels = NDArray[np.float32] | None


def main() -> int:
    """Compares everything, prints what differs, and returns the exit status."""
    options = _options()
    verdicts = [*given_cases(options.ml_100k), *drawn_cases(options.matrices), *other_types()]
    for verdict in filter(None, verdicts):
        print(f"DIFFERS {verdict}")
    failed = len(list(filter(None, verdicts)))
    print(f"RecordIO-protobuf against the SDK's writer and reader: {len(verdicts)} compared, {failed} differ")
    return 1 if failed else 0


def given_cases(ml_100k: Path | None) -> Iterator[str]:
    """What is wrong with each case of the golden files, and with the blog's data where it is at hand."""
    for case in chain(cases(), blog(ml_100k)):
        yield compare(case, sdk.write_sparse(case.rows, case.labels))
    for case in blog(ml_100k):
        yield compare_pairs(case, USERS, ITEMS, sdk.write_sparse(case.rows, case.labels))
    stream = io.BytesIO()
    write_dense(stream, dense())
    yield "" if stream.getvalue() == sdk.write_dense(dense()) else "a dense matrix"


def drawn_cases(count: int) -> Iterator[str]:
    """What is wrong with each of ``count`` matrices and of ``count`` blocks of pairs, the same ones every time."""

    def matrix(case: Case) -> str:
        return compare(case, sdk.write_sparse(case.rows, case.labels))

    def pairs(case: tuple[Case, int, int]) -> str:
        return compare_pairs(*case, sdk.write_sparse(case[0].rows, case[0].labels))

    yield from each_drawn(drawn.matrices(), matrix, count)
    yield from each_drawn(drawn.pairs(), pairs, count)


def other_types() -> Iterator[str]:
    """What the SDK writes, and we refuse on purpose: Factorization Machines accepts float32 alone."""
    ones = np.ones(3, np.float32)
    for kind in (np.float64, np.int64):
        for data, labels in ((ones.astype(kind), ones), (ones, ones.astype(kind))):
            name = f"{np.dtype(kind)} {'labels' if labels.dtype == kind else 'values'}"
            assert sdk.write_sparse_of(data, labels)  # noqa: S101 - it does write them
            matrix: Any = _Csr(np.arange(4), np.zeros(3, np.int64), data, (3, 2))
            given_labels: Any = labels
            try:
                write_records(io.BytesIO(), matrix, given_labels)
            except WrongDtype:
                yield ""
            else:
                yield f"{name}, which are to be refused"
    print("Refused on purpose, though the SDK writes them: float64 and int64, as values and as labels")


def compare(case: Case, theirs: bytes) -> str:
    """What is wrong with our writing or reading of one case; empty when nothing is."""
    stream = io.BytesIO()
    write_records(stream, case.rows, case.labels)
    return (
        _bytes_differ(case.name, stream.getvalue(), theirs)
        or _rows_differ(f"{case.name}, read by us", read_triplet(theirs, n_columns=case.rows.n_columns), case)
        or _rows_differ(f"{case.name}, read in batches", _read_all(theirs, case.rows.n_columns), case)
        or _rows_differ(f"{case.name}, ours read by the SDK", sdk.read_sparse(stream.getvalue()), case)
    )


def compare_pairs(case: Case, first_keys: int, second_keys: int, theirs: bytes) -> str:
    """What is wrong with the encoder of pairs; empty when nothing is."""
    encoder = PairEncoder(first_keys=first_keys, second_keys=second_keys, n_columns=case.rows.n_columns)
    keys = case.rows.indices.reshape(-1, 2)
    labels = np.empty(0, np.float32) if case.labels is None else case.labels
    ours = encoder.encode(keys[:, 0], keys[:, 1], labels).tobytes()
    return _bytes_differ(f"{case.name} by pairs", ours, theirs)


def each_drawn(strategy: Any, verdict_of: Callable[[Any], str], count: int) -> Iterator[str]:
    """The verdict on each case drawn; of those that are wrong, on the smallest one, which is also printed."""
    verdicts: list[str] = []

    @settings(
        max_examples=count, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck)
    )
    @given(strategy)
    def check(case: Any) -> None:
        verdicts.append(verdict_of(case))
        if verdicts[-1]:
            raise _Differs(verdicts[-1])

    try:
        check()
    except _Differs as differs:
        print(*getattr(differs, "__notes__", []), sep="\n")
        verdicts = [str(differs)]
    yield from verdicts


def blog(folder: Path | None) -> Iterator[Case]:
    """The blog's own training and test data."""
    for name in ("ua.base", "ua.test") if folder else ():
        yield Case(name, *read_split(Path(folder or ".") / name))


class _Differs(Exception):
    """A drawn case that is not as the SDK has it."""


class _Csr:
    """A matrix of any type of values."""

    def __init__(self, indptr: NDArray[Any], indices: NDArray[Any], data: NDArray[Any], shape: tuple[int, int]) -> None:
        self.indptr, self.indices, self.data, self.shape = indptr, indices, data, shape


def _read_all(octets: bytes, n_columns: int) -> tuple[Triplet, Labels]:
    """The batches of a stream, which are few here."""
    batches = list(read_batches(io.BytesIO(octets), n_columns=n_columns))
    return batches[0] if len(batches) == 1 else read_triplet(octets, n_columns=n_columns)


def _bytes_differ(name: str, ours: bytes, theirs: bytes) -> str:
    if ours == theirs:
        return ""
    at = next((n for n, (a, b) in enumerate(zip(ours, theirs, strict=False)) if a != b), min(len(ours), len(theirs)))
    return f"{name}: byte {at} of {len(ours)}, the SDK wrote {len(theirs)}"


def _rows_differ(name: str, found: tuple[Triplet, Labels], case: Case) -> str:
    rows, labels = found
    pairs: list[tuple[NDArray[Any], NDArray[Any]]]
    pairs = [(rows.indptr, case.rows.indptr), (rows.indices, case.rows.indices), (rows.data, case.rows.data)]
    if case.rows.rows and case.labels is not None:
        pairs.append((np.empty(0) if labels is None else labels, case.labels))
    elif labels is not None:
        return f"{name}: labels, expected none"
    return "" if all(a.tobytes() == b.tobytes() for a, b in pairs) else f"{name}: not what was written"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Our RecordIO-protobuf against the SageMaker SDK v2.")
    parser.add_argument("--ml-100k", type=Path, help="folder with ua.base and ua.test")
    parser.add_argument("--matrices", type=int, default=1000, help="how many are drawn, and as many blocks of pairs")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
