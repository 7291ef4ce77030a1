"""Bayesian optimization of one step: a Gaussian process over what is known, and where improvement is expected most.

The service searches so too ("How Hyperparameter Tuning Works"; Perrone et al., 2021). This module imports scikit-learn,
which takes a second: only who needs a suggestion may import it.
"""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
from bayes_opt import BayesianOptimization
from bayes_opt.acquisition import ExpectedImprovement
from numpy.typing import NDArray

from local_aws.sagemaker.tuning_ranges import Point

NOISE = 1e-2
"""Variance of a training's result about its mean, as a share of the results' own variance: the same hyperparameters
train another model each time."""

LEAST_IMPROVEMENT = 0.01
"""That counts as one, in standard deviations of the results."""

LENGTH_SCALES = (0.2, 5.0)
"""Least and greatest distance in the cube over which results change. Few results are explained as well by a model that
changes from point to point, whose suggestions would be random: the library's own bounds are 1e-5 and 1e5."""

_CLIMBS = 1
"""From the best of the ten thousand points that the library looks at first. Its own ten climbs take ten times as long
and find, with so few results, nothing better."""

# bayes_opt silences warnings while it fits, which changes the filters of all threads and puts them back.
_one_at_a_time = threading.Lock()


def suggest(points: Point, costs: NDArray[np.float64], *, pending: Point, seed: int) -> Point:
    """Where in the unit cube to look next for a lower cost.

    points: (n, d) in [0, 1], n ≥ 1, d ≥ 1. costs: (n,), finite. pending: (m, d), points whose costs are awaited; they
    are taken to be what the model expects (the "kriging believer" of Ginsbourger et al., 2010). seed: below 2**32.
    Returns (d,).
    """
    gains = (costs.mean() - costs) / (costs.std() or 1.0)
    with _one_at_a_time:
        optimizer = BayesianOptimization(
            f=None,
            pbounds={str(axis): (0.0, 1.0) for axis in range(points.shape[1])},
            acquisition_function=_Improvement(xi=LEAST_IMPROVEMENT),
            random_state=seed,
            verbose=0,
            allow_duplicate_points=True,
        )
        optimizer.set_gp_params(
            alpha=NOISE, n_restarts_optimizer=0, kernel__length_scale=0.5, kernel__length_scale_bounds=LENGTH_SCALES
        )
        for point, gain in zip(points, gains, strict=True):
            optimizer.register(params=point, target=float(gain))
        for point in pending:
            expected: Any = optimizer.predict(dict(zip(optimizer.space.keys, point, strict=True)))
            optimizer.register(params=point, target=float(expected))
        suggested = optimizer.suggest()
    return np.array([suggested[str(axis)] for axis in range(points.shape[1])], np.float64)


class _Improvement(ExpectedImprovement):
    def suggest(self, *args: Any, **options: Any) -> NDArray[np.floating[Any]]:
        return super().suggest(*args, **{**options, "n_smart": _CLIMBS})
