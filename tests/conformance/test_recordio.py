"""The comparison with the SDK's codec finds what differs; the SDK itself is in `make conformance` only."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from conformance import drawn, recordio, sdk
from conformance.cases import Case, rows_of
from prep.recordio import read_triplet
from tests.prep.recordio import naive


def naively_written(case: Case) -> bytes:
    rows, frames = case.rows, []
    for row in range(rows.rows):
        held = slice(rows.indptr[row], rows.indptr[row + 1])
        label = None if case.labels is None else float(case.labels[row])
        frames.append(
            naive.frame(naive.sparse(rows.indices[held].tolist(), rows.data[held].tolist(), rows.n_columns, label))
        )
    return b"".join(frames)


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader in the place of the SDK's."""
    monkeypatch.setattr(sdk, "read_sparse", read_triplet)


CASE = Case("a case", rows_of([2, 2], [0, 3, 1, 2], 1, 4), np.array([0, 1], np.float32))


@settings(deadline=None)
@given(drawn.matrices())
def test_drawn_matrices_are_as_they_are_spelt_out(case: Case) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sdk, "read_sparse", read_triplet)
        assert recordio.compare(case, naively_written(case)) == ""


@settings(deadline=None)
@given(drawn.pairs())
def test_drawn_pairs_are_as_they_are_spelt_out(case: tuple[Case, int, int]) -> None:
    assert recordio.compare_pairs(*case, naively_written(case[0])) == ""


@pytest.mark.usefixtures("stand_in")
def test_another_byte_is_named() -> None:
    theirs = bytearray(naively_written(CASE))
    theirs[-4] ^= 1
    assert recordio.compare(CASE, bytes(theirs)) == f"a case: byte {len(theirs) - 4} of 120, the SDK wrote 120"
    assert recordio.compare(CASE, bytes(theirs[:60])) == "a case: byte 60 of 120, the SDK wrote 60"
    assert "by pairs: byte" in recordio.compare_pairs(CASE, 2, 2, bytes(theirs)[:-1])


@pytest.mark.parametrize("what", ["keys", "values", "labels", "no labels"])
def test_what_the_sdk_reads_otherwise_is_named(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def read(octets: bytes) -> tuple[Any, Any]:
        rows, labels = read_triplet(octets)
        assert labels is not None
        numbers: Any = {"keys": rows.indices, "values": rows.data, "labels": labels}.get(what, np.zeros(1))
        numbers[0] += 1
        return rows, None if what == "no labels" else labels

    monkeypatch.setattr(sdk, "read_sparse", read)
    assert recordio.compare(CASE, naively_written(CASE)) == "a case, ours read by the SDK: not what was written"


def test_of_drawn_cases_that_differ_one_is_left(capsys: pytest.CaptureFixture[str]) -> None:
    def verdict_of(case: Case) -> str:
        return "too wide" if case.rows.n_columns > 100 else ""

    assert list(recordio.each_drawn(drawn.matrices(), verdict_of, 100)) == ["too wide"]
    assert "n_columns=101" in capsys.readouterr().out
    assert list(recordio.each_drawn(drawn.matrices(), lambda _: "", 20)) == [""] * 20
