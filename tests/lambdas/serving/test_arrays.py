"""Arrays in an uncompressed npz: NumPy reads them too, nothing is copied, and other content is refused by name."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as of_numpy
from numpy.typing import NDArray

from lambdas.logic.serving.arrays import ALIGNMENT, read_arrays, write_arrays

SHAPES = of_numpy.array_shapes(min_dims=1, max_dims=2, min_side=0, max_side=7)
ARRAYS = st.one_of(*(of_numpy.arrays(dtype, SHAPES) for dtype in (np.float32, np.int32, np.int64)))
NAMES = st.text("abcdefghijklmnopqrstuvwxyz_", min_size=1, max_size=30)


def written(arrays: dict[str, NDArray[Any]]) -> bytes:
    stream = io.BytesIO()
    write_arrays(stream, arrays)
    return stream.getvalue()


def member(content: bytes, name: str = "w.npy", compression: int = zipfile.ZIP_STORED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as archive:
        archive.writestr(name, content)
    return stream.getvalue()


def npy(array: NDArray[Any], *, allow_pickle: bool = False) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array, allow_pickle=allow_pickle)
    return stream.getvalue()


def shaped(shape: str) -> bytes:
    """An array file that has nothing but a header."""
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    return member(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode())


@given(st.dictionaries(NAMES, ARRAYS, max_size=4))
def test_comes_back_as_it_was_here_and_in_numpy(arrays: dict[str, NDArray[Any]]) -> None:
    content = written(arrays)
    found = read_arrays(content)
    with np.load(io.BytesIO(content), allow_pickle=False) as loaded:
        assert list(found) == list(loaded.files) == list(arrays)
        for name, array in arrays.items():
            for other in (found[name], loaded[name]):
                assert (other.dtype, other.shape) == (array.dtype, array.shape)
                assert other.tobytes() == array.tobytes()


def test_arrays_are_aligned_parts_of_the_file_that_nobody_changes() -> None:
    given = {
        name: np.arange(size, dtype=np.float32) for name, size in {"w": 3, "longer": 1000, "v_of_users": 17}.items()
    }
    content = written(given)
    whole = np.frombuffer(content, np.uint8)
    for array in read_arrays(content).values():
        assert np.shares_memory(array, whole)
        place = array.__array_interface__["data"][0] - whole.__array_interface__["data"][0]
        assert place % ALIGNMENT == 0
        assert not array.flags.writeable
        assert array.flags.aligned


def test_equal_arrays_are_equal_bytes_whatever_their_layout() -> None:
    array = np.arange(12, dtype=np.int64).reshape(3, 4)
    given = [array, np.asfortranarray(array), array.astype(">i8"), np.repeat(array, 2, axis=1)[:, ::2]]
    assert len({written({"v": each}) for each in given}) == 1


def test_is_written_to_where_nothing_can_be_read_or_found_again() -> None:
    class Pipe:
        def __init__(self) -> None:
            self.parts: list[bytes] = []

        def write(self, data: bytes) -> None:
            self.parts.append(bytes(data))

    pipe, array = Pipe(), np.arange(5_000_000, dtype=np.int32)
    write_arrays(pipe, {"large": array})
    assert max(map(len, pipe.parts)) < array.nbytes
    np.testing.assert_array_equal(read_arrays(b"".join(pipe.parts))["large"], array)


HOSTILE = {
    "no zip": (b"nothing of the kind", "not a zip file, expected an uncompressed .npz"),
    "nothing": (b"", "not a zip file"),
    "compressed": (member(npy(np.zeros(99, np.float32)), compression=zipfile.ZIP_DEFLATED), "'w.npy' is compressed"),
    "text": (member(b"hello", "w.txt"), "'w.txt': expected an array of float32, int32 or int64"),
    "pickles": (member(npy(np.array([{}], object), allow_pickle=True)), "'w.npy': expected an array"),
    "other numbers": (member(npy(np.zeros(3))), "'w.npy': expected an array"),
    "columns first": (member(npy(np.zeros((3, 2), np.float32).T)), "'w.npy': expected an array"),
    "a cube": (member(npy(np.zeros((3, 2, 1), np.float32))), "'w.npy': expected an array"),
    "cut": (member(npy(np.zeros(3, np.float32))[:-1]), "'w.npy': 139 bytes for 3 of float32"),
    "larger than it is": (shaped("(999999999999999, 999999999999999)"), "'w.npy': 128 bytes for 9999"),
    "nothing times too much": (shaped("(0, 9999999999999999999)"), "'w.npy': expected an array"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_other_content_is_refused_by_name(case: str) -> None:
    content, message = HOSTILE[case]
    with pytest.raises(ValueError, match=re.escape(message)):
        read_arrays(content)


@given(st.data())
def test_damage_is_refused_as_such_or_changes_numbers_alone(data: st.DataObject) -> None:
    """Whatever a byte is changed to: never another kind of error, never memory of others."""
    content = bytearray(written({"w": np.arange(3, dtype=np.float32), "v": np.zeros((2, 2), np.int64)}))
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    _only_value_errors(lambda: read_arrays(bytes(content)))


@given(st.integers(0, 700))
def test_a_file_that_ends_early_is_refused(cut: int) -> None:
    content = written({"w": np.arange(3, dtype=np.float32), "v": np.zeros((2, 2), np.int64)})
    with pytest.raises(ValueError, match=r"expected an uncompressed \.npz|is not where|bytes for|expected an array"):
        read_arrays(content[: min(cut, len(content) - 1)])


def _only_value_errors(read: Callable[[], object]) -> None:
    try:
        read()
    except ValueError:
        return
