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


def frame(payload: bytes) -> bytes:
    """The payload in its frame."""
    return struct.pack("<II", MAGIC, len(payload)) + payload + bytes(-len(payload) % 4)


def split(octets: NDArray[np.uint8]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where the payload of each record starts, and its length in bytes.

    octets: (n,) uint8, whole records. Returns two (records,) arrays.
    Raises TruncatedRecord or BadMagic where the chain of lengths breaks, MalformedRecord where padding is not zero.
    """
    words = octets[: octets.size // 4 * 4].view("<u4")
    heads, following = _candidates(words)
    if not (_starts_at(heads, 0) and _ends_at(following, words.size) and np.array_equal(following[:-1], heads[1:])):
        chained = _chain(heads, following)
        heads, following = heads[chained], following[chained]
    end = 4 * int(following[-1]) if following.size else 0
    if end != octets.size:
        raise _broken_chain(octets, end, start=4 * int(heads[-1]) if heads.size else 0)
    starts = 4 * heads + HEADER_BYTES
    lengths = words[heads + 1].astype(np.int64)
    _check_padding(words, following, starts, lengths)
    return starts, lengths


def _candidates(words: NDArray[np.uint32]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Each word equal to the magic number, in a header or in a payload, and the word after its frame, were it one."""
    heads = np.flatnonzero(words[:-1] == MAGIC)
    lengths = words[heads + 1].astype(np.int64)
    return heads, heads + 2 + (lengths + 3) // 4


def _starts_at(positions: NDArray[np.int64], first: int) -> bool:
    return positions.size > 0 and positions[0] == first


def _ends_at(positions: NDArray[np.int64], last: int) -> bool:
    return positions.size > 0 and positions[-1] == last


def _chain(heads: NDArray[np.int64], following: NDArray[np.int64]) -> NDArray[np.int64]:
    """Which candidates are records: those that the chain of lengths from word 0 comes by.

    The others are payload bytes that look like the magic number. Jumps double in length every round, so that a buffer
    of n records takes log2(n) rounds whatever it holds.
    """
    n = heads.size
    if not _starts_at(heads, 0):
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


def _broken_chain(octets: NDArray[np.uint8], end: int, *, start: int) -> TruncatedRecord | BadMagic:
    """Why no record begins at byte ``end``, where the record at byte ``start`` ends."""
    if end > octets.size:
        return TruncatedRecord(f"byte {start}: record of {end - start} bytes, but {octets.size - start} are left")
    rest = octets[end : end + HEADER_BYTES].tobytes()
    if len(rest) < HEADER_BYTES:
        return TruncatedRecord(f"byte {end}: {len(rest)} bytes are left, expected a record header of {HEADER_BYTES}")
    return BadMagic(f"byte {end}: 0x{int.from_bytes(rest[:4], 'little'):08x}, expected the magic number 0x{MAGIC:08x}")


def _check_padding(
    words: NDArray[np.uint32], following: NDArray[np.int64], starts: NDArray[np.int64], lengths: NDArray[np.int64]
) -> None:
    padded = np.flatnonzero(lengths % 4)
    used_bits = (8 * (lengths[padded] % 4)).astype(np.uint32)
    wrong = padded[words[following[padded] - 1] >> used_bits != 0]
    if wrong.size:
        raise MalformedRecord(f"byte {starts[wrong[0]] + lengths[wrong[0]]}: padding is not zero, expected zeros")
