"""Base-128 varints, little end first: seven bits a byte, the eighth says that more follow.

Source: protobuf's "Encoding" guide. Whole arrays at once, and single numbers for the structure around them.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from prep.recordio.overlap import windows

MAX_BYTES = 9
"""What the largest int64, 2^63 - 1, takes: no column index is longer."""

WORD_BYTES = 8
"""The longest varint that fits a uint64 with its continuation bits; ``pack`` makes these."""

TAGGED_END = 1 << 28
"""Numbers below this take four bytes at most; ``tagged`` makes words of them, two of which can be joined to one."""

TAG_SHIFT, WITHOUT_TAG = np.uint64(56), np.uint64((1 << 56) - 1)
"""To take the tag, eight times the length, from such a word, or to leave it out."""

SHORT_TAG_SHIFT, WITHOUT_SHORT_TAG = np.uint32(24), np.uint32((1 << 24) - 1)
"""The same of ``short_tagged``."""

_SHORT_BITS = 21
"""What three bytes hold."""

_TABLE_BITS = 14
"""128 KB, which stay in a cache; of a larger table, looking up takes longer than computing."""

MORE = 0x80
"""The bit that says that the next byte belongs to the number too."""

_LOW = 0x7F
# Keeps the first n bytes of a little-endian word.
_FIRST_BYTES = np.array([(1 << 8 * n) - 1 for n in range(WORD_BYTES + 1)], np.uint64)


def encode_one(number: int) -> bytes:
    """The varint of one non-negative number."""
    octets = bytearray()
    while number > _LOW:
        octets.append(number & _LOW | MORE)
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
        if octet < MORE:
            return number, start + place + 1
    raise IndexError(f"varint at {start} is longer than ten bytes")


def pack(numbers: NDArray[Any], largest: int) -> tuple[NDArray[Any], NDArray[np.uint8]]:
    """Each number's varint as the first bytes of a little-endian word, and its length in bytes.

    numbers: (n,) integers from 0 to ``largest``, which is below 2^56. Returns (n,) words, uint32 where 4 bytes do for
    ``largest`` and else uint64, zero after the varint; and (n,) lengths.
    """
    longest = len(encode_one(largest))
    wide: Any = np.uint32 if longest <= 4 else np.uint64  # half the memory, twice the speed
    numbers = numbers.astype(wide, copy=False)
    words = numbers & wide(_LOW)
    lengths = np.ones(numbers.shape, np.uint8)
    for place in range(1, longest):
        longer = numbers >= wide(1 << 7 * place)
        lengths += longer
        words |= (numbers & wide(_LOW << 7 * place)) << wide(place)
        words |= longer.astype(wide) << wide(8 * place - 1)
    return words, lengths


def tagged(numbers: NDArray[Any], largest: int) -> NDArray[np.uint64]:
    """Each number's varint as the first bytes of a little-endian word, and eight times its length as the last byte.

    numbers: (n,) integers from 0 to ``largest``, which is below ``TAGGED_END``. Returns (n,).
    """
    if (bits := largest.bit_length()) <= _TABLE_BITS and 1 << bits <= 4 * numbers.size:
        return _tagged_table(bits).take(numbers.astype(np.int64, copy=False))
    words, lengths = pack(numbers, largest)
    return words.astype(np.uint64) | lengths.astype(np.uint64) << (TAG_SHIFT + np.uint64(3))


def short_tagged(numbers: NDArray[Any], largest: int) -> NDArray[np.uint32] | None:
    """As ``tagged``, in half the bytes: a varint of three bytes at most, and eight times its length in the fourth.

    None where ``largest`` needs more bytes, and where the numbers are too few to be worth a table of all there may be.
    """
    bits = largest.bit_length()
    if bits > _SHORT_BITS or 1 << bits > 4 * numbers.size:
        return None
    return _short_table(bits).take(numbers.astype(np.int64, copy=False))


@cache
def _short_table(bits: int) -> NDArray[np.uint32]:
    """Of all numbers of so many bits: 1 MB of the 18 bits of a MovieLens set's users and items, which caches hold."""
    words, lengths = pack(np.arange(1 << bits), (1 << bits) - 1)
    return words.astype(np.uint32) | lengths.astype(np.uint32) << (SHORT_TAG_SHIFT + np.uint32(3))


@cache
def _tagged_table(bits: int) -> NDArray[np.uint64]:
    """Of all numbers of so many bits; looking them up takes half as long."""
    words, lengths = pack(np.arange(1 << bits), (1 << bits) - 1)
    return words.astype(np.uint64) | lengths.astype(np.uint64) << (TAG_SHIFT + np.uint64(3))


def encode(numbers: NDArray[np.int64]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """All varints in a row, and where each begins.

    numbers: (n,) not negative. Returns the bytes, and (n + 1,) offsets into them, the last one their length.
    """
    shifts = 7 * np.arange(_widest(numbers))
    widths = 1 + np.count_nonzero(numbers[:, None] >> shifts[1:], axis=1)
    more = shifts < 7 * (widths[:, None] - 1)
    octets = (numbers[:, None] >> shifts & _LOW | np.where(more, MORE, 0)).astype(np.uint8)
    starts = np.zeros(numbers.size + 1, np.int64)
    np.cumsum(widths, out=starts[1:])
    return octets[shifts < 7 * widths[:, None]], starts


def ends(octets: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Where varints that stand in a row end: the place after each byte that says so."""
    return np.flatnonzero(octets < MORE) + 1


def decode(octets: NDArray[np.uint8], stops: NDArray[np.int64] | None = None) -> NDArray[np.int64]:
    """The numbers of varints that stand in a row; the last byte ends the last one.

    octets: (n,). stops: their ``ends``, if known. Returns as many numbers, with -1 for a varint longer than
    ``MAX_BYTES``.
    """
    stops = ends(octets) if stops is None else stops
    widths = np.diff(stops, prepend=0)
    starts = stops - widths
    longest = widths.max(initial=1)
    if longest == 1:
        return octets.astype(np.int64)
    words = windows(np.concatenate((octets, np.zeros(WORD_BYTES, np.uint8))), "<u8")[starts]
    words &= _FIRST_BYTES[np.minimum(widths, WORD_BYTES)]
    found = unpack(words, min(int(longest), WORD_BYTES)).view(np.int64)
    if longest > WORD_BYTES:
        nine = np.flatnonzero(widths == MAX_BYTES)
        found[nine] |= octets[starts[nine] + WORD_BYTES].astype(np.int64) << 7 * WORD_BYTES
        found[widths > MAX_BYTES] = -1
    return found


def lengths(octets: bytes) -> list[int]:
    """How long each of the varints is that stand in a row; an unfinished one counts for nothing."""
    stops = [place + 1 for place, octet in enumerate(octets) if octet < MORE]
    return [stop - start for start, stop in zip([0, *stops], stops, strict=False)]


def unpack(words: NDArray[np.uint64], length: int) -> NDArray[np.uint64]:
    """The numbers whose varints, of this length, at most ``WORD_BYTES``, are the first bytes of little-endian words."""
    numbers = words & np.uint64(_LOW)
    for place in range(1, length):
        numbers |= (words >> np.uint64(place)) & np.uint64(_LOW << 7 * place)
    return numbers


def _widest(numbers: NDArray[np.int64]) -> int:
    """Bytes of the longest varint, at least 1."""
    return max(1, -(-int(numbers.max(initial=0)).bit_length() // 7))
