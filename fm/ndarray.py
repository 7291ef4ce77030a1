"""MXNet's NDArray list, the ``params`` file inside SageMaker's FM model, both directions, in NumPy alone.

All little-endian. uint64 magic 0x112, uint64 0, uint64 count; then per array: uint32 0xF993FAC9; int32 storage type
(0 dense, 1 row_sparse); for row_sparse the storage shape; the shape (uint32 ndim, int64 each); int32 device type 1,
int32 device id 0; int32 dtype; for row_sparse int32 dtype and shape of the row ids; the data; the row ids. Last a
uint64 count of names, each a uint64 length and its bytes.
Source: ``NDArray::Save`` in MXNet 1.3 to 1.9 (src/ndarray/ndarray.cc); golden bytes made by MXNet are in the tests.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fm.errors import ArtifactError

LIST_MAGIC = 0x112
ARRAY_MAGIC = 0xF993FAC9
DENSE, ROW_SPARSE = 0, 1
CPU, DEVICE_ID = 1, 0

# MXNet's type flags (mshadow/base.h), in their order.
_DTYPES: tuple[np.dtype[Any], ...] = tuple(map(np.dtype, ("<f4", "<f8", "<f2", "u1", "<i4", "i1", "<i8")))
_INT64 = _DTYPES.index(np.dtype("<i8"))
_MAX_DIMENSIONS = 8
_MAX_LENGTH = 1 << 40
_MAX_ARRAYS = 1024
_MAX_NAME_BYTES = 1024


@dataclass(frozen=True, slots=True, eq=False)
class RowSparse:
    """Some rows of an array whose other rows are zeros.

    ``rows``: (n,) int64, strictly ascending. ``values``: (n, ...), the rows' values. ``shape``: of the whole array.
    """

    shape: tuple[int, ...]
    rows: NDArray[np.int64]
    values: NDArray[Any]

    def to_dense(self) -> NDArray[Any]:
        """The whole array; takes the memory of ``shape``, whatever was stored."""
        dense = np.zeros(self.shape, dtype=self.values.dtype)
        dense[self.rows] = self.values
        return dense


Stored = NDArray[Any] | RowSparse


def all_rows(array: NDArray[Any]) -> RowSparse:
    """``array`` as a RowSparse that stores every row, as MXNet's trained parameters do."""
    return RowSparse(array.shape, np.arange(array.shape[0], dtype=np.int64), array)


def encode(arrays: Mapping[str, Stored]) -> bytes:
    """The bytes ``mx.nd.save`` writes for these named arrays, in their order.

    Raises ArtifactError for a dtype MXNet does not have.
    """
    parts = [struct.pack("<QQQ", LIST_MAGIC, 0, len(arrays))]
    for name, array in arrays.items():
        parts += _encode_array(name, array)
    parts.append(struct.pack("<Q", len(arrays)))
    for name in arrays:
        encoded = name.encode()
        parts += [struct.pack("<Q", len(encoded)), encoded]
    return b"".join(parts)


def decode(buffer: bytes, *, source: str = "params") -> dict[str, Stored]:
    """The named arrays of an NDArray list; the arrays share the buffer's memory and are read-only.

    ``source`` names the file in errors. Raises ArtifactError for anything but a whole, well-formed list: nothing is
    allocated from a size the buffer itself does not bear out.
    """
    reader = _Reader(buffer, source)
    magic, _, count = reader.read("QQQ", "the list's header")
    if magic != LIST_MAGIC:
        raise reader.error(f"magic {magic:#x}, expected {LIST_MAGIC:#x} of an MXNet NDArray list")
    if count > _MAX_ARRAYS:
        raise reader.error(f"{count} arrays, expected at most {_MAX_ARRAYS}")
    arrays = [_decode_array(reader, f"array {position}") for position in range(count)]
    names = _decode_names(reader, count)
    if reader.left:
        raise reader.error(f"{reader.left} bytes after the end, expected none")
    return dict(zip(names, arrays, strict=True))


def _encode_array(name: str, array: Stored) -> list[bytes]:
    stored = array.values if isinstance(array, RowSparse) else array
    little = np.ascontiguousarray(stored, dtype=stored.dtype.newbyteorder("<"))
    if little.dtype not in _DTYPES:
        raise ArtifactError(f"array {name!r} has dtype {stored.dtype}, expected one of {', '.join(map(str, _DTYPES))}")
    place = struct.pack("<iii", CPU, DEVICE_ID, _DTYPES.index(little.dtype))
    if not isinstance(array, RowSparse):
        return [struct.pack("<Ii", ARRAY_MAGIC, DENSE), _shape_bytes(little.shape), place, little.tobytes()]
    rows = np.ascontiguousarray(array.rows, dtype="<i8")
    head = struct.pack("<Ii", ARRAY_MAGIC, ROW_SPARSE) + _shape_bytes(little.shape) + _shape_bytes(array.shape)
    return [head, place, struct.pack("<i", _INT64), _shape_bytes(rows.shape), little.tobytes(), rows.tobytes()]


def _shape_bytes(shape: tuple[int, ...]) -> bytes:
    return struct.pack(f"<I{len(shape)}q", len(shape), *shape)


@dataclass(slots=True)
class _Reader:
    """A cursor over the buffer that never reads past its end."""

    buffer: bytes
    source: str
    at: int = 0

    @property
    def left(self) -> int:
        return len(self.buffer) - self.at

    def error(self, reason: str) -> ArtifactError:
        return ArtifactError(f"{self.source}, byte {self.at}: {reason}")

    def read(self, layout: str, what: str) -> tuple[Any, ...]:
        return struct.unpack("<" + layout, self.take(struct.calcsize("<" + layout), what))

    def take(self, size: int, what: str) -> bytes:
        self.require(size, what)
        self.at += size
        return self.buffer[self.at - size : self.at]

    def array(self, dtype: np.dtype[Any], shape: tuple[int, ...], what: str) -> NDArray[Any]:
        size = math.prod(shape) * dtype.itemsize
        self.require(size, what)
        array = np.frombuffer(self.buffer, dtype, math.prod(shape), self.at).reshape(shape)
        self.at += size
        return array

    def require(self, size: int, what: str) -> None:
        if size > self.left:
            raise self.error(f"{what} takes {size} bytes, expected at most the {self.left} that are left")


def _decode_array(reader: _Reader, what: str) -> Stored:
    magic, storage = reader.read("Ii", f"{what}'s header")
    if magic != ARRAY_MAGIC:
        raise reader.error(f"{what} has magic {magic:#x}, expected {ARRAY_MAGIC:#x}")
    if storage not in (DENSE, ROW_SPARSE):
        raise reader.error(f"{what} has storage type {storage}, expected {DENSE} dense or {ROW_SPARSE} row_sparse")
    storage_shape = _decode_shape(reader, what) if storage == ROW_SPARSE else None
    shape = _decode_shape(reader, what)
    reader.read("ii", f"{what}'s device")
    dtype = _decode_dtype(reader, what)
    if storage_shape is None:
        return reader.array(dtype, shape, what)
    return _decode_row_sparse(reader, dtype, storage_shape, shape, what)


def _decode_row_sparse(
    reader: _Reader, dtype: np.dtype[Any], storage_shape: tuple[int, ...], shape: tuple[int, ...], what: str
) -> RowSparse:
    rows_dtype, rows_shape = _decode_dtype(reader, what), _decode_shape(reader, what)
    fits = storage_shape[1:] == shape[1:] and rows_shape == storage_shape[:1]
    if not fits or rows_dtype != _DTYPES[_INT64]:
        layout = f"shape {shape}, stored {storage_shape}, {rows_dtype} row ids {rows_shape}"
        raise reader.error(f"{what} is row_sparse with {layout}; expected int64 ids, one for each stored row")
    values = reader.array(dtype, storage_shape, what)
    rows = reader.array(rows_dtype, rows_shape, f"{what}'s row ids")
    if rows.size and (rows[0] < 0 or rows[-1] >= shape[0] or (np.diff(rows) <= 0).any()):
        raise reader.error(f"{what} has row ids {rows[0]} to {rows[-1]}, expected ascending ones within 0..{shape[0]}")
    return RowSparse(shape, rows, values)


def _decode_shape(reader: _Reader, what: str) -> tuple[int, ...]:
    (dimensions,) = reader.read("I", f"{what}'s shape")
    # MXNet marks an array that was never filled by a shape without dimensions, and writes nothing more of it.
    if not 1 <= dimensions <= _MAX_DIMENSIONS:
        raise reader.error(f"{what} has {dimensions} dimensions, expected 1 to {_MAX_DIMENSIONS}")
    shape = reader.read(f"{dimensions}q", f"{what}'s shape")
    if not all(0 <= length <= _MAX_LENGTH for length in shape):
        raise reader.error(f"{what} has shape {shape}, expected lengths from 0 to {_MAX_LENGTH}")
    return shape


def _decode_dtype(reader: _Reader, what: str) -> np.dtype[Any]:
    (flag,) = reader.read("i", f"{what}'s dtype")
    if not 0 <= flag < len(_DTYPES):
        raise reader.error(f"{what} has type flag {flag}, expected 0 to {len(_DTYPES) - 1}")
    dtype: np.dtype[Any] = _DTYPES[flag]
    return dtype


def _decode_names(reader: _Reader, count: int) -> list[str]:
    (names,) = reader.read("Q", "the number of names")
    if names != count:
        raise reader.error(f"{names} names for {count} arrays, expected one each")
    return [_decode_name(reader, position) for position in range(count)]


def _decode_name(reader: _Reader, position: int) -> str:
    (length,) = reader.read("Q", f"the length of name {position}")
    if length > _MAX_NAME_BYTES:
        raise reader.error(f"name {position} takes {length} bytes, expected at most {_MAX_NAME_BYTES}")
    try:
        return reader.take(length, f"name {position}").decode()
    except UnicodeDecodeError as error:
        raise reader.error(f"name {position} is not UTF-8: {error}") from error
