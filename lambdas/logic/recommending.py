"""Which unseen items a user is recommended, best first, and how popular they are anyway."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lambdas.logic.channels import Ratings
from lambdas.logic.predictions import SHOWN, Score, Scored
from prep.catalogue import Catalogue
from prep.feature_space import FeatureSpace


class Seen:
    """What some users have rated, and how often each item was rated in training."""

    def __init__(self, users: NDArray[np.integer], space: FeatureSpace) -> None:
        """users: positions (n,), in any order and however often each occurs."""
        self._space = space
        self.users: NDArray[np.int64] = np.unique(users).astype(np.int64)
        self._is_wanted = np.zeros(len(space.users), np.bool_)
        self._is_wanted[self.users] = True
        self._pairs: list[tuple[NDArray[np.integer], NDArray[np.integer]]] = []
        self._counts = np.zeros(len(space.items), np.int64)

    def add_train(self, parts: Iterable[Ratings]) -> None:
        """Ratings that make an item popular."""
        for part in parts:
            self._counts += np.bincount(part.items, minlength=self._counts.size)
            self._remember(part)

    def add_held_out(self, parts: Iterable[Ratings]) -> None:
        """Ratings that are not recommended either."""
        for part in parts:
            self._remember(part)

    def unseen(self, user: int) -> NDArray[np.int64]:
        """Positions of the items that this user has never rated, ascending."""
        is_seen = np.zeros(len(self._space.items), np.bool_)
        for users, items in self._pairs:
            is_seen[items[users == user]] = True
        return np.flatnonzero(~is_seen)

    def popularity_ranks(self) -> NDArray[np.int64]:
        """1 for the item with the most ratings in training, (items,); of as many the first item first."""
        order = np.argsort(-self._counts, kind="stable")
        ranks = np.empty(order.size, np.int64)
        ranks[order] = np.arange(1, order.size + 1)
        return ranks

    def _remember(self, part: Ratings) -> None:
        wanted = self._is_wanted[part.users]
        self._pairs.append((part.users[wanted], part.items[wanted]))


def best_unseen(score: Score, space: FeatureSpace, user: int, unseen: NDArray[np.int64]) -> Scored:
    """The unseen items, given by position, that score highest for one user, best first; equal scores by item id.

    With the ranking model these are what the user would pick next. With the classifier it is the order by the
    probability of a like *if the user rates the item*, which ranks worse than popularity does.
    """
    scored = score(np.full(unseen.size, space.users[user]), space.items[unseen])
    return scored.take(np.argsort(-scored.scores, kind="stable")[:SHOWN])  # the items are in the order of their ids


def recommendations(score: Score, space: FeatureSpace, seen: Seen, catalogue: Catalogue) -> list[dict[str, Any]]:
    """For each user their id and a titled list, each item with its place by popularity."""
    ranks = seen.popularity_ranks()
    lists = []
    for user in seen.users.tolist():
        best = best_unseen(score, space, user, seen.unseen(user))
        places = ranks[space.positions_of_items(best.items)].tolist()
        titled = zip(best.titled(catalogue), places, strict=True)
        items = [{**row, "popularity_rank": place} for row, place in titled]
        lists.append({"user": space.users[user].item(), "items": items})
    return lists
