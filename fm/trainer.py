"""Training of a factorization machine with SageMaker FM's hyperparameters: file order, Adam, one report per epoch.

The container reads File mode in order and does not shuffle, so neither does this: shuffle once when preparing.
Needs numba, so the functions that only score or evaluate do not import this module.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fm.errors import TrainingDataError, TrainingDiverged
from fm.hyperparameters import GroupSettings, Hyperparameters
from fm.kernels.learner import Learner, threads_for
from fm.kernels.state import CsrRows, PairRows, Parameters, Settings
from fm.matrix import SparseRows
from fm.model import FactorizationMachine
from fm.reports import BatchReport, EpochReport, metrics_so_far
from fm.training_data import Pairs, TrainingRows, training_rows

DEFAULT_EPS = 1e-8
"""Adam's epsilon in MXNet, which holds where the hyperparameter ``eps`` is not set."""


def train(
    x: SparseRows,
    y: ArrayLike,
    hyperparameters: Hyperparameters,
    rng: np.random.Generator,
    on_epoch: Callable[[EpochReport], None] = lambda _: None,
    *,
    threads: int | None = None,
) -> FactorizationMachine:
    """Train on the rows of ``x`` (rows, feature_dim), in their order, with the labels ``y`` (rows,).

    As :func:`train_on`. Raises FeatureCountMismatch and MalformedMatrix besides.
    """
    return train_on(training_rows(x, y, hyperparameters), hyperparameters, rng, on_epoch, threads=threads)


def train_on(
    rows: TrainingRows,
    hyperparameters: Hyperparameters,
    rng: np.random.Generator,
    on_epoch: Callable[[EpochReport], None] = lambda _: None,
    *,
    threads: int | None = None,
) -> FactorizationMachine:
    """Train on the rows in their order.

    ``rng`` draws the initial parameters (bias, then linear weights, then factors) and nothing else: the same seed and
    rows give the same bits. ``on_epoch`` is called after each epoch. ``threads``: 1 or 2, with the same bits; by itself
    it takes a second one where there is a processor for it and enough to do. Raises TrainingDataError, and
    TrainingDiverged with the epoch in which numbers stopped being finite.
    """
    # The container needs one whole batch per instance, and its job fails without.
    if hyperparameters.mini_batch_size > len(rows):
        size = hyperparameters.mini_batch_size
        raise TrainingDataError(f"mini_batch_size {size}, expected at most the {len(rows)} rows of the train channel")
    weights = initial_parameters(hyperparameters, rng)
    chosen = threads_for(len(rows), hyperparameters.num_factors) if threads is None else threads
    with Learner(_kernel_rows(rows), _settings(hyperparameters), weights, threads=chosen) as learner:
        for epoch in range(hyperparameters.epochs):
            began = time.perf_counter()
            tallies = learner.run_epoch()
            seconds = time.perf_counter() - began
            _raise_if_diverged(epoch, tallies, learner, hyperparameters)
            on_epoch(_report(epoch, seconds, len(rows), tallies, hyperparameters))
        trained = learner.parameters()
    return FactorizationMachine(**trained._asdict(), predictor_type=hyperparameters.predictor_type)


def initial_parameters(hyperparameters: Hyperparameters, rng: np.random.Generator) -> Parameters:
    """Freshly drawn parameters, float32, each group by its ``init_method``; a group that is switched off is zeros."""
    features, factors = hyperparameters.feature_dim, hyperparameters.num_factors
    parameters = Parameters(
        w0=_drawn(hyperparameters.bias, (1,), rng),
        w=_drawn(hyperparameters.linear, (features,), rng),
        v=_drawn(hyperparameters.factors, (features, factors), rng),
    )
    if not hyperparameters.use_bias:
        parameters.w0[:] = 0
    if not hyperparameters.use_linear:
        parameters.w[:] = 0
    return parameters


def _drawn(group: GroupSettings, shape: tuple[int, ...], rng: np.random.Generator) -> NDArray[np.float32]:
    if group.init_method == "normal":
        return rng.standard_normal(shape, dtype=np.float32) * np.float32(group.init_sigma)
    if group.init_method == "uniform" and group.init_scale is not None:
        return (2 * rng.random(shape, dtype=np.float32) - 1) * np.float32(group.init_scale)
    if group.init_method == "constant" and group.init_value is not None:
        return np.full(shape, group.init_value, dtype=np.float32)
    raise TrainingDataError(f"{group}: expected an init_scale for uniform and an init_value for constant")


def _kernel_rows(rows: TrainingRows) -> PairRows | CsrRows:
    if isinstance(rows, Pairs):
        return PairRows(rows.first.view(np.uint32), rows.second.view(np.uint32), rows.labels)
    return CsrRows(rows.indptr, rows.indices.view(np.uint32), rows.data, rows.labels)


def _settings(hyperparameters: Hyperparameters) -> Settings:
    bias, linear, factors = hyperparameters.bias, hyperparameters.linear, hyperparameters.factors
    rescale, eps, clip = hyperparameters.rescale_grad, hyperparameters.eps, hyperparameters.clip_gradient
    return Settings(
        batch=hyperparameters.mini_batch_size,
        is_classifier=hyperparameters.predictor_type == "binary_classifier",
        # A group that is switched off starts at zero and stays there.
        bias_lr=bias.lr if hyperparameters.use_bias else 0.0,
        linear_lr=linear.lr if hyperparameters.use_linear else 0.0,
        factors_lr=factors.lr,
        bias_wd=bias.wd,
        linear_wd=linear.wd,
        factors_wd=factors.wd,
        # MXNet's Module fixes 1 / batch size when it binds, so a short last batch is scaled by the full size too.
        rescale=1 / hyperparameters.mini_batch_size if rescale is None else rescale,
        # 0 divides what has had no gradient by nothing, which is NaN in MXNet and would be so in lanes without factors.
        eps=float(np.float32(DEFAULT_EPS if eps is None else eps)) or float(np.finfo(np.float32).tiny),
        # MXNet clips only where the setting is above 0.
        clip=clip if clip is not None and clip > 0 else math.inf,
    )


def _raise_if_diverged(
    epoch: int, tallies: NDArray[np.float64], learner: Learner, hyperparameters: Hyperparameters
) -> None:
    if np.isfinite(tallies).all() and learner.is_finite():
        return
    rates = ", ".join(f"{group}_lr {getattr(hyperparameters, group).lr}" for group in ("bias", "linear", "factors"))
    raise TrainingDiverged(f"epoch {epoch}: scores or parameters are not finite; expected smaller steps than {rates}")


def _report(
    epoch: int, seconds: float, rows: int, tallies: NDArray[np.float64], hyperparameters: Hyperparameters
) -> EpochReport:
    ends = np.minimum(np.arange(1, len(tallies) + 1) * hyperparameters.mini_batch_size, rows)
    published = range(0, len(tallies), hyperparameters.batch_metrics_publish_interval)
    so_far = metrics_so_far(tallies, ends, hyperparameters.predictor_type)
    return EpochReport(
        epoch=epoch,
        epochs=hyperparameters.epochs,
        rows=rows,
        seconds=seconds,
        metrics=so_far[-1],
        batches=tuple(BatchReport(batch=batch, metrics=so_far[batch]) for batch in published),
    )
