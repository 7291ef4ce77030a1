"""Arrays by name as an uncompressed ``.npz``, each at a place where it can be used as it lies.

``numpy.load`` reads it too, but copies. Here nothing is copied: an array is a view of the file's bytes, which takes as
long for a gigabyte as for a page. For that the entries' headers are padded, as Android's ``zipalign`` does it: matrix
products of data that is not aligned begin with a copy of it.
"""

from __future__ import annotations

import io
import math
import re
import struct
import zipfile
from collections.abc import Mapping
from typing import Any, BinaryIO, Final, cast

import numpy as np
from numpy.typing import NDArray

from lambdas.logic.serving.manifest import Writable

ALIGNMENT: Final = 64
"""Of NumPy's own headers, and of the widest vector registers."""
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)  # the earliest a zip can say: equal content gives equal bytes
_LOCAL_HEADER: Final = struct.Struct("<4s5H3L2H")
_LOCAL_SIGNATURE: Final = b"PK\x03\x04"
_ZIP64_BYTES: Final = 20
_PADDING: Final = struct.Struct("<HHH")  # Android's field 0xD935: its size, the alignment, then zeros
_PADDING_ID: Final = 0xD935
# The one form in which every NumPy writes it. NumPy's own reader evaluates the header as Python.
_HEADER: Final = re.compile(
    rb"\x93NUMPY\x01\x00(?P<length>..)\{'descr': '(?P<dtype><f4|<i4|<i8)', 'fortran_order': False, "
    rb"'shape': \((?P<rows>\d{1,15}),(?: (?P<columns>\d{1,15}))?\), \} *\n",
    re.DOTALL,
)
_LONGEST_HEADER: Final = 256


def write_arrays(stream: Writable, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write float32, int32 and int64 arrays of one or two dimensions, a few megabytes at a time."""
    counted = _Counted(stream)
    with zipfile.ZipFile(cast(BinaryIO, counted), "w", zipfile.ZIP_STORED) as archive:
        for name, array in arrays.items():
            info = zipfile.ZipInfo(f"{name}.npy", _EPOCH)
            before = counted.written + _LOCAL_HEADER.size + len(info.filename) + _ZIP64_BYTES + _PADDING.size
            zeros = -before % ALIGNMENT
            info.extra = _PADDING.pack(_PADDING_ID, 2 + zeros, ALIGNMENT) + bytes(zeros)
            little = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
            with archive.open(info, "w", force_zip64=True) as member:
                np.lib.format.write_array(member, little, version=(1, 0), allow_pickle=False)


def read_arrays(content: bytes) -> dict[str, NDArray[Any]]:
    """The arrays that ``write_arrays`` wrote, read-only views of ``content``.

    Raises ValueError for anything else. Nothing is unpacked or unpickled, and checksums are not looked at.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
    # Also what zipfile has no error of its own for, in a directory that is damaged.
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, OverflowError) as error:
        raise ValueError(f"{error}, expected an uncompressed .npz") from error
    return {member.filename.removesuffix(".npy"): _array(content, member) for member in members}


class _Counted:
    """A stream without places to go back to, as zipfile writes to a pipe."""

    def __init__(self, stream: Writable) -> None:
        self._stream, self.written = stream, 0

    def write(self, data: bytes) -> int:
        self._stream.write(data)
        self.written += len(data)
        return len(data)

    def flush(self) -> None:
        """Nothing is held back here."""


def _array(content: bytes, member: zipfile.ZipInfo) -> NDArray[Any]:
    name = member.filename[:50]
    if member.compress_type != zipfile.ZIP_STORED:
        raise ValueError(f"{name!r} is compressed, expected it as it is")
    header = content[member.header_offset : member.header_offset + _LOCAL_HEADER.size]
    if len(header) < _LOCAL_HEADER.size or header[:4] != _LOCAL_SIGNATURE:
        raise ValueError(f"{name!r} is not where the directory says")
    *_, name_bytes, extra_bytes = _LOCAL_HEADER.unpack(header)
    start = member.header_offset + _LOCAL_HEADER.size + name_bytes + extra_bytes
    described = _HEADER.match(content[start : min(start + _LONGEST_HEADER, start + member.file_size)])
    if described is None:
        raise ValueError(f"{name!r}: expected an array of float32, int32 or int64 in one or two dimensions")
    shape = [int(size) for size in (described["rows"], described["columns"]) if size is not None]
    dtype, count = np.dtype(described["dtype"].decode()), math.prod(shape)
    if member.file_size != described.end() + count * dtype.itemsize or start + member.file_size > len(content):
        raise ValueError(f"{name!r}: {member.file_size} bytes for {count} of {dtype}")
    return np.frombuffer(content, dtype, count, start + described.end()).reshape(shape)
