"""A version of ml-32m's size, generated: what it recommends means nothing, and takes as long as if it did."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from fm.folded import Folded
from fm.model import FactorizationMachine
from lambdas.logic.serving.bundle import Bundle
from lambdas.logic.serving.ratings import Collector, UserRatings
from prep.catalogue import Catalogue, Item
from prep.feature_space import FeatureSpace

ITEMS: Final = 87_585
"""Of ml-32m."""
FACTORS: Final = 64
USERS: Final = 20_000
"""A tenth of ml-32m's: a recommendation is for one of them, however many there are."""
RATED: Final = 160
"""By each user, as in ml-32m; half of it liked."""
GENRES: Final = tuple(f"Genre {number}" for number in range(19))
VERSION: Final = "generated"


@dataclass(frozen=True, slots=True, eq=False)
class Version:
    """model: the like model, which an endpoint may serve."""

    bundle: Bundle
    model: FactorizationMachine


def generated_version(*, seed: int = 0) -> Version:
    """The same for the same seed."""
    rng = np.random.default_rng(seed)
    like, ranking = (_model(rng) for _ in range(2))
    bundle = Bundle(
        manifest=_manifest(),
        space=FeatureSpace.of(users=np.arange(1, USERS + 1), items=np.arange(1, ITEMS + 1)),
        catalogue=_catalogue(rng),
        like=_folded(like),
        ranking=_folded(ranking),
        user_ratings=_ratings(rng),
        details={},
    )
    return Version(bundle, like)


def event(user: int) -> dict[str, Any]:
    """A request for recommendations, as API Gateway sends it."""
    path = f"/users/{user}/recommendations"
    return {
        "version": "2.0",
        "routeKey": "GET /users/{user}/recommendations",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"host": "localhost"},
        "pathParameters": {"user": str(user)},
        "requestContext": {"http": {"method": "GET", "path": path}},
        "isBase64Encoded": False,
    }


def _model(rng: np.random.Generator) -> FactorizationMachine:
    features = USERS + ITEMS
    return FactorizationMachine(
        w0=np.zeros(1, np.float32),
        w=rng.normal(0, 0.5, features).astype(np.float32),
        v=rng.standard_normal((features, FACTORS), np.float32) * np.float32(0.2),
        predictor_type="binary_classifier",
    )


def _folded(model: FactorizationMachine) -> Folded:
    return Folded.of_columns(model, users=slice(0, USERS), items=slice(USERS, USERS + ITEMS))


def _catalogue(rng: np.random.Generator) -> Catalogue:
    years, genres = rng.integers(1920, 2025, ITEMS).tolist(), rng.integers(0, len(GENRES), (ITEMS, 2)).tolist()
    items = {
        id_: Item(id_, f"A movie with a number {id_} ({year})", year, tuple({GENRES[a], GENRES[b]}))
        for id_, year, (a, b) in zip(range(1, ITEMS + 1), years, genres, strict=True)
    }
    return Catalogue(items, GENRES)


def _ratings(rng: np.random.Generator) -> UserRatings:
    """One from each stretch of the items, so that none comes twice."""
    collector = Collector(n_users=USERS, n_items=ITEMS, n_ratings=USERS * RATED)
    step = ITEMS // RATED
    items = np.arange(RATED) * step + rng.integers(0, step, (USERS, RATED))
    users = np.repeat(np.arange(USERS, dtype=np.int32), RATED)
    collector.add_train(users, items.ravel().astype(np.int32), np.arange(users.size) % 2 == 0)
    return collector.finish()


def _manifest() -> dict[str, Any]:
    return {
        "format": 1,
        "version": VERSION,
        "created": "2026-01-01T00:00:00.000+00:00",
        "execution": "arn:aws:states:eu-west-1:123456789012:execution:generated:generated",
        "dataset": {"name": VERSION, "synthetic": True, "users": USERS, "items": ITEMS},
        "recommends_by": "ranking",
        "task": "binary_classifier",
        "threshold": 0.5,
        "decision": None,
        "metrics": {},
        "baselines": {},
        "ranking": None,
        "endpoint": None,
        "models": {},
        "report": "",
        "remembered": {},
    }
