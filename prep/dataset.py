"""One dataset in the MovieLens 100K layout, read and checked as a whole: given split, items, description."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from prep import documents
from prep.errors import BadDescription, DuplicateRating, UnknownSplit
from prep.feature_space import FeatureSpace
from prep.movielens import read_items, read_ratings
from prep.sources import Source, require
from prep.tables import Items, Ratings

SPLITS: Final = ("ua", "ub", "u1", "u2", "u3", "u4", "u5")
ITEMS_FILE: Final = "u.item"
DESCRIPTION_FILE: Final = "dataset.json"
_LONGEST_NAME: Final = 100


@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    """A dataset ready to encode.

    synthetic: whether the ratings were generated rather than given by people; everything made from them has to say so.
    """

    name: str
    synthetic: bool
    train: Ratings
    test: Ratings
    items: Items
    feature_space: FeatureSpace


def read_dataset(source: Source, split: str) -> Dataset:
    """Read ``<split>.base``, ``<split>.test``, ``u.item`` and, where there is one, ``dataset.json``.

    The feature space has every user of the ratings, and every item of ``u.item`` or the ratings.
    Raises UnknownSplit, MissingFile, EmptyFile, MalformedRow, RatingOutOfRange, DuplicateItem, DuplicateRating,
    BadDescription, BadArchive.
    """
    train_file, test_file = split_files(split)
    require(source, {train_file, test_file, ITEMS_FILE})
    ratings = {name: _read_ratings(source, name) for name in (train_file, test_file)}
    refuse_repeated_ratings(ratings)
    with source.open(ITEMS_FILE) as stream:
        items = read_items(stream, source=ITEMS_FILE)
    train, test = ratings[train_file], ratings[test_file]
    space = FeatureSpace.of(
        users=np.concatenate((train.users, test.users)),
        items=np.concatenate((items.ids, train.items, test.items)),
    )
    name, is_synthetic = _read_description(source)
    return Dataset(name, is_synthetic, train, test, items, space)


def split_files(split: str) -> tuple[str, str]:
    """The train and test file of a given split. Raises UnknownSplit."""
    if split not in SPLITS:
        raise UnknownSplit(f"split {split!r}, expected one of {', '.join(SPLITS)}")
    return f"{split}.base", f"{split}.test"


def refuse_repeated_ratings(ratings: Mapping[str, Ratings]) -> None:
    """Raises DuplicateRating naming the first user and item rated twice, within one file or across them.

    A pair in both train and test would let the model see the answer.
    """
    users = np.concatenate([part.users for part in ratings.values()])
    items = np.concatenate([part.items for part in ratings.values()])
    order = np.lexsort((items, users))  # stable: of equal pairs the earlier row comes first
    is_repeat = (np.diff(users[order]) == 0) & (np.diff(items[order]) == 0)
    if not is_repeat.any():
        return
    again = int(order[1:][is_repeat].min())
    first = int(np.flatnonzero((users == users[again]) & (items == items[again]))[0])
    where, before = _line(ratings, again), _line(ratings, first)
    pair = f"user {users[again]}, item {items[again]}"
    raise DuplicateRating(f"{where}: {pair}, already rated at {before}; expected each pair once in train and test")


def _read_ratings(source: Source, name: str) -> Ratings:
    with source.open(name) as stream:
        return read_ratings(stream, source=name)


def _line(ratings: Mapping[str, Ratings], row: int) -> str:
    for name, part in ratings.items():
        if row < len(part):
            return f"{name}:{row + 1}"
        row -= len(part)
    raise IndexError(row)


def _read_description(source: Source) -> tuple[str, bool]:
    """The dataset's name, the source's own unless the description has one, and whether it is synthetic."""
    if DESCRIPTION_FILE not in source.names():
        return source.name, False
    with source.open(DESCRIPTION_FILE) as stream:
        description = documents.parse(stream.read(), refuse=BadDescription, what=DESCRIPTION_FILE)
    if not isinstance(description, dict) or not isinstance(description.get("synthetic", False), bool):
        raise BadDescription(f"{DESCRIPTION_FILE}: expected an object whose ``synthetic`` is true or false")
    name = description.get("name", source.name)
    if "name" in description and not _is_name(name):
        found, expected = documents.excerpt(name), f"one line of 1 to {_LONGEST_NAME} characters without slashes"
        raise BadDescription(f"{DESCRIPTION_FILE}: name {found}, expected {expected}")
    return name, description.get("synthetic", False)


def _is_name(name: Any) -> bool:
    """Fit to be a word in a report, and no path."""
    is_line = isinstance(name, str) and name.isprintable() and bool(name.strip())
    return is_line and len(name) <= _LONGEST_NAME and not set(name) & set("/\\")
