"""How a tuning job chooses the hyperparameters of its next training job."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from local_aws.sagemaker.tuning_ranges import Choices, Hyperparameters, Space

RANDOM_FIRST = 3
"""Results that the Bayesian search waits for before it draws conclusions from them; until then it draws at random."""

_REDRAWS = 1000


@dataclass(frozen=True)
class Trial:
    """A training job that has ended, by what is to be minimized; without `cost` it brought no objective."""

    hyperparameters: Hyperparameters
    cost: float | None


class Strategy(Protocol):
    """Choices that depend on nothing but the arguments and the strategy's own seed."""

    def propose(self, number: int, ended: Sequence[Trial], running: Sequence[Hyperparameters]) -> Mapping[str, str]:
        """Hyperparameters of the job of this number, counted from 1."""


@dataclass(frozen=True)
class Random:
    """Independent draws, uniform on each range's scale; the same one again only where hardly another is left."""

    space: Space
    seed: int

    def propose(self, number: int, ended: Sequence[Trial], running: Sequence[Hyperparameters]) -> dict[str, str]:
        rng = np.random.default_rng([self.seed, number])
        taken = [*(trial.hyperparameters for trial in ended), *running]
        for _ in range(_REDRAWS):
            drawn = self.space.decode(rng.random(self.space.width))
            if drawn not in taken:
                break
        return drawn


@dataclass(frozen=True)
class Grid:
    """All combinations of categorical ranges, one after the other."""

    ranges: tuple[Choices, ...]

    def propose(self, number: int, ended: Sequence[Trial], running: Sequence[Hyperparameters]) -> dict[str, str]:
        names = [each.name for each in self.ranges]
        combinations = itertools.product(*(each.values for each in self.ranges))
        return dict(zip(names, next(itertools.islice(combinations, number - 1, None)), strict=True))


@dataclass(frozen=True)
class Bayesian:
    """Where a model of the results so far expects the greatest improvement.

    Jobs that run count as what the model expects of them, so that the next one looks elsewhere; those that failed count
    as the worst, so that they are not tried again and again.
    """

    space: Space
    seed: int

    def propose(self, number: int, ended: Sequence[Trial], running: Sequence[Hyperparameters]) -> dict[str, str]:
        drawn = Random(self.space, self.seed).propose(number, ended, running)
        costs = [trial.cost for trial in ended if trial.cost is not None]
        if len(costs) < RANDOM_FIRST or not self.space.width:
            return drawn
        from local_aws.sagemaker.tuning_bayesian import suggest  # noqa: PLC0415 - a second, for tuning jobs only

        points = np.array([self.space.encode(trial.hyperparameters) for trial in ended])
        known = np.array([max(costs) if trial.cost is None else trial.cost for trial in ended])
        pending = np.array([self.space.encode(hyperparameters) for hyperparameters in running])
        seed = int(np.random.default_rng([self.seed, number, 1]).integers(2**32))
        suggested = self.space.decode(suggest(points, known, pending=pending, seed=seed))
        taken = [*(trial.hyperparameters for trial in ended), *running]
        return drawn if suggested in taken else suggested


def strategy(name: str, space: Space, *, seed: int) -> Strategy:
    """The one that the API calls `Random`, `Bayesian` or `Grid`; the latter takes choices only."""
    match name:
        case "Random":
            return Random(space, seed)
        case "Bayesian":
            return Bayesian(space, seed)
        case "Grid":
            return Grid(tuple(each for each in space.ranges if isinstance(each, Choices)))
    raise ValueError(f"strategy {name!r}, expected Random, Bayesian or Grid")
