"""What the encoder has to know of users and items beside their positions, and how that is kept.

``side_data.npz`` is an uncompressed ``.npz`` of one-dimensional int32 and int64 arrays, which ``numpy.load`` opens:

    genres.indptr, genres.members               which of the block's columns each item has
    code.<block>                                the block's column of each item (year) or user (user.*), −1 for none
    by_user.indptr … by_item.members            the train history
    week.first_time                             [seconds since 1970 of the first rating of train]
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Final, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from prep import documents
from prep.errors import UnreadableDocument
from prep.features.history import History, Lists

_WEEK: Final = "week.first_time"
_CODE: Final = "code."
_LISTS: Final = ("genres", "by_user", "by_item")
# The one form in which every NumPy writes it. NumPy's own reader evaluates the header as Python.
_HEADER: Final = re.compile(
    rb"\x93NUMPY\x01\x00(?P<length>..)"
    rb"\{'descr': '(?P<dtype><i4|<i8)', 'fortran_order': False, 'shape': \((?P<count>\d{1,19}),\), \} *\n",
    re.DOTALL,
)
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)  # the earliest a zip can say: equal content gives equal bytes


class Writable(Protocol):
    """All that is asked of where side data goes."""

    def write(self, data: bytes, /) -> object:
        """Take all of these bytes."""


class _WriteOnly:
    """A stream without places to go back to, as zipfile writes to a pipe."""

    def __init__(self, stream: Writable) -> None:
        self._stream = stream

    def write(self, data: bytes) -> int:
        self._stream.write(data)
        return len(data)

    def flush(self) -> None:
        """Nothing is held back here."""


@dataclass(frozen=True, slots=True, eq=False)
class SideData:
    """genres: a list of genre numbers per item. codes: per block, int32 category numbers (items,) or (users,), −1 for
    none. history: of train. first_time: seconds since 1970 of the first rating of train. Each only where a block of the
    feature space needs it.
    """

    genres: Lists | None = None
    codes: Mapping[str, NDArray[np.int32]] = field(default_factory=dict)
    history: History | None = None
    first_time: int | None = None

    def write_to(self, stream: Writable) -> None:
        """Write what ``from_bytes`` reads. Arrays that are memory maps are never in memory as a whole."""
        with zipfile.ZipFile(cast(BinaryIO, _WriteOnly(stream)), "w", zipfile.ZIP_STORED) as archive:
            for name, array in self._arrays():
                with archive.open(zipfile.ZipInfo(f"{name}.npy", _EPOCH), "w", force_zip64=True) as member:
                    little = array.astype(array.dtype.newbyteorder("<"), copy=False)
                    np.lib.format.write_array(member, little, version=(1, 0), allow_pickle=False)

    def to_bytes(self) -> bytes:
        """What ``write_to`` writes."""
        stream = io.BytesIO()
        self.write_to(stream)
        return stream.getvalue()

    @classmethod
    def from_bytes(cls, document: bytes) -> SideData:
        """Reads what ``to_bytes`` wrote. Raises UnreadableDocument; that it fits its feature space, ``Encoder`` checks.

        Nothing is unpacked or unpickled: what is allocated is never more than ``document`` is long.
        """
        arrays = _read(document)
        try:
            lists = {name: _lists(arrays, name) for name in _LISTS if f"{name}.indptr" in arrays}
        except ValueError as error:
            raise _unreadable(str(error)) from error
        first_time = arrays.pop(_WEEK, None)
        codes = {name.removeprefix(_CODE): arrays.pop(name) for name in list(arrays) if name.startswith(_CODE)}
        is_sound = not arrays and all(code.dtype == np.int32 for code in codes.values())
        if not is_sound or ("by_user" in lists) != ("by_item" in lists):
            raise _unreadable(f"arrays {documents.excerpt([*arrays, *lists, *codes])}, expected those of side data")
        if first_time is not None and (first_time.size != 1 or first_time.dtype != np.int64):
            raise _unreadable(f"{first_time.size} first times of {first_time.dtype}, expected one of int64")
        return cls(
            lists.get("genres"),
            codes,
            History(lists["by_user"], lists["by_item"]) if "by_user" in lists else None,
            None if first_time is None else int(first_time[0]),
        )

    def _arrays(self) -> Iterator[tuple[str, NDArray[Any]]]:
        history = (self.history.by_user, self.history.by_item) if self.history else (None, None)
        for name, lists in zip(_LISTS, (self.genres, *history), strict=True):
            if lists is not None:
                yield f"{name}.indptr", lists.indptr
                yield f"{name}.members", lists.members
        for name, code in self.codes.items():
            yield f"{_CODE}{name}", code
        if self.first_time is not None:
            yield _WEEK, np.array([self.first_time], np.int64)


def _lists(arrays: dict[str, NDArray[Any]], name: str) -> Lists:
    return Lists(arrays.pop(f"{name}.indptr"), arrays.pop(f"{name}.members", np.empty(0)))


def _read(document: bytes) -> dict[str, NDArray[Any]]:
    """The arrays by name, read-only."""
    try:
        with zipfile.ZipFile(io.BytesIO(document)) as archive:
            members = archive.infolist()
            if len({member.filename for member in members}) < len(members):
                raise _unreadable("a member twice, expected each once")
            return {member.filename.removesuffix(".npy"): _array(archive, member) for member in members}
    # Also what zipfile has no error of its own for: an unknown compression, a password, a truncated member.
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError) as error:
        if isinstance(error, UnreadableDocument):
            raise
        raise _unreadable(f"{error}, expected an uncompressed .npz") from error


def _array(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> NDArray[Any]:
    if member.compress_type != zipfile.ZIP_STORED:
        raise _unreadable(f"{member.filename[:50]!r} is compressed, expected it as it is")
    content = archive.read(member)
    header = _HEADER.match(content)
    if header is None:
        raise _unreadable(
            f"{member.filename[:50]!r}: {content[:99]!r}, expected a one-dimensional int32 or int64 array"
        )
    dtype, count, size = np.dtype(header["dtype"].decode()), int(header["count"]), len(content) - header.end()
    if int.from_bytes(header["length"], "little") != header.end() - 10 or count * dtype.itemsize != size:
        raise _unreadable(f"{member.filename[:50]!r}: {size} bytes for {count} of {dtype}")
    return np.frombuffer(content, dtype, offset=header.end())


def _unreadable(problem: str) -> UnreadableDocument:
    return UnreadableDocument(f"side data: {problem}")
