"""Rows of exactly two unit values, one-hot user and one-hot item, to RecordIO-protobuf at the speed of memory.

Frames with as many bytes of keys and the same label are equal but for the keys. So a row is a copy of the right
ready-made frame, and one word of eight bytes, which holds both keys, written into it. Where frames differ in length,
copies of the longest one's size are laid in the order of the rows, and each overwrites what the one before has too
much.
"""

from __future__ import annotations

from collections import deque
from typing import Any

import numpy as np
from numpy.typing import NDArray

from prep.recordio import overlap, varint
from prep.recordio.arrays import check_labels, integer_keys
from prep.recordio.errors import KeyOutOfRange, NotFinite
from prep.recordio.flat import FlatEncoder
from prep.recordio.framing import HEADER_BYTES
from prep.recordio.grouped import blank_frame
from prep.recordio.layout import VALUES, blank_sparse
from prep.recordio.memory import keep_freed
from prep.recordio.overlap import windows

BLOCK_ROWS = 1 << 14
"""Rows encoded at a time: the dozen arrays of a block stay in the cache."""

READY_LABELS = np.arange(16, dtype=np.float32) / 2
"""Labels that have frames of their own: 0 and 1, and all the stars. Others are written into the frame of 0."""

WORD_KEYS = varint.TAGGED_END
"""Two keys below this fit a word."""

TABLE_KEYS = 1 << 22
"""The words of this many keys are kept (8 bytes each); of more, they are made anew for each block."""


class PairEncoder:
    """Encodes rows that have the value 1 in two columns, byte for byte as ``write_records`` does.

    first_keys: the first key of a row is one of the columns 0..first_keys-1. second_keys: the second one is one of
    that many columns after those. n_columns: the width of the rows, at least both together.
    results: how many stay valid, the last one and those before it, so that one may be written while the next is made.
    An encoder keeps its buffers, so one thread at a time may use it. Raises KeyOutOfRange where the columns do not fit.
    """

    def __init__(self, *, first_keys: int, second_keys: int, n_columns: int, results: int = 1) -> None:
        if not (first_keys >= 0 <= second_keys and first_keys + second_keys <= n_columns <= np.iinfo(np.int64).max):
            found = f"{first_keys} + {second_keys} columns in a row of {n_columns}"
            raise KeyOutOfRange(f"{found}, expected no more than the row has, and that at most 2^63 - 1")
        keep_freed()
        is_wide = first_keys + second_keys > WORD_KEYS
        self._pairs: _WidePairs | _WordPairs
        if is_wide:
            self._pairs = _WidePairs(first_keys, second_keys, n_columns, results)
        else:
            self._pairs = _WordPairs(first_keys, second_keys, n_columns, results)

    def encode(self, first: NDArray[Any], second: NDArray[Any], labels: NDArray[np.float32]) -> NDArray[np.uint8]:
        """The frames of these rows, in order: (bytes,) uint8, valid for ``results`` calls from this one on.

        first, second: (rows,) columns, integers of any size. labels: (rows,) float32, of which 0, 0.5, 1 … 7.5 are
        the fastest. Any number of rows; of ``BLOCK_ROWS`` at a time, the result is still in the cache.
        Raises WrongDtype, KeyCountMismatch, LabelCountMismatch, KeyOutOfRange or NotFinite.
        """
        labels = np.asarray(labels)
        check_labels({VALUES: labels}, labels.size)
        first = integer_keys("first keys", first, rows=labels.size)
        second = integer_keys("second keys", second, rows=labels.size)
        return self._pairs.encode(first, second, labels)


class _WordPairs:
    """Pairs whose keys fit a word."""

    def __init__(self, first_keys: int, second_keys: int, n_columns: int, results: int) -> None:
        frames = _Frames(first_keys, second_keys, n_columns)
        self._frames = frames
        self._first = _KeyWords(0, first_keys, after=0)
        self._second = _KeyWords(first_keys, second_keys, after=frames.after_keys)
        self._positions = np.empty((2, BLOCK_ROWS), np.int64)
        self._words = np.empty((4, BLOCK_ROWS), np.uint64)
        self._copies = np.empty(BLOCK_ROWS, frames.dtype)
        self._results = deque([np.empty(0, np.uint8)] * results)

    def encode(self, first: NDArray[Any], second: NDArray[Any], labels: NDArray[np.float32]) -> NDArray[np.uint8]:
        """As PairEncoder's, of checked arrays."""
        octets, room = self._results.popleft(), (labels.size + 1) * self._frames.size
        if octets.size < room:
            octets = np.empty(room, np.uint8)
        self._results.append(octets)
        stop = 0
        for start in range(0, labels.size, BLOCK_ROWS):
            block = slice(start, start + BLOCK_ROWS)
            stop += self._encode(first[block], second[block], labels[block], octets[stop:])
        return octets[:stop]

    def _encode(
        self, first: NDArray[Any], second: NDArray[Any], labels: NDArray[np.float32], out: NDArray[np.uint8]
    ) -> int:
        """Fills the front of ``out``, and says how many bytes of it."""
        rows, frames = labels.size, self._frames
        word, other, kind, shift = self._words[:, :rows]
        self._first.take("first", first, self._positions[0, :rows], out=word)
        self._second.take("second", second, self._positions[1, :rows], out=other)
        np.right_shift(word, varint.TAG_SHIFT, out=shift)
        np.right_shift(other, varint.TAG_SHIFT, out=kind)
        kind += shift
        kind <<= np.uint64(1)  # eight times the bytes of both keys, times two: 16 labels a length
        other <<= shift
        word &= varint.WITHOUT_TAG
        word |= other
        patch = _add_ready(labels, kind)
        copies = self._copies[:rows]
        if frames.alike:
            copies = out[: rows * frames.size].view(frames.dtype)
        kinds = kind.view(np.int64)
        frames.blanks.take(kinds, out=copies, mode="clip")
        frames.put_keys(copies, word)
        if patch:
            frames.put_labels(copies, kinds, labels)
        return rows * frames.size if frames.alike else _lay(copies, frames.sizes.take(kinds), out)


class _KeyWords:
    """The varint of each key in a block of columns as the first bytes of a word, eight times its length in the last."""

    def __init__(self, start: int, count: int, *, after: int) -> None:
        self._start, self._count, self._after = start, count, after
        self._table = self._make(np.arange(start, start + count)) if count <= TABLE_KEYS else None

    def take(self, name: str, keys: NDArray[Any], positions: NDArray[np.int64], *, out: NDArray[np.uint64]) -> None:
        """The words of these keys. ``positions`` is room to work in. Raises KeyOutOfRange."""
        _place(name, keys, self._start, self._count, positions)
        if self._table is not None:
            self._table.take(positions, out=out, mode="clip")
        else:
            out[:] = self._make(positions + self._start)

    def _make(self, keys: NDArray[np.int64]) -> NDArray[np.uint64]:
        words = varint.tagged(keys, varint.TAGGED_END - 1)
        bits = words >> varint.TAG_SHIFT
        return words | (np.uint64(self._after) << bits) & varint.WITHOUT_TAG


class _Frames:
    """A frame for each number of key bytes and ready label; frame ``16 * key bytes + label`` of ``blanks``."""

    def __init__(self, first_keys: int, second_keys: int, n_columns: int) -> None:
        length = [len(varint.encode_one(key)) for key in (0, max(first_keys - 1, 0))]
        length_2 = [len(varint.encode_one(key)) for key in (first_keys, max(first_keys + second_keys - 1, 0))]
        made = {
            key_bytes: blank_frame(blank_sparse(2, key_bytes, n_columns, [VALUES]))
            for key_bytes in range(length[0] + length_2[0], length[1] + length_2[1] + 1)
        }
        self.size = max(octets.size for octets, _ in made.values())
        self.alike = len({octets.size for octets, _ in made.values()}) == 1
        self.dtype = np.dtype(f"V{self.size}")
        self.sizes = np.zeros(16 * (max(made) + 1), np.int64)
        blanks = np.zeros((self.sizes.size, self.size), np.uint8)
        for key_bytes, (octets, layout) in made.items():
            assert layout.features is not None and layout.features.keys is not None  # noqa: S101, PT018
            values, keys, label = (
                span.start + HEADER_BYTES
                for span in (layout.features.values, layout.features.keys, layout.labels[VALUES])
            )
            kinds = slice(16 * key_bytes, 16 * key_bytes + 16)
            self.sizes[kinds] = octets.size
            blanks[kinds, : octets.size] = octets
            blanks[kinds, values : values + 8] = np.ones(2, "<f4").view(np.uint8)
            blanks[kinds, label : label + 4] = READY_LABELS.astype("<f4")[:, None].view(np.uint8)
            self._keys_at, self._label_at = keys, label - key_bytes
            self.after_keys = int.from_bytes(octets[keys + key_bytes :][:7].tobytes(), "little")
        self.blanks = blanks.view(self.dtype)[:, 0]

    def put_keys(self, copies: NDArray[np.void], words: NDArray[np.uint64]) -> None:
        """Writes both keys into each frame, and the same bytes after them as before."""
        np.ndarray(words.shape, "<u8", buffer=copies, offset=self._keys_at, strides=(self.size,))[...] = words

    def put_labels(self, copies: NDArray[np.void], kinds: NDArray[np.int64], labels: NDArray[np.float32]) -> None:
        """Writes a label into each frame, where its number of key bytes puts it."""
        at = self._label_at + (kinds >> 4) + np.arange(0, kinds.size * self.size, self.size)
        windows(copies.view(np.uint8), "<f4")[at] = labels


class _WidePairs:
    """Pairs with keys that may be too long for a word, by the way that any rows are encoded."""

    def __init__(self, first_keys: int, second_keys: int, n_columns: int, results: int) -> None:
        self._results = results
        self._first_keys, self._second_keys = first_keys, second_keys
        self._flat = FlatEncoder(n_columns, labelled=True)

    def encode(self, first: NDArray[Any], second: NDArray[Any], labels: NDArray[np.float32]) -> NDArray[np.uint8]:
        """As PairEncoder's, of checked arrays."""
        _check_finite(labels)
        keys = np.empty((labels.size, 2), np.int64)
        _place("first", first, 0, self._first_keys, keys[:, 0])
        _place("second", second, self._first_keys, self._second_keys, keys[:, 1])
        keys[:, 1] += self._first_keys
        ends = np.arange(0, keys.size + 1, 2)
        octets = self._flat.encode(ends, keys.ravel(), np.ones(keys.size, np.float32), labels)
        return octets if self._results == 1 else octets.copy()


def _place(name: str, keys: NDArray[Any], start: int, count: int, out: NDArray[np.int64]) -> None:
    """The keys' distances from the first column of their block. Raises KeyOutOfRange."""
    np.subtract(keys, start, out=out, dtype=np.int64, casting="unsafe")
    # As unsigned, a negative number is a large one.
    if out.size and int(out.view(np.uint64).max()) >= count:
        row = int(np.argmax(out.view(np.uint64) >= np.uint64(count)))
        raise KeyOutOfRange(f"row {row}: {name} key {keys[row]}, expected {start}..{start + count - 1}")


def _add_ready(labels: NDArray[np.float32], kind: NDArray[np.uint64]) -> bool:
    """Adds the number of each ready label; where a label is not ready, adds nothing and returns True.

    Raises NotFinite.
    """
    bits = labels.view(np.uint32)
    number = bits >> np.uint32(28) & np.uint32(2)  # 1.0 is 0x3f800000: 0 and 1 are told apart by one bit
    if (number * np.uint32(0x3F800000 // 2) == bits).all():
        kind += number
        return False
    _check_finite(labels)
    number = (np.clip(labels, 0, READY_LABELS[-1]) * np.float32(2)).astype(np.uint32)
    # By their bits, as -0.0 equals 0.0.
    if (READY_LABELS[number].view(np.uint32) == bits).all():
        kind += number
        return False
    return True


def _check_finite(labels: NDArray[np.float32]) -> None:
    wrong = np.flatnonzero(~np.isfinite(labels))
    if wrong.size:
        raise NotFinite(f"row {wrong[0]}: label {labels[wrong[0]]}, expected a finite number")


def _lay(copies: NDArray[np.void], sizes: NDArray[np.int64], out: NDArray[np.uint8]) -> int:
    """Lays frames end to end at the front of ``out``, each a multiple of four bytes long, and returns their length."""
    ends = np.cumsum(sizes)
    if overlap.stores_in_order():
        windows(out, copies.dtype)[ends - sizes] = copies
    else:
        words = copies.view(np.uint32).reshape(copies.size, -1)
        kept = words[np.arange(words.shape[1]) < sizes[:, None] >> 2]
        out[: 4 * kept.size] = kept.view(np.uint8)
    return int(ends[-1])
