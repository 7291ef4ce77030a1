"""Training of a factorization machine with SageMaker FM's hyperparameters: file order, Adam, one report per epoch.

The container reads File mode in order and does not shuffle, so neither does this: shuffle once when preparing.
Needs numba, so the functions that only score or evaluate do not import this module.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fm import training_data
from fm.errors import TrainingDataError, TrainingDiverged
from fm.hyperparameters import GroupSettings, Hyperparameters
from fm.kernels import Adam, Batches, Parameters, Scratch, run_epoch, run_pair_epoch
from fm.matrix import Rows, SparseRows
from fm.metrics import classifier_metrics_so_far, regressor_metrics_so_far
from fm.model import FactorizationMachine, PredictorType, sigmoid
from fm.reports import BatchReport, EpochReport, Metrics

DEFAULT_EPS = 1e-8
"""Adam's epsilon in MXNet, which holds where the hyperparameter ``eps`` is not set."""


def train(
    x: SparseRows,
    y: ArrayLike,
    hyperparameters: Hyperparameters,
    rng: np.random.Generator,
    on_epoch: Callable[[EpochReport], None] = lambda _: None,
) -> FactorizationMachine:
    """Train on the rows of ``x`` (rows, feature_dim), in their order, with the labels ``y`` (rows,).

    ``rng`` draws the initial parameters (bias, then linear weights, then factors) and nothing else: the same seed,
    rows and machine give the same bits. ``on_epoch`` is called after each epoch. Raises FeatureCountMismatch,
    MalformedMatrix, TrainingDataError, and TrainingDiverged with the epoch in which numbers stopped being finite.
    """
    rows, labels = _checked(x, y, hyperparameters)
    weights = initial_parameters(hyperparameters, rng)
    means, variances = _zeros_like(weights), _zeros_like(weights)
    batches = _batches(rows, labels, hyperparameters)
    adam, scratch = _adam(hyperparameters), _scratch(rows, hyperparameters)
    scores = np.empty(rows.count, dtype=np.float32)
    run = run_pair_epoch if (np.diff(rows.indptr) == 2).all() else run_epoch
    steps_done = 0
    for epoch in range(hyperparameters.epochs):
        began = time.perf_counter()
        steps_done = run(batches, adam, weights, means, variances, scratch, steps_done, scores)
        seconds = time.perf_counter() - began
        _raise_if_diverged(epoch, scores, weights, hyperparameters)
        on_epoch(_report(epoch, seconds, labels, scores, hyperparameters))
    return FactorizationMachine(**weights._asdict(), predictor_type=hyperparameters.predictor_type)


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


def _checked(x: SparseRows, y: ArrayLike, hyperparameters: Hyperparameters) -> tuple[Rows, NDArray[np.float32]]:
    rows, labels = training_data.checked(x, y, hyperparameters)
    # The container needs one whole batch per instance, and its job fails without.
    if hyperparameters.mini_batch_size > rows.count:
        size = hyperparameters.mini_batch_size
        raise TrainingDataError(f"mini_batch_size {size}, expected at most the {rows.count} rows of the train channel")
    return rows, labels


def _batches(rows: Rows, labels: NDArray[np.float32], hyperparameters: Hyperparameters) -> Batches:
    is_classifier = hyperparameters.predictor_type == "binary_classifier"
    return Batches(rows.indptr, rows.indices, rows.data, labels, hyperparameters.mini_batch_size, is_classifier)


def _adam(hyperparameters: Hyperparameters) -> Adam:
    bias, linear, factors = hyperparameters.bias, hyperparameters.linear, hyperparameters.factors
    rescale, eps, clip = hyperparameters.rescale_grad, hyperparameters.eps, hyperparameters.clip_gradient
    return Adam(
        # A group that is switched off starts at zero and stays there.
        bias_lr=bias.lr if hyperparameters.use_bias else 0.0,
        linear_lr=linear.lr if hyperparameters.use_linear else 0.0,
        factors_lr=factors.lr,
        bias_wd=bias.wd,
        linear_wd=linear.wd,
        factors_wd=factors.wd,
        # MXNet's Module fixes 1 / batch size when it binds, so a short last batch is scaled by the full size too.
        rescale=1 / hyperparameters.mini_batch_size if rescale is None else rescale,
        eps=DEFAULT_EPS if eps is None else eps,
        # MXNet clips only where the setting is above 0.
        clip=clip if clip is not None and clip > 0 else math.inf,
    )


def _scratch(rows: Rows, hyperparameters: Hyperparameters) -> Scratch:
    """Room for as many features as the fullest batch can name."""
    edges = np.append(np.arange(0, rows.count, hyperparameters.mini_batch_size), rows.count)
    fullest = int(np.diff(rows.indptr[edges]).max(initial=0))
    places = min(hyperparameters.feature_dim, fullest)
    return Scratch(
        slot=np.full(hyperparameters.feature_dim, -1, dtype=np.int64),
        touched=np.empty(places, dtype=np.int64),
        w=np.empty(places, dtype=np.float32),
        v=np.empty((places, hyperparameters.num_factors), dtype=np.float32),
        sums=np.empty(hyperparameters.num_factors, dtype=np.float32),
    )


def _zeros_like(parameters: Parameters) -> Parameters:
    return Parameters(*(np.zeros_like(array) for array in parameters))


def _raise_if_diverged(
    epoch: int, scores: NDArray[np.float32], weights: Parameters, hyperparameters: Hyperparameters
) -> None:
    if all(np.isfinite(array).all() for array in (scores, *weights)):
        return
    rates = ", ".join(f"{group}_lr {getattr(hyperparameters, group).lr}" for group in ("bias", "linear", "factors"))
    raise TrainingDiverged(f"epoch {epoch}: scores or parameters are not finite; expected smaller steps than {rates}")


def _report(
    epoch: int,
    seconds: float,
    labels: NDArray[np.float32],
    scores: NDArray[np.float32],
    hyperparameters: Hyperparameters,
) -> EpochReport:
    # The first rows of the epoch, to the end of each published batch, and all of them.
    batches = range(
        0, -(-labels.size // hyperparameters.mini_batch_size), hyperparameters.batch_metrics_publish_interval
    )
    ends = [min((batch + 1) * hyperparameters.mini_batch_size, labels.size) for batch in batches]
    *so_far, whole = _metrics_so_far(labels, scores, [*ends, labels.size], hyperparameters.predictor_type)
    return EpochReport(
        epoch=epoch,
        epochs=hyperparameters.epochs,
        rows=labels.size,
        seconds=seconds,
        metrics=whole,
        batches=tuple(BatchReport(batch=b, metrics=m) for b, m in zip(batches, so_far, strict=True)),
    )


def _metrics_so_far(
    labels: NDArray[np.float32], scores: NDArray[np.float32], ends: list[int], predictor_type: PredictorType
) -> Sequence[Metrics]:
    if predictor_type == "binary_classifier":
        return classifier_metrics_so_far(labels, sigmoid(scores), ends)
    return regressor_metrics_so_far(labels, scores, ends)
