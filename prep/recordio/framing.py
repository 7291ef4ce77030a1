"""RecordIO frames: magic number, payload length, payload, zero padding to a multiple of four bytes.

Both numbers are little-endian uint32. Source: "Common Data Formats for Training" in the SageMaker developer guide.
"""

from __future__ import annotations

import struct

import numpy as np
from numpy.typing import NDArray

from prep.recordio.errors import BadMagic, MalformedRecord, TruncatedRecord

MAGIC = 0xCED7230A
HEADER_BYTES = 8
MAX_PADDING = 3

# The bits of a payload's last word that are padding, by the bytes of it that are not; of none, all four are payload.
_PADDING = np.array([0, 0xFFFFFF00, 0xFFFF0000, 0xFF000000], np.uint32)


def frame(payload: bytes) -> bytes:
    """The payload in its frame."""
    return struct.pack("<II", MAGIC, len(payload)) + payload + bytes(-len(payload) % 4)


def split(octets: NDArray[np.uint8], *, at: int = 0) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where the payload of each record starts, and its length in bytes.

    octets: (n,) uint8, whole records, which stand at byte ``at`` of their buffer. Returns two (records,) arrays.
    Raises TruncatedRecord or BadMagic where the chain of lengths breaks, MalformedRecord where padding is not zero.
    """
    heads, following = _linked(octets)
    end = 4 * int(following[-1]) if following.size else 0
    if end != octets.size:
        raise _broken_chain(octets, end, start=4 * int(heads[-1]) if heads.size else 0, at=at)
    return _payloads(octets, heads, following, at)


def split_front(octets: NDArray[np.uint8], *, at: int = 0) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """As ``split``, of octets that may end inside a record: of those that are whole.

    Raises BadMagic or MalformedRecord.
    """
    heads, following = _linked(octets)
    if following.size and 4 * following[-1] > octets.size:
        heads, following = heads[:-1], following[:-1]
    elif (end := 4 * int(following[-1]) if following.size else 0) + HEADER_BYTES <= octets.size:
        raise _broken_chain(octets, end, start=end, at=at)
    return _payloads(octets, heads, following, at)


def _linked(octets: NDArray[np.uint8]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The word at which each record starts, as far as the chain of lengths goes, and the word after its frame."""
    words = octets[: octets.size // 4 * 4].view("<u4")
    size, count = _equal_frames(words)
    front = np.arange(0, size * count + 1, size or 1)
    if count and front[-1] == words.size:
        return front[:-1], front[1:]
    heads, following = _scanned(words[size * count :])
    return np.concatenate((front[:-1], front[-1] + heads)), np.concatenate((front[1:], front[-1] + following))


def _equal_frames(words: NDArray[np.uint32]) -> tuple[int, int]:
    """The size in words of the first frame, and how many of that size stand in a row: those need no search."""
    if words.size < 2 or words[0] != MAGIC or words[1] == 0:
        return 0, 0
    payload = (int(words[1]) + 3) // 4
    size = HEADER_BYTES // 4 + payload
    table = words[: words.size // size * size].reshape(-1, size)
    # As unsigned, a length below the shortest wraps around to a large one.
    equal = (table[:, 0] == MAGIC) & (table[:, 1] - np.uint32(4 * payload - 3) <= 3)
    return size, equal.size if equal.all() else int(np.argmin(equal))


def _scanned(words: NDArray[np.uint32]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """As ``_linked``, by a search for the magic number."""
    heads, following = _candidates(words)
    if not (heads.size and heads[0] == 0 and np.array_equal(following[:-1], heads[1:])):
        chained = _chain(heads, following)
        heads, following = heads[chained], following[chained]
    return heads, following


def _payloads(
    octets: NDArray[np.uint8], heads: NDArray[np.int64], following: NDArray[np.int64], at: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Starts and lengths of the payloads of whole records. Raises MalformedRecord where padding is not zero."""
    words = octets[: octets.size // 4 * 4].view("<u4")
    lengths, last = words.take(heads + 1), words.take(following - 1)
    starts = 4 * heads + HEADER_BYTES
    wrong = last & _PADDING.take(lengths & np.uint32(3))
    if wrong.any():
        record = int(np.flatnonzero(wrong)[0])
        place = at + int(starts[record]) + int(lengths[record])
        raise MalformedRecord(f"byte {place}: padding is not zero, expected zeros")
    return starts, lengths.astype(np.int64)


def _candidates(words: NDArray[np.uint32]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Each word equal to the magic number, in a header or in a payload, and the word after its frame, were it one."""
    heads = np.flatnonzero(words[:-1] == MAGIC)
    lengths = words[heads + 1].astype(np.int64)
    return heads, heads + 2 + ((lengths + 3) >> 2)


def _chain(heads: NDArray[np.int64], following: NDArray[np.int64]) -> NDArray[np.int64]:
    """Which candidates are records: those that the chain of lengths from word 0 comes by.

    The others are payload bytes that look like the magic number. Jumps double in length every round, so that a buffer
    of n records takes log2(n) rounds whatever it holds.
    """
    n = heads.size
    if n == 0 or heads[0] != 0:
        return np.empty(0, np.int64)
    successor = np.searchsorted(heads, following)
    missed = np.append(heads, -1)[successor] != following
    jump = np.append(np.where(missed, n, successor), n)
    reached = np.zeros(n + 1, np.bool_)
    reached[0] = True
    while jump[0] != n:
        reached[jump[reached]] = True
        jump = jump[jump]
    return np.flatnonzero(reached[:n])


def _broken_chain(octets: NDArray[np.uint8], end: int, *, start: int, at: int) -> TruncatedRecord | BadMagic:
    """Why no record begins at byte ``end``, where the record at byte ``start`` ends."""
    if end > octets.size:
        return TruncatedRecord(f"byte {at + start}: record of {end - start} bytes, but {octets.size - start} are left")
    rest = octets[end : end + HEADER_BYTES].tobytes()
    if len(rest) < HEADER_BYTES:
        return TruncatedRecord(
            f"byte {at + end}: {len(rest)} bytes are left, expected a record header of {HEADER_BYTES}"
        )
    found = int.from_bytes(rest[:4], "little")
    return BadMagic(f"byte {at + end}: 0x{found:08x}, expected the magic number 0x{MAGIC:08x}")
