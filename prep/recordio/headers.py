"""The beginnings of sparse rows' frames, for many kinds of rows at once.

Up to the values, and from there to the keys, a frame depends on the number of values and the bytes of keys alone:

    magic number, length of the payload | features: its name, its value: float32 tensor: values | keys

where every field has its length after its tag, as a varint.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from prep.recordio import varint
from prep.recordio.framing import HEADER_BYTES, MAGIC
from prep.recordio.layout import FEATURES, FLOAT32_TENSOR, MAP_KEY, MAP_VALUE, TENSOR_KEYS, TENSOR_VALUES, VALUES
from prep.recordio.overlap import windows
from prep.recordio.wire import field, tag

_ROOM = 48
"""Bytes for each header, which has 40 at most, as a word may be stored at the last of them."""

KINDS_PER_ROW = 4
"""Headers of all kinds are made where these are at most so many times the rows; else one for each row."""

_NAME = field(MAP_KEY, VALUES.encode())


@dataclass(frozen=True, kw_only=True)
class Headers:
    """Of each kind of rows, (kinds, ...).

    ``octets``, ``lengths``: from the magic number to the opening of the values, in the first bytes of a row.
    ``openings``, ``opening_lengths``: the opening of the keys, in the first bytes of a word.
    ``sizes``: of whole frames.
    """

    octets: NDArray[np.uint8]
    lengths: NDArray[np.int64]
    openings: NDArray[np.uint64]
    opening_lengths: NDArray[np.int64]
    sizes: NDArray[np.int64]


class Kinds:
    """The headers of all kinds of rows there may be, as far as they are fewer than rows; arguments as for ``make``."""

    def __init__(self, *, shape_bytes: int, label_bytes: int) -> None:
        self._make = partial(make, shape_bytes=shape_bytes, label_bytes=label_bytes)
        self._values, self._step = 0, 1
        self._headers = self._make(np.empty(0, np.int64), np.empty(0, np.int64))

    def of(self, nnz: NDArray[np.int64], key_bytes: NDArray[np.int64]) -> tuple[Headers, NDArray[np.intp]]:
        """Headers, and which of them each row has. nnz, key_bytes: (rows,), a row or more."""
        most_values, most_bytes = int(nnz.max()), int(key_bytes.max())
        if most_values >= self._values or most_bytes >= self._step:
            values, step = max(self._values, most_values + 1), max(self._step, 1 << most_bytes.bit_length())
            if values * step > KINDS_PER_ROW * nnz.size:
                return self._make(nnz, key_bytes), np.arange(nnz.size)
            self._values, self._step = values, step
            self._headers = self._make(*np.divmod(np.arange(values * step), step))
        return self._headers, nnz * self._step + key_bytes


class _Opening(NamedTuple):
    """Tag and length of a field as the first bytes of a word, and how many bytes they are; (kinds,) each."""

    words: NDArray[np.uint64]
    lengths: NDArray[np.int64]


def make(nnz: NDArray[np.int64], key_bytes: NDArray[np.int64], *, shape_bytes: int, label_bytes: int) -> Headers:
    """The headers of rows with so many values and bytes of keys, (kinds,) each.

    shape_bytes, label_bytes: the fields that follow the keys, the same for all. A row without values has neither the
    field of values nor that of keys, as the SDK writes it. A payload must be shorter than 4 GiB.
    """
    of_values, of_keys = _opening(TENSOR_VALUES, 4 * nnz), _opening(TENSOR_KEYS, key_bytes)
    for opening in (of_values, of_keys):
        opening.lengths[nnz == 0] = 0
    tensor = of_values.lengths + 4 * nnz + of_keys.lengths + key_bytes + shape_bytes
    of_tensor = _opening(FLOAT32_TENSOR, tensor)
    value = of_tensor.lengths + tensor
    of_value = _opening(MAP_VALUE, value)
    entry = len(_NAME) + of_value.lengths + value
    of_entry = _opening(FEATURES, entry)
    payload = of_entry.lengths + entry + label_bytes

    octets = np.zeros((nnz.size, _ROOM), np.uint8)
    words, starts = windows(octets.ravel(), "<u8"), _ROOM * np.arange(nnz.size)
    at = starts.copy()
    of_frame = _Opening(payload.astype(np.uint64) << np.uint64(32) | np.uint64(MAGIC), np.full(nnz.size, HEADER_BYTES))
    of_name = _Opening(np.full(nnz.size, int.from_bytes(_NAME, "little"), np.uint64), np.full(nnz.size, len(_NAME)))
    # Each word has zeros after its bytes, which the next word overwrites.
    for opening in (of_frame, of_entry, of_name, of_value, of_tensor, of_values):
        words[at] = opening.words
        at += opening.lengths
    return Headers(
        octets=octets,
        lengths=at - starts,
        openings=of_keys.words,
        opening_lengths=of_keys.lengths,
        sizes=HEADER_BYTES + (payload + 3) // 4 * 4,
    )


def _opening(number: int, sizes: NDArray[np.int64]) -> _Opening:
    """The opening of length-delimited fields of so many bytes, up to 2^35."""
    packed, lengths = varint.pack(sizes, int(sizes.max(initial=0)))
    return _Opening(packed.astype(np.uint64) << np.uint64(8) | np.uint64(tag(number)), 1 + lengths.astype(np.int64))
