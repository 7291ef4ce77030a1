"""The NDArray list, byte for byte: against MXNet's own file, and against bytes packed by hand from the layout."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.testing import assert_array_equal
from numpy.typing import NDArray

from fm import ndarray
from fm.errors import ArtifactError
from fm.ndarray import RowSparse, Stored

V = np.arange(15, dtype=np.float32).reshape(5, 3) / 8 - 1


def golden_arrays() -> dict[str, Stored]:
    """What tests/golden/make_fm.py gave MXNet to save."""
    return {
        "arg:w1_weight": ndarray.all_rows(V[:, :1]),
        "arg:w0_weight": np.array([0.25], dtype=np.float32),
        "arg:v": ndarray.all_rows(V),
        "some_rows": RowSparse((5, 3), np.array([1, 4]), V[:2]),
        "no_rows": RowSparse((5, 3), np.empty(0, dtype=np.int64), np.empty((0, 3), dtype=np.float32)),
        **{dtype: np.array([[1, 2, 3]], dtype=dtype) for dtype in ("float64", "float16", "int32", "int64", "uint8")},
    }


def dense(array: Stored) -> NDArray[Any]:
    return array.to_dense() if isinstance(array, RowSparse) else array


def test_mxnets_file_is_written_byte_for_byte(root: Path) -> None:
    golden = (root / "tests" / "golden" / "fm" / "params").read_bytes()
    assert ndarray.encode(golden_arrays()) == golden


def test_mxnets_file_is_read(root: Path) -> None:
    read = ndarray.decode((root / "tests" / "golden" / "fm" / "params").read_bytes())
    assert list(read) == list(golden_arrays())
    for name, array in golden_arrays().items():
        assert type(read[name]) is type(array), name
        assert_array_equal(dense(read[name]), dense(array), strict=True)
    assert_array_equal(dense(read["some_rows"])[[1, 4]], V[:2])
    assert not dense(read["some_rows"])[[0, 2, 3]].any()


def test_the_layout_packed_by_hand() -> None:
    """One row_sparse and one dense array, each field in the order of ``NDArray::Save``."""
    rows = RowSparse((4, 2), np.array([1, 3]), np.array([[1, 2], [3, 4]], dtype=np.float32))
    expected = b"".join(
        [
            struct.pack("<QQQ", 0x112, 0, 2),
            struct.pack("<Ii", 0xF993FAC9, 1),
            struct.pack("<Iqq", 2, 2, 2),  # storage shape
            struct.pack("<Iqq", 2, 4, 2),  # shape
            struct.pack("<iii", 1, 0, 0),  # CPU 0, float32
            struct.pack("<iIq", 6, 1, 2),  # row ids: int64, two
            struct.pack("<ffff", 1, 2, 3, 4),
            struct.pack("<qq", 1, 3),
            struct.pack("<Ii", 0xF993FAC9, 0),
            struct.pack("<Iq", 1, 1),
            struct.pack("<iii", 1, 0, 0),
            struct.pack("<f", 0.5),
            struct.pack("<Q", 2),
            struct.pack("<Q", 5) + b"arg:v",
            struct.pack("<Q", 13) + b"arg:w0_weight",
        ]
    )
    assert ndarray.encode({"arg:v": rows, "arg:w0_weight": np.array([0.5], dtype=np.float32)}) == expected


@given(
    st.dictionaries(
        st.text(min_size=1, max_size=8),
        hnp.arrays(
            st.sampled_from([np.dtype(code) for code in ("f4", "f8", "f2", "i4", "i8", "u1", "i1")]),
            hnp.array_shapes(min_dims=1, max_dims=3, min_side=0, max_side=4),
        ),
        max_size=4,
    )
)
def test_what_is_written_reads_back(arrays: dict[str, NDArray[Any]]) -> None:
    stored: dict[str, Stored] = {**arrays}
    read = ndarray.decode(ndarray.encode(stored))
    assert list(read) == list(arrays)
    for name, array in arrays.items():
        assert_array_equal(dense(read[name]), array, strict=True)


def test_memory_order_and_byte_order_do_not_matter() -> None:
    plain = ndarray.encode({"v": V})
    assert ndarray.encode({"v": np.asfortranarray(V)}) == plain
    assert ndarray.encode({"v": V.astype(">f4")}) == plain


def test_a_dtype_that_mxnet_lacks_is_refused() -> None:
    with pytest.raises(ArtifactError, match="array 'v' has dtype complex64, expected one of float32"):
        ndarray.encode({"v": np.zeros(2, dtype=np.complex64)})


def test_every_truncation_is_an_artifact_error() -> None:
    whole = ndarray.encode(golden_arrays())
    for size in range(len(whole)):
        with pytest.raises(ArtifactError, match="params, byte"):
            ndarray.decode(whole[:size])


@given(st.data())
def test_no_damage_is_worse_than_an_artifact_error(data: st.DataObject) -> None:
    """Whatever is overwritten: an error of ours or arrays no larger than the file, never a crash."""
    content = bytearray(ndarray.encode(golden_arrays()))
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(content) - 8))
        word = data.draw(st.sampled_from([0, 1, 2**31, 2**32 - 1, 2**62, 2**64 - 1]) | st.integers(0, 2**64 - 1))
        content[at : at + 8] = struct.pack("<Q", word)
    try:
        arrays = ndarray.decode(bytes(content))
    except ArtifactError:
        return
    stored = sum((one.values if isinstance(one, RowSparse) else one).nbytes for one in arrays.values())
    assert stored <= len(content)


def patched(at: int, layout: str, value: int) -> bytes:
    content = bytearray(ndarray.encode({"v": RowSparse((4, 2), np.array([1, 3]), V[:2, :2])}))
    struct.pack_into("<" + layout, content, at, value)
    return bytes(content)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (patched(0, "Q", 0x113), "magic 0x113, expected 0x112"),
        (patched(16, "Q", 2**40), "1099511627776 arrays, expected at most 1024"),
        (patched(24, "I", 0xF993FAC8), "array 0 has magic 0xf993fac8, expected 0xf993fac9"),
        (patched(28, "i", 2), "array 0 has storage type 2, expected 0 dense or 1 row_sparse"),
        (patched(32, "I", 0), "array 0 has 0 dimensions, expected 1 to 8"),
        (patched(36, "q", -2), r"shape \(-2, 2\)"),
        (patched(36, "q", 3), r"is row_sparse with shape \(4, 2\), stored \(3, 2\), int64 row ids \(2,\)"),
        (patched(80, "i", 9), "array 0 has type flag 9, expected 0 to 6"),
        (patched(84, "i", 0), "float32 row ids"),
        (patched(116, "q", 3), "row ids 3 to 3, expected ascending ones within 0..4"),
        (patched(124, "q", 4), "row ids 1 to 4, expected ascending ones within 0..4"),
        (patched(132, "Q", 2), "2 names for 1 arrays"),
        (patched(140, "Q", 2**33), "name 0 takes 8589934592 bytes, expected at most 1024"),
        (ndarray.encode({"v": V}) + b"x", "1 bytes after the end, expected none"),
        (ndarray.encode({"v": V})[:-1] + b"\xff", "name 0 is not UTF-8"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(content: bytes, message: str) -> None:
    with pytest.raises(ArtifactError, match=r"model: params, byte \d+: .*" + message):
        ndarray.decode(content, source="model: params")
