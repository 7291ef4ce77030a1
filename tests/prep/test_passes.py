"""What holds the two passes together: ids, the spool, rows user by user, repeated pairs, the shuffle."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor, wait
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prep import grouping, shuffle
from prep.duplicates import repeats
from prep.grouping import ORDER, by_user
from prep.hashing import items_of, mix, pairs_of, users_of
from prep.ids import id_table
from prep.shuffle import Shuffle
from prep.spool import Columns, Spool

WHOLE = st.one_of(st.integers(0, 50), st.integers(0, 2**63 - 1))


@given(st.lists(st.lists(WHOLE, max_size=20), max_size=5))
def test_codes_of_numbers_lead_to_their_place_in_order(blocks: list[list[int]]) -> None:
    _check_table("integer", blocks, pa.int64())


@given(st.lists(st.lists(st.text(max_size=3), max_size=20), max_size=5))
def test_codes_of_text_lead_to_their_place_in_order(blocks: list[list[str]]) -> None:
    # NumPy's text ends before NUL characters at its end, which are no ids (prep.inputs refuses them).
    blocks = [[text.replace("\0", "0") for text in block] for block in blocks]
    _check_table("string", blocks, pa.string())


def _check_table(kind: str, blocks: list[list[Any]], dtype: pa.DataType) -> None:
    table = id_table(kind)
    codes = [table.codes(pa.array(block, dtype)) for block in blocks]
    ids, positions = table.resolve()
    assert ids.tolist() == sorted({value for block in blocks for value in block})
    for block, code in zip(blocks, codes, strict=True):
        assert ids[positions[code]].tolist() == block
        assert (code < 2**32).all()
    if table.keeps_order:
        seen = sorted({int(code) for part in codes for code in part})
        assert [ids[positions[code]] for code in seen] == ids.tolist()


def test_a_spool_gives_back_what_it_was_given_in_any_cut(tmp_path: Path) -> None:
    spool = Spool(tmp_path, {"a": np.uint64, "b": np.float32})
    whole = np.arange(1000, dtype=np.uint64)
    for part in np.split(whole, [10, 11, 500]):
        spool.append({"a": part, "b": part / 2, "ignored": part})
    for rows in (1, 7, 1000, 5000):
        chunks = list(spool.chunks(rows))
        assert np.concatenate([chunk["a"] for chunk in chunks]).tolist() == whole.tolist()
        assert np.concatenate([chunk["b"] for chunk in chunks]).tolist() == (whole / 2).tolist()
        assert max(chunk["a"].size for chunk in chunks) <= rows
    assert spool.mapped("a").tolist() == whole.tolist()
    with pytest.raises(ValueError, match="expected as many of each"):
        spool.append({"a": whole, "b": whole[:1]})
    spool.drop()
    assert not list(tmp_path.iterdir())


@settings(max_examples=40)
@given(seed=st.integers(0, 2**32), rows=st.integers(1, 400), chunk=st.sampled_from([1, 3, 50, 1000]))
def test_rows_come_user_by_user_in_the_order_of_the_files(
    tmp_path_factory: pytest.TempPathFactory, seed: int, rows: int, chunk: int
) -> None:
    rng = np.random.default_rng(seed)
    users, items = rng.integers(0, 20, rows), rng.integers(0, 9, rows)
    if is_sorted := bool(seed % 2):
        users = np.sort(users)
    folder = tmp_path_factory.mktemp("spool")
    spool = Spool(folder, {"pairs": np.uint64, "values": np.float32})
    spool.append({"pairs": pairs_of(users, items), "values": np.arange(rows)})
    # Codes are positions times nothing: user code u stands for position u, item code i for position 8 - i.
    positions = (np.arange(20), 8 - np.arange(9))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(grouping, "BUCKET_ROWS", 64)
        grouped = by_user(spool, positions, n_users=20, is_sorted=is_sorted, folder=folder)
        chunks = list(grouped.chunks(chunk))
    got = [
        (int(u), int(i), int(v), int(o))
        for part in chunks
        for u, i, v, o in zip(
            users_of(part["pairs"]), items_of(part["pairs"]), part["values"], part[ORDER], strict=True
        )
    ]
    expected = [(int(users[row]), 8 - int(items[row]), row, row) for row in np.argsort(users, kind="stable").tolist()]
    assert got == expected
    for before, after in pairwise(chunks):
        assert users_of(before["pairs"])[-1] < users_of(after["pairs"])[0]


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 4)), max_size=30), st.sampled_from(["first", "last"]))
def test_of_repeated_pairs_one_stays(rows: list[tuple[int, int]], keep: str) -> None:
    rows = sorted(rows, key=lambda row: row[0])
    users, items = (np.array([row[k] for row in rows], np.int64) for k in (0, 1))
    left_out = repeats(pairs_of(users, items), keep=keep)
    left = set(range(len(rows))) - set([] if left_out is None else left_out.tolist())
    kept = {}
    for place, row in enumerate(rows):
        if keep == "last" or row not in kept:
            kept[row] = place
    assert left == set(kept.values())


@settings(max_examples=30)
@given(rows=st.integers(0, 500), shards=st.integers(1, 7), seed=st.integers(0, 99))
def test_a_shuffle_loses_nothing_and_fills_shards_evenly(
    tmp_path_factory: pytest.TempPathFactory, rows: int, shards: int, seed: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shuffle, "BUCKET_ROWS", 50)
        patch.setattr(shuffle, "CHUNK_ROWS", 33)
        patch.setattr(shuffle, "DEALT_ROWS", 40)
        got = _shuffled(tmp_path_factory.mktemp("shuffle"), rows, shards, seed)
    sizes = [len(shard) for shard in got]
    assert max(sizes) - min(sizes) <= 1
    assert sorted(value for shard in got for value in shard) == list(range(rows))


def _shuffled(folder: Path, rows: int, shards: int, seed: int) -> list[list[int]]:
    shuffling = Shuffle(folder, {"a": np.int64}, most_rows=rows, rng=np.random.default_rng(seed))
    for part in np.array_split(np.arange(rows), 3):
        shuffling.add({"a": part})
    assert len(shuffling) == rows
    return [[int(value) for chunk in shard for value in chunk["a"]] for shard in shuffling.shards(shards)]


def test_a_shuffle_that_is_closed_writes_nothing_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    may_write, written = threading.Event(), list[int]()

    def append(_: Spool, columns: Columns) -> None:
        assert may_write.wait(60)
        written.append(columns["a"].size)

    monkeypatch.setattr(Spool, "append", append)
    monkeypatch.setattr(shuffle, "DEALT_ROWS", 5)
    shuffling = Shuffle(tmp_path, {"a": np.int64}, most_rows=5, rng=np.random.default_rng(0))
    shuffling.add({"a": np.arange(5)})
    with ThreadPoolExecutor(1) as pool:
        closed = pool.submit(shuffling.close)
        assert wait([closed], timeout=0.05).not_done, "it waits for what is being dealt"
        may_write.set()
        closed.result(60)
        assert written == [5]


def test_what_fails_while_rows_are_dealt_is_raised(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def append(_: Spool, __: Columns) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(Spool, "append", append)
    monkeypatch.setattr(shuffle, "DEALT_ROWS", 5)
    shuffling = Shuffle(tmp_path, {"a": np.int64}, most_rows=10, rng=np.random.default_rng(0))
    shuffling.add({"a": np.arange(5)})
    with pytest.raises(OSError, match="No space left"):
        shuffling.add({"a": np.arange(5)})
    with pytest.raises(OSError, match="No space left"):
        list(shuffling.shards(1))
    shuffling.close()


def test_every_row_may_come_to_every_place(tmp_path: Path) -> None:
    """6 rows, 3 shards of 2 buckets' worth: each row at each place in a sixth of 3,000 shuffles.

    Chi-square of 25 degrees, 0.999 quantile 52.6.
    """
    places: Counter[tuple[int, int]] = Counter()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shuffle, "BUCKET_ROWS", 1)
        patch.setattr(shuffle, "CHUNK_ROWS", 4)
        for seed in range(3000):
            order = [value for shard in _shuffled(tmp_path, 6, 3, seed) for value in shard]
            places.update((row, place) for place, row in enumerate(order))
    assert sum((places[row, place] - 500) ** 2 / 500 for row in range(6) for place in range(6)) < 52.6


def test_the_hash_is_the_published_one() -> None:
    """SplitMix64 from state 1234567, as Java's SplittableRandom and Vigna's splitmix64.c give it: its first output."""
    gamma = 0x9E3779B97F4A7C15
    assert _finalised(1234567 + gamma) == 6457827717110365317
    numbers = np.array([0, 1, 2**63, 2**64 - 1], np.uint64)
    start = 2 * _finalised(gamma) + 1
    assert mix(numbers, 0).tolist() == [_finalised(int(number) * gamma + start) for number in numbers.tolist()]


def _finalised(number: int) -> int:
    number &= 2**64 - 1
    number = (number ^ number >> 30) * 0xBF58476D1CE4E5B9 % 2**64
    number = (number ^ number >> 27) * 0x94D049BB133111EB % 2**64
    return number ^ number >> 31
