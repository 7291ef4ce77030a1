"""Base-128 varints, little end first: seven bits a byte, the eighth says that more follow.

Source: protobuf's "Encoding" guide. Whole arrays at once, and single numbers for the structure around them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

MAX_BYTES = 9
"""What the largest int64, 2^63 - 1, takes: no column index is longer."""

_MORE = 0x80
_LOW = 0x7F


def encode_one(number: int) -> bytes:
    """The varint of one non-negative number."""
    octets = bytearray()
    while number > _LOW:
        octets.append(number & _LOW | _MORE)
        number >>= 7
    octets.append(number)
    return bytes(octets)


def decode_one(octets: bytes, start: int) -> tuple[int, int]:
    """The number whose varint begins at ``start``, and the position after it.

    Raises IndexError where the bytes end first, or where the varint is longer than the ten bytes of a uint64.
    """
    number = 0
    for place in range(10):
        octet = octets[start + place]
        number |= (octet & _LOW) << 7 * place
        if octet < _MORE:
            return number, start + place + 1
    raise IndexError(f"varint at {start} is longer than ten bytes")


def encode(numbers: NDArray[np.int64]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """All varints in a row, and where each begins.

    numbers: (n,) not negative. Returns the bytes, and (n + 1,) offsets into them, the last one their length.
    """
    shifts = 7 * np.arange(_widest(numbers))
    widths = 1 + np.count_nonzero(numbers[:, None] >> shifts[1:], axis=1)
    more = shifts < 7 * (widths[:, None] - 1)
    octets = (numbers[:, None] >> shifts & _LOW | np.where(more, _MORE, 0)).astype(np.uint8)
    starts = np.zeros(numbers.size + 1, np.int64)
    np.cumsum(widths, out=starts[1:])
    return octets[shifts < 7 * widths[:, None]], starts


def decode(octets: NDArray[np.uint8]) -> NDArray[np.int64]:
    """The numbers of varints that stand in a row; the last byte ends the last one.

    octets: (n,). Returns (number of bytes below 128,), with -1 for a varint longer than ``MAX_BYTES``.
    """
    ends = np.flatnonzero(octets < _MORE) + 1
    starts = np.concatenate(([0], ends))[: ends.size]
    widths = ends - starts
    if ends.size == 0 or widths.max() == 1:
        return octets.astype(np.int64)
    place = np.minimum(np.arange(octets.size) - np.repeat(starts, widths), MAX_BYTES - 1)
    numbers: NDArray[np.int64] = np.add.reduceat((octets & _LOW).astype(np.int64) << 7 * place, starts)
    numbers[widths > MAX_BYTES] = -1
    return numbers


def _widest(numbers: NDArray[np.int64]) -> int:
    """Bytes of the longest varint, at least 1."""
    return max(1, -(-int(numbers.max(initial=0)).bit_length() // 7))
