"""What the training loops have in common, a step of one batch each.

They are inlined, not called: a called part may be compiled otherwise in the run that fills the cache than in those
that read it, and then the last bits of the weights differ between the two.
"""

from __future__ import annotations

import math
from typing import Final

import numba
import numpy as np

from fm.kernels.state import MOMENTS
from fm.kernels.vectors import LANES, clamp, fma, load, prefetch, root, spread, store

BETA1: Final = 0.9
BETA2: Final = 0.999
SUREST: Final = 1e-7
"""Cross-entropy takes no probability as surer than this, as fm.evaluation's."""
_AHEAD: Final = 4
"""Features between the one that is asked for and the one at hand."""

inline = numba.njit(inline="always")


@inline
def errors_of(settings, labels, shares, errors, first, last, tally, tells):  # type: ignore[no-untyped-def]
    """The loss's derivative by the score of the rows first to last: of cross-entropy for a classifier, of half the
    squared error else.

    shares: (parts, batch) of the scores. errors: (batch,) receives them. tally: (3,) float64 receives, where ``tells``,
    the sums that metrics are made of: a classifier's surprise, right labels, right labels of 1; a regressor's squared
    and absolute errors.
    """
    for row in range(first, last):
        score = shares[0, row - first]
        for part in range(1, len(shares)):
            score += shares[part, row - first]
        label = labels[row]
        prediction = np.float32(1) / (np.float32(1) + math.exp(-score)) if settings.is_classifier else score
        errors[row - first] = prediction - label
        if tells:
            # NaN where the score is not finite, though its label may look right.
            tally[0] += score - score
        if tells and settings.is_classifier:
            given = prediction if label == 1 else np.float32(1) - prediction
            tally[0] -= math.log(min(max(given, np.float32(SUREST)), np.float32(1 - SUREST)))
            is_taken = prediction >= np.float32(0.5)
            if is_taken == (label == 1):
                tally[1] += 1
                tally[2] += 1 if is_taken else 0
        elif tells:
            error = np.float64(score) - label
            tally[0] += error * error
            tally[1] += abs(error)


@inline
def adam_of_factors(settings, state, scratch, part, touched, correction):  # type: ignore[no-untyped-def]
    """Adam's step for the factors of one part that a batch touched; makes ``scratch`` ready for the next batch."""
    width, stride = state.width, MOMENTS * state.width
    factors, slopes = state.factors[part], scratch.factors[part]
    features, places = scratch.features[part], scratch.places[part]
    rescale, decay = spread(np.float32(settings.rescale)), spread(np.float32(settings.factors_wd))
    rate, eps = spread(np.float32(settings.factors_lr * correction)), spread(np.float32(settings.eps))
    beta1, rest1 = spread(np.float32(BETA1)), spread(np.float32(1 - BETA1))
    beta2, rest2 = spread(np.float32(BETA2)), spread(np.float32(1 - BETA2))
    clip = spread(np.float32(settings.clip))
    for place in range(touched):
        feature = features[place]
        places[feature] = -1
        if place + _AHEAD < touched:
            following = features[place + _AHEAD] * stride
            for lane in range(following, following + stride, LANES):
                prefetch(factors, lane)
        at, slope_at = feature * stride, place * width
        for lane in range(0, width, LANES):
            weight = load(factors, at + lane)
            slope = clamp(fma(load(slopes, slope_at + lane), rescale, decay * weight), clip)
            mean = fma(beta1, load(factors, at + width + lane), rest1 * slope)
            variance = fma(beta2, load(factors, at + 2 * width + lane), rest2 * slope * slope)
            store(factors, at + width + lane, mean)
            store(factors, at + 2 * width + lane, variance)
            store(factors, at + lane, weight - rate * mean / (root(variance) + eps))


@inline
def adam_of_linear(settings, state, scratch, touched, correction):  # type: ignore[no-untyped-def]
    """Adam's step for the linear weights that a batch touched."""
    linear, slopes, features = state.linear, scratch.linear, scratch.features[0]
    rate = np.float32(settings.linear_lr * correction)
    for place in range(touched):
        feature = features[place]
        weight, mean, variance = linear[feature, 0], linear[feature, 1], linear[feature, 2]
        weight, mean, variance = _adam(settings, weight, mean, variance, slopes[place], rate, settings.linear_wd)
        linear[feature, 0], linear[feature, 1], linear[feature, 2] = weight, mean, variance


@inline
def adam_of_bias(settings, bias, errors, rows, correction):  # type: ignore[no-untyped-def]
    """Adam's step for the bias, whose gradient is the sum of the errors of a batch of so many rows."""
    slope, rate = np.float32(0), np.float32(settings.bias_lr * correction)
    for row in range(rows):
        slope += errors[row]
    bias[0], bias[1], bias[2] = _adam(settings, bias[0], bias[1], bias[2], slope, rate, settings.bias_wd)


@inline
def _adam(settings, weight, mean, variance, slopes, rate, decay):  # type: ignore[no-untyped-def]
    """One parameter's weight, mean and variance after a step; NaN passes the clipping."""
    slope, clip = slopes * np.float32(settings.rescale) + np.float32(decay) * weight, np.float32(settings.clip)
    slope = clip if slope > clip else slope
    slope = -clip if slope < -clip else slope
    mean = np.float32(BETA1) * mean + np.float32(1 - BETA1) * slope
    variance = np.float32(BETA2) * variance + np.float32(1 - BETA2) * slope * slope
    return weight - rate * mean / (np.sqrt(variance) + np.float32(settings.eps)), mean, variance
