"""Seeded choices as functions of what a row says, never of where it stands: one process and Spark choose alike.

The finaliser of SplitMix64 (Steele, Lea and Flood 2014, "Fast Splittable Pseudorandom Number Generators", figure 15)
maps 64 bits to 64 bits one to one, each input bit changing each output bit with probability one half.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

_GOLDEN_GAMMA: Final = 0x9E3779B97F4A7C15
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_MASK: Final = (1 << 64) - 1
_ITEM_BITS = np.uint64(32)


def pairs_of(users: NDArray[np.integer], items: NDArray[np.integer]) -> NDArray[np.uint64]:
    """One number for each (user, item): positions below 2^32, (n,) each."""
    # Positions are not negative, so that their bits are those of unsigned numbers: nothing is converted.
    joined: NDArray[np.uint64] = users.astype(np.int64, copy=False).view(np.uint64) << _ITEM_BITS
    joined |= items.astype(np.int64, copy=False).view(np.uint64)
    return joined


def users_of(pairs: NDArray[np.uint64]) -> NDArray[np.int64]:
    """The user positions of ``pairs_of``."""
    return (pairs >> _ITEM_BITS).view(np.int64)


def items_of(pairs: NDArray[np.uint64]) -> NDArray[np.int64]:
    """The item positions of ``pairs_of``."""
    return (pairs & np.uint64(0xFFFFFFFF)).view(np.int64)


def mix(numbers: NDArray[np.uint64], seed: int) -> NDArray[np.uint64]:
    """(n,) evenly spread 64-bit numbers; another seed gives others. The same numbers on every machine."""
    start = np.uint64((_mix_one(seed) * 2 + 1) & _MASK)
    mixed: NDArray[np.uint64] = numbers * np.uint64(_GOLDEN_GAMMA)
    mixed += start
    mixed ^= mixed >> np.uint64(30)
    mixed *= _FIRST
    mixed ^= mixed >> np.uint64(27)
    mixed *= _SECOND
    mixed ^= mixed >> np.uint64(31)
    return mixed


def _mix_one(number: int) -> int:
    number = (number + _GOLDEN_GAMMA) & _MASK
    number = (number ^ number >> 30) * int(_FIRST) & _MASK
    number = (number ^ number >> 27) * int(_SECOND) & _MASK
    return number ^ number >> 31
