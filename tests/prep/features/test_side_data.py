from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from prep.errors import UnreadableDocument
from prep.features import BLOCKS, Encoder, History, Lists, SideData
from tests.prep.features.test_encoder import WORLD
from tests.prep.features.worlds import World, subsets, worlds


def npz(arrays: dict[str, Any], *, compressed: bool = False) -> bytes:
    stream = io.BytesIO()
    (np.savez_compressed if compressed else np.savez)(stream, **arrays)
    return stream.getvalue()


GOOD = {"code.year": np.array([0, -1], np.int32), "week.first_time": np.array([7])}


@settings(deadline=None)
@given(worlds(), subsets())
def test_what_is_read_back_encodes_the_same_rows(world: World, blocks: tuple[str, ...]) -> None:
    space, side = world.design(blocks)
    read = SideData.from_bytes(side.to_bytes())
    assert read.to_bytes() == side.to_bytes()
    users, items = world.users[:1] * len(world.items), world.items
    before, after = (Encoder(space, each).encode(users, items) for each in (side, read))
    for name in ("indptr", "indices", "data"):
        assert_array_equal(getattr(before, name), getattr(after, name))


def test_numpy_opens_it(tmp_path: Path) -> None:
    (tmp_path / "side_data.npz").write_bytes(WORLD.design(BLOCKS)[1].to_bytes())
    with np.load(tmp_path / "side_data.npz", allow_pickle=False) as arrays:
        assert arrays["by_user.members"].tolist() == [0, 1, 0]
        assert arrays["code.year"].tolist() == [0, -1, -1]
        assert arrays["week.first_time"].tolist() == [0]


def test_what_numpy_saved_is_read() -> None:
    side = SideData.from_bytes(npz(GOOD))
    assert (side.first_time, side.codes["year"].tolist(), side.genres, side.history) == (7, [0, -1], None, None)


def test_a_map_of_a_file_is_written_like_the_array(tmp_path: Path) -> None:
    members = np.arange(50_000, dtype=np.int32)
    members.tofile(tmp_path / "members")
    ends = np.array([0, members.size])
    on_disk, in_memory = (
        SideData(history=History(Lists(ends, array), Lists(ends, array))).to_bytes()
        for array in (np.memmap(tmp_path / "members", np.int32, "r"), members)
    )
    assert on_disk == in_memory


@settings(deadline=None, max_examples=300)
@given(st.data())
def test_damaged_bytes_are_refused_by_name_or_read_as_what_they_say(data: st.DataObject) -> None:
    whole = bytearray(WORLD.design(BLOCKS)[1].to_bytes())
    if data.draw(st.booleans()):
        del whole[data.draw(st.integers(0, len(whole) - 1)) :]
    for _ in range(data.draw(st.integers(0, 3))):
        if whole:
            whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    try:
        SideData.from_bytes(bytes(whole))
    except UnreadableDocument as error:
        assert str(error).startswith("side data: ")  # noqa: PT017


def huge() -> bytes:
    """An array that says it has 2^60 numbers."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        header = io.BytesIO()
        np.lib.format.write_array_header_1_0(header, {"descr": "<i8", "fortran_order": False, "shape": (1 << 60,)})
        archive.writestr("week.first_time.npy", header.getvalue() + b"\0" * 8)
    return stream.getvalue()


def headed(header: bytes) -> bytes:
    """An array with this header."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        magic = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little")
        archive.writestr("week.first_time.npy", magic + header + b"\0" * 8)
    return stream.getvalue()


ENDS = np.array([0, 1])
MEMBERS = np.array([0], np.int32)
LISTS = {"by_user.indptr": ENDS, "by_user.members": MEMBERS, "by_item.indptr": ENDS, "by_item.members": MEMBERS}


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"{}",
        npz(GOOD, compressed=True),
        npz({"other": ENDS}),
        npz({"week.first_time": np.array([1, 2])}),
        npz({"week.first_time": np.array([1], np.int32)}),
        npz({"week.first_time": np.array(1)}),
        npz({"week.first_time": np.array([1.0])}),
        npz({"code.year": np.array([0])}),
        npz({"code.year": np.array([[0]], np.int32)}),
        npz({"code.year": np.array([{}], object)}),
        npz({"code.year": np.array(["a"])}),
        npz({"code.year": np.array([0], ">i4")}),
        npz({"genres.indptr": ENDS}),
        npz({"genres.members": MEMBERS}),
        npz({"genres.indptr": ENDS, "genres.members": np.array([0, 1], np.int32)}),
        npz({"genres.indptr": np.array([0, 2, 1]), "genres.members": MEMBERS}),
        npz({"genres.indptr": np.array([1, 1]), "genres.members": MEMBERS}),
        npz({"genres.indptr": np.empty(0, np.int64), "genres.members": MEMBERS}),
        npz({name: array for name, array in LISTS.items() if name.startswith("by_user")}),
        huge(),
        headed(b"{'descr': '<i8', 'fortran_order': False, 'shape': (1,"),
        headed(b"(" * 9_000),
        headed(b"{'descr': '|O', 'fortran_order': False, 'shape': (1,), }\n"),
        headed(b"{'descr': '<i8', 'fortran_order': False, 'shape': (1,), } \n")[:-200],
    ],
    ids=lambda document: f"{len(document)} bytes",  # NumPy writes the time into a zip
)
def test_what_is_no_side_data_is_refused(document: bytes) -> None:
    with pytest.raises(UnreadableDocument, match=r"^side data: "):
        SideData.from_bytes(document)


def test_lists_that_do_not_ascend_are_found_wherever_they_are() -> None:
    members = np.arange(3_000_000, dtype=np.int32)
    ends = np.array([0, 1 << 20, members.size])
    assert Lists(ends, members).problem(members.size) is None
    assert Lists(ends, members).problem(members.size - 1)
    for place in (1, (1 << 20) - 1, (1 << 20) + 1, 1 << 21, members.size - 1):
        wrong = members.copy()
        wrong[place] = wrong[place - 1]
        assert Lists(ends, wrong).problem(members.size) == "a list whose members do not ascend"
    wrong = members.copy()
    wrong[1 << 20] = 0  # a new list begins there
    assert Lists(ends, wrong).problem(members.size) is None


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 9)), max_size=30))
def test_lists_of_pairs_are_what_a_dictionary_of_sets_is(pairs: list[tuple[int, int]]) -> None:
    keys, members = (np.array([pair[side] for pair in pairs], np.int64) for side in (0, 1))
    lists = Lists.of(keys, members, lists=5)
    found = [lists.members[a:b].tolist() for a, b in zip(lists.indptr[:-1], lists.indptr[1:], strict=True)]
    assert found == [sorted({member for key, member in pairs if key == number}) for number in range(5)]
    assert lists.problem(10) is None
