"""A stream read batch by batch is the whole, wherever the pieces of it end."""

from __future__ import annotations

import io
import tracemalloc
from collections.abc import Iterable
from typing import Any, BinaryIO, cast

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prep.recordio import blocks, errors, read_batches, read_triplet, reader, write_records
from prep.recordio.layout import Layout
from prep.recordio.numbers import Alike
from prep.triplet import Triplet
from tests.prep.recordio import naive
from tests.prep.recordio.test_flat import rows_of


class Dribble(io.RawIOBase):
    """A stream that gives a few bytes at a time, as a socket may; and no more than was asked for."""

    def __init__(self, octets: bytes, sizes: Iterable[int]) -> None:
        self.rest, self.sizes = octets, list(sizes) or [1]

    def read(self, size: int = -1) -> bytes:
        self.sizes = [*self.sizes[1:], self.sizes[0]]
        given = self.rest[: min(size, self.sizes[0])]
        self.rest = self.rest[len(given) :]
        return given


def octets_of(rows: Triplet, labels: Any = None) -> bytes:
    stream = io.BytesIO()
    write_records(stream, rows, labels)
    return stream.getvalue()


def joined(stream: Any) -> tuple[Any, Any, Any, Any]:
    """The batches one after the other."""
    parts = [(np.diff(rows.indptr), rows.indices, rows.data, labels) for rows, labels in read_batches(stream)]
    nnz, keys, values, labels = zip(*parts, strict=True) if parts else ((), (), (), ())
    return (
        np.concatenate([np.empty(0, np.int64), *nnz]),
        np.concatenate([np.empty(0, np.int64), *keys]),
        np.concatenate([np.empty(0, np.float32), *values]),
        None if not labels or labels[0] is None else np.concatenate(labels),
    )


@settings(deadline=None)  # a busy machine is no error
@given(
    st.lists(st.integers(0, 3) | st.integers(0, 40), max_size=30),
    st.integers(0, 99),
    st.booleans(),
    st.sampled_from([16, 64, 100, 4096]),
    st.lists(st.integers(1, 50), max_size=5),
)
def test_batches_are_the_whole(lengths: list[int], seed: int, labelled: bool, block: int, sizes: list[int]) -> None:
    rows = rows_of(lengths, 2**20, seed)
    labels = np.arange(rows.rows, dtype=np.float32) if labelled else None
    octets = octets_of(rows, labels)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "BLOCK_BYTES", block)
        nnz, keys, values, found = joined(Dribble(octets, sizes))
        whole, whole_labels = read_triplet(octets)
    assert nnz.tolist() == np.diff(rows.indptr).tolist() == np.diff(whole.indptr).tolist()
    assert keys.tolist() == rows.indices.tolist() == whole.indices.tolist()
    assert values.tobytes() == rows.data.tobytes() == whole.data.tobytes()
    if labelled and lengths:
        assert found.tolist() == labels.tolist() == whole_labels.tolist()  # type: ignore[union-attr]
    else:
        assert found is None
        assert whole_labels is None


def test_batches_do_not_share_the_memory_of_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "BLOCK_BYTES", 64)
    rows = rows_of([1] * 9, 100, 0)
    batches = list(read_batches(io.BytesIO(octets_of(rows, np.arange(9, dtype=np.float32)))))
    assert len(batches) > 1
    assert np.concatenate([one.indices for one, _ in batches]).tolist() == rows.indices.tolist()
    assert np.concatenate([one.data for one, _ in batches]).tobytes() == rows.data.tobytes()
    assert np.concatenate([labels for _, labels in batches if labels is not None]).tolist() == list(range(9))


def test_magic_numbers_in_payloads_at_the_edges_of_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "BLOCK_BYTES", 128)
    magic = np.frombuffer(bytes.fromhex("0a23d7ce"), "<f4")[0]
    for n in range(1, 12):
        rows = Triplet(
            indptr=np.arange(0, 20 * n + 1, n),
            indices=np.arange(20 * n),
            data=np.full(20 * n, magic, np.float32),
            n_columns=20 * n,
        )
        assert joined(io.BytesIO(octets_of(rows)))[1].tolist() == rows.indices.tolist()


ROW = naive.frame(naive.sparse([0, 948], [1, 1], 2625, 5))
OTHER = naive.frame(naive.sparse([0, 948], [1, 1], 2626, 5))
BARE = naive.frame(naive.sparse([0, 948], [1, 1], 2625))

BROKEN: dict[str, tuple[bytes, type[errors.RecordIOError], str]] = {
    "cut in a payload": (ROW * 3 + ROW[:-4], errors.TruncatedRecord, "byte 192: record of 64 bytes, but 60 are left"),
    "cut in a header": (ROW * 3 + ROW[:7], errors.TruncatedRecord, "byte 192: 7 bytes are left"),
    "something else": (ROW * 3 + bytes(64) + ROW, errors.BadMagic, "byte 192: 0x00000000"),
    "padding": (ROW * 3 + ROW[:-1] + b"\1" + ROW, errors.MalformedRecord, "byte 253: padding is not zero"),
    "another width": (ROW * 3 + OTHER, errors.WrongShape, "record at byte 192: row of 2626 columns, expected 2625"),
    "no label": (ROW * 3 + BARE, errors.MixedLabels, "record at byte 192: labels [], expected ['values']"),
    "too long": (
        ROW * 3 + bytes.fromhex("0a23d7ce ffffffff") + ROW * 3,
        errors.RecordTooLarge,
        "byte 192: record of 4294967304 bytes, expected at most 268435456 in a stream",
    ),
}


@pytest.mark.parametrize("block", [64, 100, 1 << 20])
@pytest.mark.parametrize(("octets", "error", "message"), BROKEN.values(), ids=BROKEN)
def test_the_place_in_the_stream_is_named(
    octets: bytes, error: type[errors.RecordIOError], message: str, block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blocks, "BLOCK_BYTES", block)
    with pytest.raises(errors.RecordIOError) as refused:
        list(read_batches(io.BytesIO(octets)))
    if error is not errors.RecordTooLarge or block < len(octets):
        assert type(refused.value) is error
        assert message in str(refused.value)


def test_the_width_asked_for_is_insisted_on() -> None:
    with pytest.raises(errors.WrongShape, match="row of 2625 columns, expected 10"):
        list(read_batches(io.BytesIO(ROW), n_columns=10))
    assert list(read_batches(io.BytesIO(b""), n_columns=10)) == []


def test_a_long_stream_needs_little_memory() -> None:
    """Sixty-four megabytes that are never in memory at once."""
    megabyte = ROW * 16_384

    class Long(io.RawIOBase):
        left = 64

        def read(self, size: int = -1) -> bytes:
            del size
            self.left -= 1
            return megabyte if self.left >= 0 else b""

    class Exact(io.RawIOBase):
        def __init__(self) -> None:
            self.source, self.held = Long(), b""

        def read(self, size: int = -1) -> bytes:
            self.held = self.held or self.source.read()
            given, self.held = self.held[:size], self.held[size:]
            return given

    tracemalloc.start()
    try:
        stream = cast(BinaryIO, Exact())
        rows = sum(one.rows for one, _ in read_batches(stream))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert rows == 64 * 16_384
    assert peak < 40 << 20


def test_records_none_of_which_are_alike_take_linear_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Unknown fields of a number of their own in each: were all compared with each, it would be two million times."""
    compared = []
    equal_first = Alike.equal_first

    def counted(alike: Alike, layout: Layout) -> Any:
        compared.append(alike.rows.size)
        return equal_first(alike, layout)

    monkeypatch.setattr(reader, "_PARSE_COST", 10)
    monkeypatch.setattr(reader, "CHUNK_RECORDS", 4000)
    monkeypatch.setattr(Alike, "equal_first", counted)
    extra = [naive.field(16 + n, b"") for n in range(2000, 4000)]
    octets = b"".join(naive.frame(naive.sparse([n], [1], 2000, n) + one) for n, one in enumerate(extra))
    rows, labels = read_triplet(octets)
    assert rows.indices.tolist() == list(range(2000))
    assert labels is not None
    assert labels.tolist() == list(range(2000))
    assert sum(compared) < 10 * 2000 + 2 * (4000 + 2000)  # of two lengths
