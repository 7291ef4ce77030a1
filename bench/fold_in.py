"""How good new users' recommendations are beside those of users the model was trained with, and what one costs."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
from rich.console import Console

from bench.figures import Figure, Target, median
from bench.hidden_users import FEW, Found, HiddenUsers
from bench.measure import Say
from fm.fold_in import ItemPrior, fold_in
from fm.folded import Folded
from runner.data import Places, choose

CACHE: Final = Path(".cache")
ML_32M: Final = {"users": 200_948, "items": 87_585, "factors": 64}
LIKED, DISLIKED = 20, 5
_TIMES, _REPEATS = 200, 5
_SHARE, _SECONDS = Target(0.85, at_least=True), Target(0.05)
_GIVEN: Final = {"split": {"kind": "given", "name": "ua"}}


class FoldInBench:
    """The ranking model's preset, trained in this process."""

    def __init__(self, *, say: Say, data: str, seeds: int) -> None:
        """data: a folder or zip of ml-100k, or its name, by which it is taken from the cache or downloaded."""
        self._say, self._data, self._seeds = say, data, seeds

    def figures(self) -> list[Figure]:
        """Every seed hides other users. Raises PrepError."""
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            found = [self._found(Path(folder) / str(seed), seed) for seed in range(self._seeds)]
        return [*quality_figures(found), *cost_figures(self._say, **ML_32M)]

    def _found(self, folder: Path, seed: int) -> Found:
        began = time.perf_counter()
        folder.mkdir()
        source = choose(self._data, _GIVEN, Places(cache=CACHE, scratch=folder), say=Console(stderr=True).print).source
        found = HiddenUsers(source, folder / "prepared", seed=seed).found()
        self._say(f"a tenth of the users hidden, seed {seed}", time.perf_counter() - began)
        return found


def quality_figures(found: Sequence[Found]) -> list[Figure]:
    """found: of each seed."""
    hidden = "a tenth of the users, others with each seed, ua.test"
    shares = [one.folded / one.trained for one in found]
    few = [one.few / one.trained for one in found]
    folded = f"folded into a model trained without them, by all their training ratings; {hidden}"
    return [
        _mean("foldin.trained_ndcg@10", [one.trained for one in found], how=f"a model trained with them; {hidden}"),
        _mean("foldin.ndcg@10", [one.folded for one in found], how=folded),
        _mean("foldin.popularity_ndcg@10", [one.popularity for one in found], how=f"ratings of the others; {hidden}"),
        _mean("foldin.ndcg_share", shares, how=f"NDCG@10 {folded}; over that of one trained with them", target=_SHARE),
        _mean("foldin.few_likes_ndcg_share", few, how=f"the same by {FEW} of their likes alone"),
    ]


def cost_figures(say: Say, *, users: int, items: int, factors: int) -> list[Figure]:
    """Of a model with drawn parameters."""
    rng = np.random.default_rng(0)
    folded = Folded(
        w0=-3.0,
        users=rng.normal(0, 0.3, (users, factors)).astype(np.float32),
        user_terms=rng.normal(0, 0.1, users).astype(np.float32),
        items=rng.normal(0, 0.3, (items, factors)).astype(np.float32),
        item_terms=rng.normal(0, 1, items).astype(np.float32),
    )
    prior = ItemPrior.of(folded)
    once = [_seconds(partial(ItemPrior.of, folded)) for _ in range(_REPEATS)]
    rated = [rng.choice(items, LIKED + DISLIKED, replace=False) for _ in range(_TIMES)]
    seconds = [_seconds(partial(fold_in, folded, one[:LIKED], one[LIKED:], prior=prior)) for one in rated]
    say(f"{_TIMES} new users of {items:,} items", sum(seconds))
    size = f"{items:,} items, {factors} factors"
    return [
        median(
            "foldin.seconds",
            seconds,
            unit="s",
            how=f"a user with {LIKED} likes and {DISLIKED} dislikes; {size}",
            target=_SECONDS,
        ),
        median("foldin.prior_seconds", once, unit="s", how=f"what a server computes once; {users:,} users, {size}"),
    ]


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _mean(name: str, each: Sequence[float], *, how: str, target: Target | None = None) -> Figure:
    return Figure(name=name, value=statistics.mean(each), unit="", target=target, each=tuple(each), how=f"{how}; mean")
