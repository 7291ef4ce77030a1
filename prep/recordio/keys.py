"""The keys of any rows as varints end to end: two or four joined to a word first, as a store takes longer."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
from numpy.typing import NDArray

from prep.recordio import varint
from prep.recordio.overlap import windows

LONGEST_COPY = 128
"""Bytes that may be copied from any place within what ``pack`` returns. So many take hardly longer than 8."""

_JOINED_WORDS = 1 << 13
"""Words joined at a time: they and what is on the way stay in the first cache."""

_WORD_BITS = 64
_OCTET, _HALF = np.uint64(0xFF), np.uint64(32)


def pack(keys: NDArray[Any], largest: int, starts: NDArray[np.int64]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """The varints of all keys with some room behind them, and (rows + 1,) where those of each row begin."""
    short = varint.short_tagged(keys, largest) if sys.byteorder == "little" else None
    if short is not None:
        return _pack_joined(*_joined_short(short), short, varint.SHORT_TAG_SHIFT, starts)
    if largest < varint.TAGGED_END:
        tagged = varint.tagged(keys, largest)
        return _pack_joined(*_joined(tagged), tagged, varint.TAG_SHIFT, starts)
    words, lengths = varint.pack(keys, largest)
    at = np.zeros(keys.size + 1, np.int64)
    np.cumsum(lengths, out=at[1:])
    return _stored(words, at), at.take(starts)


def _pack_joined(
    words: NDArray[np.uint64],
    both: NDArray[np.uint64],
    tagged: NDArray[Any],
    tag_shift: np.unsignedinteger,
    starts: NDArray[np.int64],
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """As ``pack``: two keys at a time are stored as one word, or four, as a store takes longer than to join them.

    words: two keys each. both: eight times the bytes of each word. tagged: each key alone, its tag after ``tag_shift``.
    """
    at = np.zeros(words.size + 1, np.int64)
    np.cumsum(both.view(np.int64), out=at[1:])
    at >>= 3
    key_starts = at.take(starts >> 1)
    odd = np.flatnonzero(starts & 1)
    key_starts[odd] += (tagged.take(starts[odd] - 1) >> tag_shift).astype(np.int64) >> 3
    if words.size and int(both.max()) <= _WORD_BITS // 2:
        first, second = _alternate(words)
        words = second << _alternate(both)[0]
        words |= first
        at = np.append(at[:-1:2], at[-1])
    return _stored(words, at), key_starts


def _joined(tagged: NDArray[np.uint64]) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Two keys a word, the last one perhaps alone, and eight times the bytes of each word."""
    first, second = _alternate(tagged)
    bits = first >> varint.TAG_SHIFT
    words = second << bits  # its tag is shifted out
    words |= first & varint.WITHOUT_TAG
    bits += second >> varint.TAG_SHIFT
    return words, bits


def _joined_short(tagged: NDArray[np.uint32]) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """As ``_joined``: here two keys with their tags are a word already."""
    both = (tagged if tagged.size % 2 == 0 else np.append(tagged, np.uint32(0))).view(np.uint64)
    words, bits = np.empty_like(both), np.empty_like(both)
    for start in range(0, both.size, _JOINED_WORDS):
        these = slice(start, start + _JOINED_WORDS)
        pair, word, sum_ = both[these], words[these], bits[these]
        np.right_shift(pair, varint.SHORT_TAG_SHIFT, out=sum_)
        sum_ &= _OCTET
        np.right_shift(pair, _HALF, out=word)
        word &= varint.WITHOUT_SHORT_TAG
        word <<= sum_
        word |= pair & varint.WITHOUT_SHORT_TAG
        sum_ += pair >> varint.TAG_SHIFT
    return words, bits


def _alternate(words: NDArray[np.uint64]) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Every second one from the first on, and as many from the second on, if need be with a zero at the end."""
    if words.size % 2:
        words = np.append(words, np.uint64(0))
    return words[::2], words[1::2]


def _stored(words: NDArray[Any], at: NDArray[np.int64]) -> NDArray[np.uint8]:
    """The first bytes of words end to end, with some room behind them. at: (words + 1,) where they begin and end."""
    octets = np.empty(int(at[-1]) + LONGEST_COPY, np.uint8)
    windows(octets, words.dtype.newbyteorder("<"))[at[:-1]] = words
    return octets
