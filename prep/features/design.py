"""Which columns a dataset gets: ids, side files and train rows → a feature space and the side data that fills it.

Nothing here looks at held-out rows: genres, years and attributes are those of the side files, weeks those of train.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from prep.errors import UnusableBlock
from prep.feature_space import FeatureSpace
from prep.features.blocks import ATTRIBUTE_PREFIX, HISTORY_KINDS, THRESHOLDS, Block, categorical, check_blocks
from prep.features.history import History, Lists
from prep.features.ids import Ids, distinct, find
from prep.features.side_data import SideData

if TYPE_CHECKING:
    from prep.tables import Items, Users

WEEK_S: Final = 7 * 24 * 3600
MAX_WEEKS: Final = 5_218
"""A century. Timestamps that span more are in milliseconds, or wrong."""
AGE_BRACKETS: Final = ((18, "under 18"), (25, "18-24"), (35, "25-34"), (45, "35-44"), (50, "45-49"), (56, "50-55"))
"""ml-1m's, which has no other ages: below which age, and the bracket's name. From 56 on it is ``56+``."""

_T = TypeVar("_T")
_AGE = re.compile(r"\d{1,3}", re.ASCII)


def design(
    *,
    users: ArrayLike,
    items: ArrayLike,
    blocks: Sequence[str] = (),
    catalogue: Items | None = None,
    people: Users | None = None,
    history: History | None = None,
    train_times: tuple[int, int] | None = None,
    thresholds: Sequence[float] = (),
) -> tuple[FeatureSpace, SideData]:
    """The columns for these ids and blocks, and what an ``Encoder`` needs to fill them.

    blocks: some of BLOCKS. catalogue, people: the side files. history, train_times: of train rows alone, the earliest
    and the latest second since 1970. thresholds: of the ordinal task. Raises BadJob for an unknown block, UnusableBlock
    for one that the dataset has nothing for.
    """
    wanted = check_blocks(blocks)
    user_ids, item_ids = distinct(users), distinct(items)
    made: list[Block] = []
    codes: dict[str, NDArray[np.int32]] = {}
    genres: Lists | None = None
    if "genres" in wanted:
        block, genres = _genres(_needed(catalogue, "genres", "an item file"), item_ids)
        made.append(block)
    if "year" in wanted:
        block, codes["year"] = _years(_needed(catalogue, "year", "an item file"), item_ids)
        made.append(block)
    if "user_attributes" in wanted:
        of_users = _attributes(_needed(people, "user_attributes", "a user file"), user_ids)
        made += [block for block, _ in of_users]
        codes |= {block.name: code for block, code in of_users}
    of_history = [name for name in HISTORY_KINDS if name in wanted]
    made += [Block(name, name, len(item_ids if name == "rated_items" else user_ids)) for name in of_history]
    weeks = _needed(train_times, "week", "timestamps") if "week" in wanted else None
    made += [_weeks(*weeks)] if weeks else []
    made += [categorical(THRESHOLDS, (f"{threshold:g}" for threshold in thresholds))] if thresholds else []
    side = SideData(
        genres=genres,
        codes=codes,
        history=_needed(history, of_history[0], "train rows") if of_history else None,
        first_time=weeks[0] if weeks else None,
    )
    return FeatureSpace.of(users=user_ids, items=item_ids, blocks=made), side


def year_bucket(years: NDArray[np.int64]) -> NDArray[np.int64]:
    """The first year of each year's bucket, (n,): all before 1930, decades to 1979, five years to 1989, then each year.

    Most films people rate are recent: of ml-100k's 1,682, 1,337 are of the nineties, and 180 of before 1970.
    """
    return np.select(
        [years < 1930, years < 1980, years < 1990], [np.ones_like(years), years // 10 * 10, years // 5 * 5], years
    )


def bucket_name(first: int) -> str:
    """What a bucket's column is called: ``before 1930``, ``1970-1979``, ``1985-1989``, ``1994``."""
    if first < 1930:
        return "before 1930"
    last = first + 9 if first < 1980 else first + 4 if first < 1990 else first
    return str(first) if last == first else f"{first}-{last}"


def _needed(given: _T | None, kind: str, expected: str) -> _T:
    if given is None:
        raise UnusableBlock(f"features: {kind!r} of a dataset without, expected {expected}")
    return given


def _genres(catalogue: Items, item_ids: Ids) -> tuple[Block, Lists]:
    if not catalogue.genre_names or not catalogue.genres.any():
        raise UnusableBlock("features: 'genres', but no item has one, expected an item file with genres")
    row, genre = np.nonzero(catalogue.genres)
    item = find(item_ids, catalogue.ids)[row]
    is_known = item >= 0
    return categorical("genres", catalogue.genre_names), Lists.of(item[is_known], genre[is_known], lists=len(item_ids))


def _years(catalogue: Items, item_ids: Ids) -> tuple[Block, NDArray[np.int32]]:
    is_known = catalogue.years > 0
    if not is_known.any():
        raise UnusableBlock("features: 'year', but no item has one, expected an item file with years of release")
    buckets, bucket = np.unique(year_bucket(catalogue.years[is_known]), return_inverse=True)
    names = [bucket_name(first) for first in buckets.tolist()]
    return categorical("year", names), _by_position(item_ids, catalogue.ids[is_known], bucket)


def _attributes(people: Users, user_ids: Ids) -> list[tuple[Block, NDArray[np.int32]]]:
    attributes = {name: values for name, values in people.attributes.items() if any(values)}
    if not attributes:
        raise UnusableBlock("features: 'user_attributes', but no user has one, expected a user file with attributes")
    made = []
    for name, given in attributes.items():
        values = _bracketed(given) if name == "age" else given
        categories = sorted({value for value in values if value})
        number = {category: code for code, category in enumerate(categories)} | {"": -1}
        code = np.fromiter((number[value] for value in values), np.int64, len(values))
        block = categorical("user_attributes", categories, name=f"{ATTRIBUTE_PREFIX}{name}")
        made.append((block, _by_position(user_ids, people.ids, code)))
    return made


def _bracketed(ages: Sequence[str]) -> Sequence[str]:
    """Ages in years as brackets; what are brackets already, or words, as it is."""
    if not all(_AGE.fullmatch(age) for age in ages if age):
        return ages
    return [_bracket(int(age)) if age else "" for age in ages]


def _bracket(age: int) -> str:
    return next((name for below, name in AGE_BRACKETS if age < below), "56+")


def _weeks(first: int, last: int) -> Block:
    weeks = (last - first) // WEEK_S + 1
    if not 1 <= weeks <= MAX_WEEKS:
        expected = f"seconds since 1970 that span at most {MAX_WEEKS}"
        raise UnusableBlock(
            f"features: 'week': train timestamps {first} to {last} span {weeks} weeks, expected {expected}"
        )
    return categorical("week", map(str, range(weeks)))


def _by_position(ids: Ids, of: Ids, code: NDArray[np.int64]) -> NDArray[np.int32]:
    """The codes laid out by position: int32 (ids,), −1 where the side file says nothing."""
    place = find(ids, of)
    laid_out = np.full(len(ids), -1, np.int32)
    laid_out[place[place >= 0]] = code[place >= 0]
    return laid_out
