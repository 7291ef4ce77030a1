"""What an execution made → the bundle that serves it. Channels are read part by part; of a rating 12 bytes are kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from fm.folded import Folded
from fm.model import FactorizationMachine
from lambdas.logic.channels import Ratings
from lambdas.logic.folding import folded_of
from lambdas.logic.ranking import check_same_ids, is_liked
from lambdas.logic.serving.bundle import LIKE, RANKING, Bundle
from lambdas.logic.serving.details import Details, RowEncoder
from lambdas.logic.serving.ratings import Collector, UserRatings
from prep import keys
from prep.catalogue import Catalogue
from prep.feature_space import FeatureSpace
from prep.features.encoder import Encoder
from prep.features.side_data import SideData
from prep.labels import LabelRule

Parts = Callable[[str], Iterable[Ratings]]
"""The ratings of the channel's object with that key, part by part."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Trained:
    """A model and the rows it was trained on. decision: of the ordinal task the threshold that makes a like."""

    model: FactorizationMachine
    space: FeatureSpace
    side: SideData
    decision: int | None = None

    def details(self) -> Details:
        """What explanations and an endpoint's rows need."""
        rows = RowEncoder(space=self.space, side=self.side, threshold=self.decision)
        return Details(encoder=rows, model=self.model)

    def folded(self) -> Folded:
        """The model as vectors of all users and items."""
        return folded_of(self.model, self.space, Encoder(self.space, self.side), self.decision)


def make(
    manifest: Mapping[str, Any],
    *,
    like: Trained,
    ranking: Trained | None,
    catalogue: Catalogue,
    user_ratings: UserRatings,
) -> Bundle:
    """Both models folded. manifest: of `manifest.described`. Raises OtherIds."""
    models = {LIKE: like}
    if ranking is not None:
        check_same_ids(like.space, ranking.space)
        models[RANKING] = ranking
    folded = {name: trained.folded() for name, trained in models.items()}
    return Bundle(
        manifest=manifest,
        space=like.space,
        catalogue=catalogue,
        like=folded[LIKE],
        ranking=folded.get(RANKING),
        user_ratings=user_ratings,
        details={name: trained.details for name, trained in models.items() if not trained.space.is_plain},
    )


def collected(parts: Parts, prepared: Mapping[str, Any], rule: LabelRule, space: FeatureSpace) -> UserRatings:
    """Who rated what, of all channels of the like model's run. Raises MiscountedRatings."""
    counts = prepared["ratings"]
    collector = Collector(n_users=len(space.users), n_items=len(space.items), n_ratings=sum(counts.values()))
    for key in keys.shards(keys.TRAIN, prepared["shards"]):
        for part in parts(key):
            collector.add_train(part.users, part.items, is_liked(part, rule))
    if counts["validation"]:
        for part in parts(keys.VALIDATION):
            collector.add_validation(part.users, part.items)
    for part in parts(keys.TEST):
        collector.add_test(part.users, part.items)
    return collector.finish()
