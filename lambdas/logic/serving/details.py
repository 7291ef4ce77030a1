"""A model with the rows that it scores: what makes up a score, and what an endpoint is asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fm.explain import FeatureBlock, explain
from fm.folded import Folded
from fm.model import FactorizationMachine
from prep.feature_space import FeatureSpace
from prep.features.encoder import Encoder
from prep.features.side_data import SideData
from prep.triplet import Triplet


@dataclass(frozen=True, eq=False, kw_only=True)
class RowEncoder:
    """Rows of a feature space. threshold: of the ordinal task the position of the one that decides.

    Raises SideMismatch where the side data are not those of the space, ValueError for a threshold that is not.
    """

    space: FeatureSpace
    side: SideData
    threshold: int | None
    _encoder: Encoder = field(init=False, repr=False)

    def __post_init__(self) -> None:
        expected = range(len(self.space.thresholds)) or [None]
        if self.threshold not in expected:
            raise ValueError(f"threshold {self.threshold!r:.50}, expected one of {list(expected)}")
        object.__setattr__(self, "_encoder", Encoder(self.space, self.side))

    def rows(self, users: NDArray[np.int64], items: NDArray[np.int64]) -> Triplet:
        """One for each user and item, positions (n,) each."""
        thresholds = None if self.threshold is None else np.full(users.shape, self.threshold)
        return self._encoder.rows(users, items, thresholds=thresholds)


@dataclass(frozen=True, eq=False, kw_only=True)
class Details:
    """A model of a space with optional blocks, whose scores have more parts than the folded vectors show.

    Raises ValueError for a model of another space.
    """

    encoder: RowEncoder
    model: FactorizationMachine

    def __post_init__(self) -> None:
        if self.model.n_features != self.encoder.space.feature_dim:
            found = f"a model of {self.model.n_features} features"
            raise ValueError(f"{found}, expected {self.encoder.space.feature_dim} as its feature space has")

    def explain(self, user: int, item: int) -> dict[str, Any]:
        """What `Contributions.as_json` says of the row of a user and an item, by position."""
        row = self.encoder.rows(np.array([user]), np.array([item]))
        blocks = [FeatureBlock(block.name, block.first, block.stop) for block in self.encoder.space.all_blocks]
        return explain(self.model, row, blocks).as_json(0)


def explain_folded(folded: Folded, user: int, item: int) -> dict[str, Any]:
    """The same of a space of users and items alone, where the vectors are all there is."""
    of_user, of_item = float(folded.user_terms[user]), float(folded.item_terms[item])
    product = float(folded.users[user].astype(np.float64) @ folded.items[item].astype(np.float64))
    linear = [
        {"block": "user", "feature": user, "value": 1.0, "contribution": of_user},
        {"block": "item", "feature": folded.n_users + item, "value": 1.0, "contribution": of_item},
    ]
    return {
        "score": folded.w0 + of_user + of_item + product,
        "bias": folded.w0,
        "linear": linear,
        "pairs": [{"blocks": ["user", "item"], "contribution": product}],
    }
