"""What the training loops have in common, a step of one batch each.

They are inlined, not called: a called part may be compiled otherwise in the run that fills the cache than in those
that read it, and then the last bits of the weights differ between the two.
"""

from __future__ import annotations

import math
from typing import Final

import numba
import numpy as np

from fm.kernels.state import MOMENTS, NOWHERE
from fm.kernels.vectors import LANES, clamp, fma, load, nearest, power_of_two, prefetch, root, spread, store, total

BETA1: Final = 0.9
BETA2: Final = 0.999
SUREST: Final = 1e-7
"""Cross-entropy takes no probability as surer than this, as fm.evaluation's."""
_PRODUCT: Final = 32
"""So many probabilities of SUREST are within float64 as a product."""
_AHEAD: Final = 4
"""Features between the one that is asked for and the one at hand."""

inline = numba.njit(inline="always")


@inline
def errors_of(settings, labels, shares, errors, first, last):  # type: ignore[no-untyped-def]
    """The loss's derivative by the score of the rows first to last: of cross-entropy for a classifier, of half the
    squared error else.

    shares: (parts, batch) of the scores. errors: (batch or more,) receives them. Returns 0, or NaN where a score is not
    finite: its error may look right all the same.
    """
    rows, doubts, one = last - first, spread(np.float32(0)), spread(np.float32(1))
    for at in range(rows):
        errors[at] = shares[0, at]
    for part in range(1, len(shares)):
        for at in range(rows):
            errors[at] += shares[part, at]
    for at in range(0, rows, LANES):
        scores = load(errors, at)
        doubts = doubts + (scores - scores)
        if settings.is_classifier:
            store(errors, at, one / (one + exponential(spread(np.float32(0)) - scores)))
    for at in range(rows):
        errors[at] -= labels[first + at]
    return total(doubts)


@inline
def exponential(lanes):  # type: ignore[no-untyped-def]
    """e to the power of each lane, which counts as within ±87; to two units in the last place.

    Cody & Waite 1980: x = n · ln 2 + r, and e^x = 2^n · e^r, by the polynomial of Cephes (Moshier 1989).
    """
    lanes = clamp(lanes, spread(np.float32(87)))
    n = nearest(lanes * spread(np.float32(1.44269504088896341)))
    r = fma(n, spread(np.float32(-0.693359375)), lanes)
    r = fma(n, spread(np.float32(2.12194440e-4)), r)
    p = fma(spread(np.float32(1.9875691500e-4)), r, spread(np.float32(1.3981999507e-3)))
    p = fma(p, r, spread(np.float32(8.3334519073e-3)))
    p = fma(p, r, spread(np.float32(4.1665795894e-2)))
    p = fma(p, r, spread(np.float32(1.6666665459e-1)))
    p = fma(p, r, spread(np.float32(5.0000001201e-1)))
    return fma(p, r * r, r + spread(np.float32(1))) * power_of_two(n)


@inline
def tally_classifier(labels, errors, first, last, tally):  # type: ignore[no-untyped-def]
    """Add to ``tally``, (3,) float64, what a classifier's metrics are made of: surprise, right labels, right ones.

    The logarithm is that of products of a few probabilities: it would take longer than all else that is done to a row.
    """
    product, factors = 1.0, 0
    for row in range(first, last):
        label, error = labels[row], np.float64(errors[row - first])
        # Of the true label: an error is the probability given to the other one.
        given = 1.0 - abs(error)
        product *= min(max(given, SUREST), 1.0 - SUREST)
        factors += 1
        if factors == _PRODUCT:
            tally[0] -= math.log(product)
            product, factors = 1.0, 0
        is_right = error >= -0.5 if label == 1 else error < 0.5
        if is_right:
            tally[1] += 1
            tally[2] += label
    tally[0] -= math.log(product)


@inline
def tally_regressor(errors, first, last, tally):  # type: ignore[no-untyped-def]
    """Add to ``tally``, (3,) float64, the squared and the absolute errors."""
    for row in range(first, last):
        error = np.float64(errors[row - first])
        tally[0] += error * error
        tally[1] += abs(error)


@inline
def adam_of_factors(settings, state, scratch, part, touched, correction):  # type: ignore[no-untyped-def]
    """Adam's step for the factors of one part that a batch touched; makes ``scratch`` ready for the next batch."""
    width = LANES * len(state.registers)
    stride = MOMENTS * width
    factors, slopes = state.factors[part], scratch.factors[part]
    features, places = scratch.features[part], scratch.places[part]
    rescale, decay = spread(np.float32(settings.rescale)), spread(np.float32(settings.factors_wd))
    rate, eps = spread(np.float32(settings.factors_lr * correction)), spread(np.float32(settings.eps))
    beta1, rest1 = spread(np.float32(BETA1)), spread(np.float32(1 - BETA1))
    beta2, rest2 = spread(np.float32(BETA2)), spread(np.float32(1 - BETA2))
    clip = spread(np.float32(settings.clip))
    for place in range(touched):
        feature = features[place]
        places[feature] = NOWHERE
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
