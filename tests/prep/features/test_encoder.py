from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from prep.errors import SideMismatch, UnknownId
from prep.feature_space import FeatureSpace
from prep.features import BLOCKS, Encoder, History, SideData
from prep.triplet import Triplet
from tests.prep.features.worlds import World, names_of_columns, subsets, worlds

THRESHOLDS = (2.0, 3.5)
WORLD = World(
    users=[1, 2, 3],
    items=[10, 20, 30],
    genres={10: {"Drama", "War"}, 20: set()},
    years={10: 1971, 20: 0},
    attributes={1: {"gender": "F", "age": "24"}, 3: {"gender": "M", "age": ""}},
    train=[(1, 10, 0), (1, 20, 700_000), (2, 10, 1_300_000)],
)


def held(x: Triplet, names: list[tuple[str, Any]]) -> list[dict[tuple[str, Any], float]]:
    """What each row holds, by the names of columns; each column at most once, ascending."""
    rows = []
    for first, stop in zip(x.indptr[:-1].tolist(), x.indptr[1:].tolist(), strict=True):
        columns = x.indices[first:stop].tolist()
        assert columns == sorted(set(columns))
        rows.append({names[c]: v for c, v in zip(columns, x.data[first:stop].tolist(), strict=True)})
    return rows


@settings(deadline=None)
@given(worlds(), subsets(), st.booleans(), st.data())
def test_every_block_holds_what_the_tables_say(
    world: World, blocks: tuple[str, ...], is_ordinal: bool, data: st.DataObject
) -> None:
    space, side = world.design(blocks, THRESHOLDS if is_ordinal else ())
    times = st.integers(800_000_000, 1_000_000_000) | st.just(-(2**63)) | st.just(2**63 - 1)
    row = st.tuples(st.sampled_from(world.users), st.sampled_from(world.items), times, st.sampled_from([0, 1]))
    asked = data.draw(st.lists(row, max_size=12))
    x = Encoder(space, side).encode(
        [user for user, *_ in asked],
        [item for _, item, *_ in asked],
        np.array([time for _, _, time, _ in asked], np.int64),
        np.array([threshold for *_, threshold in asked], np.int8) if is_ordinal else None,
    )
    expected = []
    for user, item, time, threshold in asked:
        thresholds = {("thresholds", f"{THRESHOLDS[threshold]:g}"): 1.0} if is_ordinal else {}
        expected.append(world.row(blocks, user, item, time) | thresholds)
    assert x.n_columns == space.feature_dim
    for found, row_expected in zip(held(x, names_of_columns(space)), expected, strict=True):
        assert found == pytest.approx(row_expected, rel=1e-6)
    assert [ids.tolist() for ids in space.decode(x)] == [[r[0] for r in asked], [r[1] for r in asked]]


def test_one_row_with_everything_written_out() -> None:
    space, side = WORLD.design(BLOCKS, THRESHOLDS)
    x = Encoder(space, side).encode([1], [10], np.array([650_000]), np.array([1]))
    half = pytest.approx(0.5**0.5)
    assert held(x, names_of_columns(space)) == [
        {
            ("user", 1): 1,
            ("item", 10): 1,
            ("genres", "Drama"): half,
            ("genres", "War"): half,
            ("year", "1970-1979"): 1,
            ("user.gender", "F"): 1,
            ("user.age", "18-24"): 1,
            ("rated_items", 10): half,
            ("rated_items", 20): half,
            ("item_raters", 1): half,
            ("item_raters", 2): half,
            ("week", "1"): 1,
            ("thresholds", "3.5"): 1,
        }
    ]


@settings(deadline=None)
@given(worlds(), subsets())
def test_each_block_of_a_row_has_length_one_or_nothing(world: World, blocks: tuple[str, ...]) -> None:
    space, side = world.design(blocks)
    x = Encoder(space, side).encode(world.users[:1], world.items[:1])
    dense = np.zeros(space.feature_dim)
    dense[x.indices] = x.data
    for block in space.all_blocks:
        length = np.linalg.norm(dense[block.first : block.stop])
        assert length == pytest.approx(1, rel=1e-6) or (length == 0 and block.kind not in ("user", "item", "week"))


def test_without_blocks_rows_are_those_of_the_space() -> None:
    space, side = WORLD.design(())
    users, items = [1, 3, 2, 1], [30, 10, 10, 20]
    mine, plain = Encoder(space, side).encode(users, items), space.encode(users, items)
    for name in ("indptr", "indices", "data"):
        assert_array_equal(getattr(mine, name), getattr(plain, name))


def test_later_and_unknown_times_take_the_last_week_of_train_and_earlier_ones_the_first() -> None:
    space, side = WORLD.design(("week",))
    encoder, first = Encoder(space, side), space.blocks[0].first
    users, items = np.zeros(4, np.int64), np.zeros(4, np.int64)
    x = encoder.rows(users, items, np.array([-5, 1_300_000, 9_000_000, 2**63 - 1]))
    assert (x.indices[2::3] - first).tolist() == [0, 2, 2, 2]
    assert (encoder.rows(users, items).indices[2::3] - first).tolist() == [2, 2, 2, 2]


@settings(deadline=None)
@given(worlds(), st.integers(1, 40))
def test_batches_are_the_same_rows_in_bounded_pieces(world: World, max_values: int) -> None:
    space, side = world.design(BLOCKS)
    encoder = Encoder(space, side)
    users, items = (grid.ravel() for grid in np.mgrid[: len(world.users), : len(world.items)])
    times = np.full(users.size, world.train[0][2])
    whole = encoder.rows(users, items, times)
    assert_array_equal(encoder.lengths(users, items), np.diff(whole.indptr))
    parts = list(encoder.batches(users, items, times, max_values=max_values))
    assert all(x.data.size <= max_values or x.rows == 1 for _, x in parts)
    assert [row for part, _ in parts for row in range(*part.indices(users.size))] == list(range(users.size))
    for name in ("indices", "data"):
        assert_array_equal(np.concatenate([getattr(x, name) for _, x in parts]), getattr(whole, name))


def test_a_history_on_disk_gives_the_rows_of_one_in_memory(tmp_path: Path) -> None:
    space, side = WORLD.design(("rated_items", "item_raters"))
    assert side.history
    arrays = {}
    for name, lists in (("user_items", side.history.by_user), ("item_raters", side.history.by_item)):
        lists.members.tofile(tmp_path / name)
        arrays[name] = np.memmap(tmp_path / name, np.int32, "r")
    on_disk = History.from_arrays(
        user_indptr=side.history.by_user.indptr, item_indptr=side.history.by_item.indptr, **arrays
    )
    there, here = (Encoder(space, SideData(history=h)).encode([1, 2, 3], [10, 20, 30]) for h in (on_disk, side.history))
    assert_array_equal(there.indices, here.indices)
    assert_allclose(there.data, here.data)


def test_a_user_and_an_item_of_no_training_row_have_no_history() -> None:
    space, side = WORLD.design(("rated_items", "item_raters"))
    assert Encoder(space, side).encode([3], [30]).indices.tolist() == [2, 5]


@pytest.mark.parametrize(
    ("blocks", "of"),
    [
        (("genres",), ()),
        ((), ("genres",)),
        (("week",), ("genres",)),
        (("year",), ("user_attributes",)),
        (("rated_items",), ("week",)),
        ((), ("item_raters",)),
    ],
)
def test_side_data_of_other_blocks_is_refused(blocks: tuple[str, ...], of: tuple[str, ...]) -> None:
    with pytest.raises(SideMismatch):
        Encoder(WORLD.design(blocks)[0], WORLD.design(of)[1])


@pytest.mark.parametrize("blocks", [(name,) for name in BLOCKS if name != "week"])
def test_side_data_of_other_users_and_items_is_refused(blocks: tuple[str, ...]) -> None:
    space, side = WORLD.design(blocks)
    other = FeatureSpace.of(
        users=[1, 2],
        items=[10, 20, 30, 40],
        blocks=[
            type(block)(
                block.name,
                block.kind,
                {"rated_items": 4, "item_raters": 2}.get(block.kind, block.width),
                block.categories,
            )
            for block in space.blocks
        ],
    )
    with pytest.raises(SideMismatch, match="expected the side data of this feature space"):
        Encoder(other, side)


def test_codes_and_members_out_of_range_are_refused() -> None:
    space, side = WORLD.design(("year",))
    with pytest.raises(SideMismatch, match="year: codes beyond the 1 categories"):
        Encoder(space, SideData(codes={"year": side.codes["year"] + np.int32(1)}))
    space, side = WORLD.design(("rated_items",))
    assert side.history
    for wrong in ([0, 3, 0], [1, 0, 0], [-1, 0, 0], [1, 1, 0]):
        lists = type(side.history.by_user)(side.history.by_user.indptr, np.array(wrong, np.int32))
        with pytest.raises(SideMismatch, match="rated_items"):
            Encoder(space, SideData(history=History(lists, side.history.by_item)))


def test_thresholds_come_exactly_with_a_space_that_has_them() -> None:
    ordinal, plain = Encoder(*WORLD.design((), THRESHOLDS)), Encoder(*WORLD.design(()))
    one = np.zeros(1, np.int64)
    with pytest.raises(ValueError, match="thresholds of a space with 2, expected one for each row"):
        ordinal.rows(one, one)
    with pytest.raises(ValueError, match="thresholds of a space with 0, expected none"):
        plain.rows(one, one, None, one)
    with pytest.raises(ValueError, match="expected as many of each"):
        plain.rows(one, np.zeros(2, np.int64))
    with pytest.raises(UnknownId, match="user 9 has no column"):
        plain.encode([9], [10])
