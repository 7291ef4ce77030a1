"""A serving bundle, and what many requests need of it: each made once, when it is first asked for."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fm.fold_in import RANKING, FoldIn, ItemPrior
from lambdas.logic.api.answers import Item
from lambdas.logic.api.reading import Choices
from lambdas.logic.api.requests import GENRES
from lambdas.logic.api.rules import Id
from lambdas.logic.serving.bundle import Bundle
from lambdas.logic.serving.ratings import Lists
from prep.features.ids import Ids, find
from prep.labels.rule import LabelRule

_WHOLE: Final = re.compile(r"0|-?[1-9][0-9]{0,18}", re.ASCII)
_INT64: Final = np.iinfo(np.int64)

Positions = NDArray[np.int64]


class Serving:
    """One version as requests see it. Positions are those of the feature space."""

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle
        self.version = bundle.version
        self._described: dict[int, dict[str, Any]] = {}

    @property
    def choices(self) -> Choices:
        """The lists that requests are checked against."""
        return {GENRES: self.bundle.catalogue.genre_names}

    @property
    def threshold(self) -> float | None:
        """From which probability on a like is predicted; None of a regressor."""
        value: float | None = self.bundle.manifest["threshold"]
        return value

    def user_id(self, text: str) -> Id:
        """What a path says, as the data's ids are; text that is no such id stays text, and nobody's."""
        return _id_of_text(self.bundle.space.users, text)

    def item_id(self, text: str) -> Id:
        """The same of an item."""
        return _id_of_text(self.bundle.space.items, text)

    def users(self, ids: Sequence[Id]) -> Positions:
        """Where users stand, (n,); −1 for those that the model does not know."""
        return _positions(self.bundle.space.users, ids)

    def items(self, ids: Sequence[Id]) -> Positions:
        """Where items stand, (n,); −1 for those that there are not."""
        return _positions(self.bundle.space.items, ids)

    def described(self, position: int) -> dict[str, Any]:
        """The fields of an `Item`, to be read only: the same few items are shown again and again."""
        found = self._described.get(position)
        if found is None:
            id_ = self.bundle.space.items[position].item()
            item = self.bundle.catalogue[id_]
            found = {"item": id_, "title": item.title, "year": item.year, "genres": list(item.genres)}
            self._described[position] = found
        return found

    def item(self, position: int) -> Item:
        """As people know it."""
        return Item(**self.described(position))

    def allowed(self, genre: str | None, min_year: int | None) -> NDArray[np.bool_] | None:
        """Which items a filter lets through, (items,); None where it lets all. An item of unknown year is of none."""
        masks = []
        if genre is not None:
            masks.append(self._genres[genre])
        if min_year is not None:
            masks.append(self._years >= min_year)
        return np.logical_and.reduce(masks) if masks else None

    @cached_property
    def rated(self) -> Lists:
        """What each user rated; a bundle makes its lists anew each time."""
        return self.bundle.rated

    @cached_property
    def known(self) -> Lists:
        """Without the test's."""
        return self.bundle.known

    @cached_property
    def liked(self) -> Lists:
        """Likes in training."""
        return self.bundle.liked

    @cached_property
    def by_popularity(self) -> Positions:
        """Items by their ratings in training, most first, equally many by position: (items,)."""
        return np.argsort(-self.bundle.ratings.astype(np.int64), kind="stable")

    @cached_property
    def popularity_ranks(self) -> Positions:
        """The place of each item in that order, from 1: (items,)."""
        ranks = np.empty_like(self.by_popularity)
        ranks[self.by_popularity] = np.arange(1, ranks.size + 1)
        return ranks

    @cached_property
    def titles(self) -> Sequence[str]:
        """By position, for a search: without case and accents."""
        return [plain(self.bundle.catalogue.title(id_)) for id_ in self.bundle.space.items.tolist()]

    @cached_property
    def user_texts(self) -> NDArray[np.str_]:
        """Users' ids as text, (users,)."""
        return np.asarray(self.bundle.space.users.astype(np.str_))

    @cached_property
    def prior(self) -> ItemPrior:
        """What folding a new user in starts from: the users that training has seen, the others' vectors are noise."""
        lists = self.known if self.bundle.ranking is None else self.liked
        return ItemPrior.of(self.bundle.recommender, np.flatnonzero(lists.counts()))

    @cached_property
    def fold_in(self) -> FoldIn:
        """What likes and dislikes weigh, by what the recommending model was trained on."""
        if self.bundle.ranking is not None:
            return RANKING
        if self.threshold is not None:
            return FoldIn.of_ratings()
        label = self.bundle.manifest["remembered"]["job"]["preparation"].get("label", {})
        return FoldIn.of_ratings(liked_from=LabelRule.from_json(label).cut)

    @cached_property
    def lengths(self) -> NDArray[np.float32]:
        """Of the items' vectors, (items,)."""
        vectors = self.bundle.recommender.items
        return np.asarray(np.sqrt(np.einsum("if,if->i", vectors, vectors)))

    @cached_property
    def _genres(self) -> Mapping[str, NDArray[np.bool_]]:
        names = self.bundle.catalogue.genre_names
        ids = self.bundle.space.items.tolist()
        has = np.zeros((len(names), len(ids)), np.bool_)
        place = {name: number for number, name in enumerate(names)}
        for position, id_ in enumerate(ids):
            for name in self.bundle.catalogue[id_].genres:
                has[place[name], position] = True
        return dict(zip(names, has, strict=True))

    @cached_property
    def _years(self) -> NDArray[np.int64]:
        """−1 where unknown."""
        years = (self.bundle.catalogue[id_].year for id_ in self.bundle.space.items.tolist())
        return np.array([-1 if year is None else year for year in years], np.int64)


def plain(text: str) -> str:
    """Without case and accents: "Amélie" is found by "amelie", and "STRASSE" by "straße"."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def _id_of_text(ids: Ids, text: str) -> Id:
    is_number = ids.dtype.kind != "U" and _WHOLE.fullmatch(text)
    return int(text) if is_number else text


def _positions(ids: Ids, wanted: Sequence[Id]) -> Positions:
    kind = str if ids.dtype.kind == "U" else int
    found = np.full(len(wanted), -1, np.int64)
    fit = [at for at, id_ in enumerate(wanted) if isinstance(id_, kind) and _is_storable(id_)]
    if fit:
        found[fit] = find(ids, [wanted[at] for at in fit])
    return found


def _is_storable(id_: Id) -> bool:
    """NumPy has no place for larger numbers, and drops a NUL at the end of a text."""
    return "\0" not in id_ if isinstance(id_, str) else _INT64.min <= id_ <= _INT64.max
