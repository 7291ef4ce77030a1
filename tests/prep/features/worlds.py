"""Small made-up datasets, and what a row of each should hold: by ids and names, without a column number in sight."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st

from prep.feature_space import FeatureSpace
from prep.features import BLOCKS, History, SideData
from prep.features.design import design
from prep.tables import Items, Users

GENRE_NAMES = ("Drama", "Comedy", "War")
WEEK_S = 604_800


@dataclass(frozen=True)
class World:
    """genres: of each described item, its names. attributes: of each described user. train: (user, item, second)."""

    users: list[Any]
    items: list[Any]
    genres: dict[Any, set[str]]
    years: dict[Any, int]
    attributes: dict[Any, dict[str, str]]
    train: list[tuple[Any, Any, int]]

    def design(self, blocks: tuple[str, ...], thresholds: tuple[float, ...] = ()) -> tuple[FeatureSpace, SideData]:
        """Made the way a preparation does."""
        times = [time for _, _, time in self.train]
        return design(
            users=self.users,
            items=self.items,
            blocks=blocks,
            catalogue=self.catalogue(),
            people=self.people(),
            history=self.history(),
            train_times=(min(times), max(times)),
            thresholds=thresholds,
        )

    def catalogue(self) -> Items:
        """The item file, which may describe items that nobody rated and leave out some that were."""
        ids = list(self.genres)
        return Items(
            ids=np.array(ids),
            titles=tuple(f"title {id_}" for id_ in ids),
            years=np.array([self.years[id_] for id_ in ids], np.int64),
            genres=np.array([[name in self.genres[id_] for name in GENRE_NAMES] for id_ in ids], np.bool_),
            genre_names=GENRE_NAMES,
        )

    def people(self) -> Users:
        """The user file."""
        ids = list(self.attributes)
        names = ("gender", "age")
        return Users(np.array(ids), {name: tuple(self.attributes[id_][name] for id_ in ids) for name in names})

    def history(self) -> History:
        """Of the training rows."""
        users, items = sorted(self.users), sorted(self.items)
        return History.of(
            np.array([users.index(user) for user, _, _ in self.train]),
            np.array([items.index(item) for _, item, _ in self.train]),
            n_users=len(users),
            n_items=len(items),
        )

    def row(self, blocks: tuple[str, ...], user: Any, item: Any, time: int) -> dict[tuple[str, Any], float]:
        """(block, what the column stands for) → value."""
        row: dict[tuple[str, Any], float] = {("user", user): 1, ("item", item): 1}
        genres = self.genres.get(item, set())
        rated = {other for who, other, _ in self.train if who == user}
        raters = {who for who, other, _ in self.train if other == item}
        for kind, names in (("genres", genres), ("rated_items", rated), ("item_raters", raters)):
            row |= {(kind, name): 1 / math.sqrt(len(names)) for name in names if kind in blocks}
        if "year" in blocks and self.years.get(item):
            row["year", bucket(self.years[item])] = 1
        if "user_attributes" in blocks:
            told = self.attributes.get(user, {})
            row |= {(f"user.{name}", bracket(told[name])): 1 for name in told if told[name]}
        if "week" in blocks:
            times = [time for _, _, time in self.train]
            within = min(max(time, min(times)), max(times))
            row["week", str((within - min(times)) // WEEK_S)] = 1
        return row


def bucket(year: int) -> str:
    """The bucket of a year, by looking through all of them."""
    for first, last in [(y, y + 9) for y in range(1930, 1980, 10)] + [(1980, 1984), (1985, 1989)]:
        if first <= year <= last:
            return f"{first}-{last}"
    return "before 1930" if year < 1930 else str(year)


def bracket(value: str) -> str:
    """The bracket of an age in years; other words are their own."""
    if not value.isdigit():
        return value
    brackets = {"under 18": range(18), "18-24": range(18, 25), "25-34": range(25, 35), "35-44": range(35, 45)}
    brackets |= {"45-49": range(45, 50), "50-55": range(50, 56), "56+": range(56, 1000)}
    return next(name for name, ages in brackets.items() if int(value) in ages)


def names_of_columns(space: FeatureSpace) -> list[tuple[str, Any]]:
    """What each column stands for, from the blocks as a reader of the document sees them."""
    ids = {"user": space.users, "item": space.items, "rated_items": space.items, "item_raters": space.users}
    names: list[tuple[str, Any]] = []
    for block in space.all_blocks:
        of_block = ids[block.kind].tolist() if block.kind in ids else list(block.categories)
        assert (block.first, block.width) == (len(names), len(of_block))
        names += [(block.name, name) for name in of_block]
    return names


def subsets() -> st.SearchStrategy[tuple[str, ...]]:
    """Any blocks, in any order."""
    return st.lists(st.sampled_from(BLOCKS), unique=True).map(tuple)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Whole-number or text ids; sparse descriptions; at least one genre, year and attribute somewhere."""
    id_ = draw(st.sampled_from([st.integers(0, 10**12), st.text("aé☃𝄞z1", max_size=4)]))
    users = draw(st.lists(id_, min_size=1, max_size=6, unique=True))
    items = draw(st.lists(id_, min_size=1, max_size=8, unique=True))
    described = draw(st.lists(st.sampled_from(items) | id_, min_size=1, max_size=10, unique=True))
    genres = {item: draw(st.sets(st.sampled_from(GENRE_NAMES))) for item in described}
    years = {item: draw(st.sampled_from([0, 1895, 1929, 1930, 1979, 1984, 1990, 2021])) for item in described}
    genres[described[0]] = genres[described[0]] or {"War"}
    years[described[0]] = years[described[0]] or 1950
    people = draw(st.lists(st.sampled_from(users) | id_, min_size=1, max_size=8, unique=True))
    attributes = {
        user: {
            "gender": draw(st.sampled_from(["F", "M", ""])),
            "age": draw(st.sampled_from(["", "1", "17", "18", "56", "99"])),
        }
        for user in people
    }
    attributes[people[0]] |= {"gender": "F", "age": "30"}
    pairs = draw(st.lists(st.tuples(st.sampled_from(users), st.sampled_from(items)), min_size=1, unique=True))
    seconds = st.integers(0, 6 * WEEK_S)
    train = [(user, item, 900_000_000 + draw(seconds)) for user, item in pairs]
    return World(users, items, genres, years, attributes, train)
