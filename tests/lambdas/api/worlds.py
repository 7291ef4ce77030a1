"""Small versions whose every number is known: who rated what, what items are, and what models say."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from fm.folded import Folded
from fm.model import FactorizationMachine
from lambdas.logic.api.serving import Serving
from lambdas.logic.serving.bundle import Bundle
from lambdas.logic.serving.ratings import Collector, UserRatings
from prep.catalogue import Catalogue, Item
from prep.feature_space import FeatureSpace

GENRES = ("Action", "Comedy", "Sci-Fi")
USERS, ITEMS, FACTORS = 12, 40, 3
STRANGE = ("a/b", "a%2Fb", "100%", "ü–世界", " x ", "?q=1#f", "a/recommendations", "..", "+", "&n=5")
"""Ids that a path or a query could take for something else."""


@dataclass
class World:
    """What a version is made of; tests change a part and take its bundle."""

    users: Sequence[Any] = tuple(range(1, USERS + 1))
    items: Sequence[Any] = tuple(range(10, 10 + 2 * ITEMS, 2))
    seed: int = 0
    version: str = "nightly"
    has_ranking: bool = True
    task: str = "binary_classifier"
    threshold: float | None = 0.5
    endpoint: dict[str, str] | None = None
    genres: tuple[str, ...] = GENRES
    like_model: FactorizationMachine = field(init=False)
    like: Folded = field(init=False)
    ranking: Folded = field(init=False)

    def __post_init__(self) -> None:
        rng = np.random.default_rng(self.seed)
        self.users, self.items = sorted(self.users), sorted(self.items)
        self.like_model = drawn(rng, len(self.users) + len(self.items), self.task)
        self.like, self.ranking = (
            folded(model, len(self.users))
            for model in (self.like_model, drawn(rng, self.like_model.n_features, "binary_classifier"))
        )
        shape = (len(self.users), len(self.items))
        # Of each user: rated in training, there or for validation, and what is held out on top.
        self.is_trained = rng.random(shape) < 0.3
        self.is_known = self.is_trained | (rng.random(shape) < 0.1)
        self.is_rated = self.is_known | (rng.random(shape) < 0.1)
        self.is_liked = self.is_trained & (rng.random(shape) < 0.6)
        self.years = [None if rng.random() < 0.1 else int(rng.integers(1930, 2000)) for _ in self.items]
        self.genres_of = [tuple(name for name in self.genres if rng.random() < 0.4) for _ in self.items]

    @property
    def recommender(self) -> Folded:
        return self.ranking if self.has_ranking else self.like

    def title(self, at: int) -> str:
        """The last item is not described."""
        return f"item {self.items[at]}" if at == len(self.items) - 1 else f"Mövie № {at}"

    def catalogue(self) -> Catalogue:
        described = {
            id_: Item(id_, self.title(at), self.years[at], self.genres_of[at]) for at, id_ in enumerate(self.items[:-1])
        }
        return Catalogue(described, self.genres)

    def manifest(self) -> dict[str, Any]:
        return {
            "format": 1,
            "version": self.version,
            "created": "2026-11-26T03:00:00Z",
            "execution": "arn:aws:states:eu-west-1:123456789012:execution:recommender:nightly",
            "dataset": {"name": "tiny", "synthetic": True, "users": len(self.users), "items": len(self.items)},
            "recommends_by": "ranking" if self.has_ranking else "like",
            "task": self.task,
            "threshold": self.threshold,
            "decision": None,
            "metrics": {"auc": 0.77},
            "ranking": {"metrics": {"ndcg@10": 0.3}} if self.has_ranking else None,
            "baselines": {},
            "endpoint": self.endpoint,
            "models": {"like": "s3://bucket/like/model.tar.gz", "ranking": None},
            "report": "s3://bucket/report.html",
            "files": {},
            "remembered": {"job": {"preparation": {"label": {"task": self.task, "liked_at_least": 3.5}}}},
        }

    def bundle(self) -> Bundle:
        return Bundle(
            manifest=self.manifest(),
            space=FeatureSpace.of(users=list(self.users), items=list(self.items)),
            catalogue=self.catalogue(),
            like=self.like,
            ranking=self.ranking if self.has_ranking else None,
            user_ratings=self.user_ratings(),
            details={},
        )

    def user_ratings(self) -> UserRatings:
        n_users, n_items = self.is_rated.shape
        collector = Collector(n_users=n_users, n_items=n_items, n_ratings=int(self.is_rated.sum()))
        users, items = np.argwhere(self.is_trained).astype(np.int32).T
        collector.add_train(users, items, self.is_liked[users, items])
        users, items = np.argwhere(self.is_known & ~self.is_trained).astype(np.int32).T
        collector.add_validation(users, items)
        users, items = np.argwhere(self.is_rated & ~self.is_known).astype(np.int32).T
        collector.add_test(users, items)
        return collector.finish()

    def serving(self) -> Serving:
        return Serving(self.bundle())

    def raw(self, folded: Folded, user: int, item: int) -> float:
        """Rendle's sum for a user and an item by position, number by number."""
        product = sum(float(a) * float(b) for a, b in zip(folded.users[user], folded.items[item], strict=True))
        return folded.w0 + float(folded.user_terms[user]) + float(folded.item_terms[item]) + product

    def allowed(self, genre: str | None = None, min_year: int | None = None) -> list[int]:
        """Positions that a filter lets through; of the last item nothing is known."""
        described = range(len(self.items) - 1)
        return [
            at
            for at in (range(len(self.items)) if genre is None and min_year is None else described)
            if (genre is None or genre in self.genres_of[at])
            and (min_year is None or (self.years[at] or 0) >= min_year)
        ]

    def popularity(self) -> list[int]:
        """Positions, the most rated in training first."""
        counts = self.is_trained.sum(axis=0).tolist()
        return sorted(range(len(self.items)), key=lambda at: (-counts[at], at))


def drawn(rng: np.random.Generator, features: int, task: str) -> FactorizationMachine:
    """A model without ties."""
    return FactorizationMachine(
        w0=np.array([0.25], np.float32),
        w=rng.normal(size=features).astype(np.float32),
        v=rng.normal(size=(features, FACTORS)).astype(np.float32),
        predictor_type="regressor" if task == "regressor" else "binary_classifier",
    )


def folded(model: FactorizationMachine, users: int) -> Folded:
    return Folded.of_columns(model, users=slice(0, users), items=slice(users, model.n_features))


def strange() -> World:
    """Ids that are text, none of them harmless."""
    return World(users=[*STRANGE, "plain"], items=[*(f"{id_}·" for id_ in STRANGE), *(f"sku-{n}" for n in range(20))])


def sigmoid(raw: float) -> float:
    return 1 / (1 + math.exp(-raw))
