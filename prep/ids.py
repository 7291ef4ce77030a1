"""Raw ids → small codes while rows stream by, and codes → positions in ascending order of id once all were seen."""

from __future__ import annotations

from typing import Any, Final, Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

_SMALL: Final = 1 << 24
"""Whole numbers below this are their own codes, and a flag each says which occur; others are counted from here on."""


class IdTable(Protocol):
    """The distinct ids of one column of the ratings."""

    def codes(self, ids: pa.Array) -> NDArray[np.int64]:
        """A code below 2^32 for each id, (n,). Equal ids have equal codes, now and later."""

    def resolve(self) -> tuple[NDArray[Any], NDArray[np.int64]]:
        """The ids seen, ascending, and an array that has at each code the position of its id among them."""

    @property
    def keeps_order(self) -> bool:
        """Whether codes ascend with ids, as far as seen."""


class IntegerIds:
    """Whole numbers from 0."""

    def __init__(self) -> None:
        self._seen = np.zeros(1 << 12, np.bool_)
        self._large: dict[int, int] = {}

    @property
    def keeps_order(self) -> bool:
        """Large ids are numbered as they come."""
        return not self._large

    def codes(self, ids: pa.Array) -> NDArray[np.int64]:
        """ids: int64 without nulls, from 0."""
        numbers: NDArray[np.int64] = ids.to_numpy(zero_copy_only=True)
        if not numbers.size:
            return numbers
        largest = int(numbers.max())
        if largest < _SMALL:
            self._mark(numbers, largest)
            return numbers
        is_small = numbers < _SMALL
        if is_small.any():
            self._mark(numbers[is_small], int(numbers[is_small].max()))
        codes = numbers.copy()
        codes[~is_small] = _numbered(numbers[~is_small], self._large)
        return codes

    def resolve(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """ids int64."""
        small = np.flatnonzero(self._seen)
        large = np.fromiter(self._large, np.int64, len(self._large))
        order = np.argsort(large)
        positions = np.zeros(_SMALL + large.size if large.size else self._seen.size, np.int64)
        positions[small] = np.arange(small.size)
        positions[_SMALL + order] = small.size + np.arange(large.size)
        return np.concatenate((small, large[order])), positions

    def _mark(self, numbers: NDArray[np.int64], largest: int) -> None:
        needed = largest + 1
        if needed > self._seen.size:
            grown = np.zeros(min(_SMALL, max(needed, 2 * self._seen.size)), np.bool_)
            grown[: self._seen.size] = self._seen
            self._seen = grown
        self._seen[numbers] = True


class StringIds:
    """Any text."""

    keeps_order = False

    def __init__(self) -> None:
        self._code: dict[str, int] = {}

    def codes(self, ids: pa.Array) -> NDArray[np.int64]:
        """ids: strings without nulls."""
        encoded = ids.dictionary_encode()
        code = self._code
        table = [code.setdefault(text, len(code)) for text in encoded.dictionary.to_pylist()]
        places: NDArray[np.int64] = encoded.indices.to_numpy(zero_copy_only=False)
        return np.array(table, np.int64)[places]

    def resolve(self) -> tuple[NDArray[np.str_], NDArray[np.int64]]:
        """ids <U, by code point."""
        ordered = sorted(self._code)
        positions = np.empty(len(ordered), np.int64)
        positions[[self._code[text] for text in ordered]] = np.arange(len(ordered))
        return np.array(ordered, np.str_), positions


def id_table(kind: str) -> IdTable:
    """For ids of that kind, ``integer`` or ``string``."""
    return IntegerIds() if kind == "integer" else StringIds()


def _numbered(numbers: NDArray[np.int64], code: dict[int, int]) -> NDArray[np.int64]:
    distinct, place = np.unique(numbers, return_inverse=True)
    table = [code.setdefault(number, _SMALL + len(code)) for number in distinct.tolist()]
    return np.array(table, np.int64)[place]
