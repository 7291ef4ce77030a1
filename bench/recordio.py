"""Our RecordIO-protobuf codec beside the SageMaker SDK's and beside memcpy, in one process.

    build/conformance/bin/python -m bench.recordio [--json] [--ml-100k FOLDER] [--repeats N]

runs where the SDK is installed (``make build/conformance/.ready``). Each repeat times all contestants one after the
other, and has ratios of its own; the figures are the medians of these, as what else a machine does slows down all.
Seconds are the processor's, all of them in one thread: on a busy machine the clock would count the waiting of whoever
takes long in one go, which is the SDK, and hardly that of the median of short runs.
"""

from __future__ import annotations

import argparse
import io
import json
import platform
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, BinaryIO, Final, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from conformance import sdk
from conformance.cases import rows_of
from conformance.ml_100k import ITEMS, USERS, read_split
from prep.recordio import PairEncoder, read_triplet, write_records
from prep.recordio.pairs import BLOCK_ROWS
from prep.triplet import Triplet

TARGETS: Final = {
    "recordio.pair_vs_sdk": 2000.0,
    "recordio.general_vs_sdk": 300.0,
    "recordio.general_5_to_30_vs_sdk": 100.0,
    "recordio.pair_vs_memcpy": 1 / 8,
    "recordio.read_vs_sdk": 90.0,
}
"""What each figure is to be at least."""

NOTES: Final = {
    "recordio.pair_vs_sdk": "PairEncoder, rows/s over write_spmatrix_to_sparse_tensor's; the shape of ua.base",
    "recordio.general_vs_sdk": "write_records, the same rows; the SDK likewise",
    "recordio.general_5_to_30_vs_sdk": "write_records, 20,000 rows of 5 to 30 values in 2^18 columns; the SDK likewise",
    "recordio.pair_vs_memcpy": "bytes/s of PairEncoder over np.copyto's of the same bytes: 2,000,000 rows of the "
    "shape of ml-25m (130 MB, more than any cache), each into a buffer of that size that was written before",
    "recordio.read_vs_sdk": "read_triplet, rows/s over read_records' and a loop that takes the numbers out of its "
    "messages: octets to arrays by both, all of the shape of ua.base",
    "recordio.read_vs_sdk_messages": "the same rows/s over those of read_records alone, which leaves messages, not "
    "numbers: what its C library parses, no more",
}
"""How each was measured. The SDK writes the first rows alone: it takes them one by one, so its rate is the same."""

_UA_BASE_ROWS: Final = 90_570
_ML_25M_USERS, _ML_25M_ITEMS = 162_541, 59_047
_DRAM_ROWS: Final = 2_000_000
_SDK_ROWS: Final = 10_000
_INNER: Final = 15
"""Our own side of a repeat is the median of so many, as it takes milliseconds."""


class Rows(NamedTuple):
    """What is encoded."""

    rows: Triplet
    labels: NDArray[np.float32]

    @property
    def first(self) -> Rows:
        """What the SDK is timed on."""
        return Rows(self.rows.take(np.arange(min(_SDK_ROWS, self.rows.rows))), self.labels[:_SDK_ROWS])


def measure(*, ml_100k: Path | None = None, repeats: int = 5) -> dict[str, Any]:
    """``figures``: medians of ``repeats`` ratios by name; ``repeats``: all of them; ``rates``: medians, rows/s.

    ml_100k: a folder with ``ua.base``, to take that in place of generated rows of its shape.
    """
    rng = np.random.default_rng(0)
    blog = Rows(*read_split(ml_100k / "ua.base")) if ml_100k else one_hot(rng, _UA_BASE_ROWS, USERS, ITEMS)
    contests: dict[str, Callable[[], tuple[float, dict[str, float]]]] = {
        **_against_sdk(blog, several(rng)),
        "recordio.pair_vs_memcpy": _against_memcpy(one_hot(rng, _DRAM_ROWS, _ML_25M_USERS, _ML_25M_ITEMS)),
    }
    ratios: dict[str, list[float]] = {name: [] for name in contests}
    rates: dict[str, list[float]] = {}
    for _ in range(repeats + 1):
        for name, contest in contests.items():
            ratio, seen = contest()
            ratios[name].append(ratio)
            for what, rate in seen.items():
                rates.setdefault(f"{name.removeprefix('recordio.')}: {what}", []).append(rate)
    # The first repeat pays for memory that is touched the first time.
    return {
        "figures": {name: statistics.median(found[1:]) for name, found in ratios.items()},
        "repeats": {name: [round(ratio, 3) for ratio in found[1:]] for name, found in ratios.items()},
        "rates": {what: round(statistics.median(found[1:])) for what, found in rates.items()},
        "targets": TARGETS,
        "notes": NOTES,
        "data": "ua.base" if ml_100k else "generated",
        "versions": {"Python": platform.python_version(), "NumPy": np.__version__, "SageMaker SDK": sdk.version()},
    }


def one_hot(rng: np.random.Generator, count: int, users: int, items: int) -> Rows:
    """Rows of one user and one item each, liked or not, in no order."""
    keys = np.stack([rng.integers(0, users, count), users + rng.integers(0, items, count)], axis=1)
    labels = (rng.random(count) < 0.55).astype(np.float32)
    return Rows(rows_of(np.full(count, 2), keys.ravel(), 1, users + items), labels)


def several(rng: np.random.Generator) -> Rows:
    """20,000 rows of 5 to 30 numbers, with numbers for labels."""
    lengths = rng.integers(5, 31, 20_000)
    keys, values = rng.integers(0, 1 << 18, lengths.sum()), rng.standard_normal(lengths.sum())
    return Rows(rows_of(lengths, keys, values, 1 << 18), rng.standard_normal(lengths.size).astype(np.float32))


def _against_sdk(blog: Rows, many: Rows) -> dict[str, Callable[[], tuple[float, dict[str, float]]]]:
    octets = _written(blog)
    pairs = _Pairs(blog, USERS)

    def writing(ours: Callable[[], object], count: int, theirs: Rows) -> tuple[float, dict[str, float]]:
        sdk_rate = theirs.labels.size / _seconds(lambda: sdk.write_sparse(*theirs))
        return _ratio(count / _median_seconds(ours), sdk_rate)

    def reading(theirs: Callable[[bytes], object]) -> tuple[float, dict[str, float]]:
        count = blog.labels.size
        sdk_rate = count / _seconds(lambda: theirs(octets))
        return _ratio(count / _median_seconds(lambda: read_triplet(octets)), sdk_rate)

    return {
        "recordio.pair_vs_sdk": lambda: writing(pairs.encode_in_blocks, blog.labels.size, blog.first),
        "recordio.general_vs_sdk": lambda: writing(lambda: _write(blog), blog.labels.size, blog.first),
        "recordio.general_5_to_30_vs_sdk": lambda: writing(lambda: _write(many), many.labels.size, many.first),
        "recordio.read_vs_sdk": lambda: reading(sdk.read_sparse),
        "recordio.read_vs_sdk_messages": lambda: reading(sdk.read_records),
    }


def _against_memcpy(ratings: Rows) -> Callable[[], tuple[float, dict[str, float]]]:
    pairs = _Pairs(ratings, _ML_25M_USERS)
    source = pairs.encode().copy()
    target = np.zeros_like(source)

    def contest() -> tuple[float, dict[str, float]]:
        copied = source.size / _median_seconds(lambda: np.copyto(target, source))
        ratio, rates = _ratio(source.size / _median_seconds(pairs.encode), copied)
        return ratio, {"ours, bytes/s": rates["ours"], "memcpy, bytes/s": rates["theirs"]}

    return contest


class _Pairs:
    """Rows of two keys for the encoder of pairs."""

    def __init__(self, given: Rows, users: int) -> None:
        keys = given.rows.indices.reshape(-1, 2)
        self._first, self._second = keys[:, 0].astype(np.int32), keys[:, 1].astype(np.int32)
        self._labels = given.labels
        n_columns = given.rows.n_columns
        self._encoder = PairEncoder(first_keys=users, second_keys=n_columns - users, n_columns=n_columns)

    def encode(self) -> NDArray[np.uint8]:
        """All at once."""
        return self._encoder.encode(self._first, self._second, self._labels)

    def encode_in_blocks(self) -> None:
        """As a preparation does, which writes each block."""
        for start in range(0, self._labels.size, BLOCK_ROWS):
            block = slice(start, start + BLOCK_ROWS)
            self._encoder.encode(self._first[block], self._second[block], self._labels[block])


class _Nowhere:
    """A stream that keeps nothing: what a disk does is measured elsewhere."""

    def write(self, octets: memoryview) -> int:
        return octets.nbytes


def _write(given: Rows) -> None:
    write_records(cast(BinaryIO, _Nowhere()), given.rows, given.labels)


def _written(given: Rows) -> bytes:
    stream = io.BytesIO()
    write_records(stream, given.rows, given.labels)
    return stream.getvalue()


def _ratio(ours: float, theirs: float) -> tuple[float, dict[str, float]]:
    return ours / theirs, {"ours": ours, "theirs": theirs}


def _seconds(run: Callable[[], object]) -> float:
    started = time.process_time()
    run()
    return time.process_time() - started


def _median_seconds(run: Callable[[], object]) -> float:
    return statistics.median(_seconds(run) for _ in range(_INNER))


def _show(found: Mapping[str, Any]) -> None:
    for name, figure in found["figures"].items():
        expected = f"(at least {TARGETS[name]:g})" if name in TARGETS else "(no target)"
        print(f"{name:34} {figure:9.3f}  {expected}  {NOTES[name]}")
    for what, rate in found["rates"].items():
        print(f"    {what}: {rate:,}")


def main() -> int:
    """Measures, and prints for people, or one line of JSON."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print one line of JSON")
    parser.add_argument("--ml-100k", type=Path, help="folder with ua.base")
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    found = measure(ml_100k=options.ml_100k, repeats=options.repeats)
    if options.json:
        print(json.dumps(found))
    else:
        _show(found)
    return 0


if __name__ == "__main__":
    sys.exit(main())
