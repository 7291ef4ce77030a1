"""What a tuning job searches, as a unit cube: each of its points is one setting of the hyperparameters.

A number has one coordinate, on its scale, and integers are rounded; a choice has one for each of its values, of which
the greatest decides. Uniform points are thereby uniform settings on the asked scales. "Amazon SageMaker Automatic Model
Tuning" (Perrone et al., 2021) encodes them so.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from local_aws.sagemaker.errors import ValidationException

MOST_RANGES = 30
"""Of all kinds together (ParameterRanges in the API reference)."""

AUTO_LOGARITHMIC = 100.0
"""The service does not say what scale Auto chooses. Here: logarithmic where a positive range spans this factor."""

Point = NDArray[np.float64]
Hyperparameters = Mapping[str, str]


class Scale(NamedTuple):
    """A monotone function of a range's values, and its inverse."""

    to: Callable[[float], float]
    back: Callable[[float], float]


SCALES: Mapping[str, Scale] = {
    "Linear": Scale(float, float),
    "Logarithmic": Scale(math.log, math.exp),
    "ReverseLogarithmic": Scale(lambda value: -math.log1p(-value), lambda value: -math.expm1(-value)),
}


class Range(Protocol):
    """One hyperparameter's values."""

    @property
    def name(self) -> str: ...

    @property
    def width(self) -> int:
        """Coordinates it takes; none where there is only one value."""

    @property
    def count(self) -> float:
        """Different values; infinity for a continuous range."""

    def encode(self, value: str) -> Sequence[float]:
        """The coordinates, `width` of them in [0, 1], that stand for a value."""

    def decode(self, coordinates: Point) -> str:
        """The value that coordinates stand for."""


@dataclass(frozen=True)
class Numbers:
    """From `low` to `high`, both included."""

    name: str
    low: float
    high: float
    scale: Scale
    is_integer: bool

    @property
    def width(self) -> int:
        return int(self.low < self.high)

    @property
    def count(self) -> float:
        if self.is_integer or not self.width:
            return self.high - self.low + 1
        return math.inf

    def encode(self, value: str) -> Sequence[float]:
        if not self.width:
            return ()
        first, last = self._ends()
        return ((self.scale.to(float(value)) - first) / (last - first),)

    def decode(self, coordinates: Point) -> str:
        first, last = self._ends()
        on_scale = first + (last - first) * float(coordinates[0]) if self.width else first
        value = self.scale.back(on_scale)
        if self.is_integer:
            return str(min(max(round(value), int(self.low)), int(self.high)))
        return repr(min(max(value, self.low), self.high))

    def _ends(self) -> tuple[float, float]:
        """On the scale. What rounds to an end of a range of integers belongs to it, else ends would come up half as
        often as the rest."""
        margin = 0.5 if self.is_integer and self.width else 0.0
        return self.scale.to(self.low - margin), self.scale.to(self.high + margin)


@dataclass(frozen=True)
class Choices:
    """One of several values."""

    name: str
    values: tuple[str, ...]

    @property
    def width(self) -> int:
        return len(self.values) if len(self.values) > 1 else 0

    @property
    def count(self) -> float:
        return len(self.values)

    def encode(self, value: str) -> Sequence[float]:
        return [float(value == each) for each in self.values] if self.width else ()

    def decode(self, coordinates: Point) -> str:
        return self.values[int(np.argmax(coordinates))] if self.width else self.values[0]


@dataclass(frozen=True)
class Space:
    """All ranges of a tuning job, in the order of their coordinates."""

    ranges: tuple[Range, ...]

    @property
    def width(self) -> int:
        """Dimensions of the cube."""
        return sum(each.width for each in self.ranges)

    @property
    def combinations(self) -> float:
        """Different settings; infinity where any range is continuous."""
        return math.prod(each.count for each in self.ranges)

    def encode(self, hyperparameters: Hyperparameters) -> Point:
        """The point (width,) of a setting."""
        parts = [each.encode(hyperparameters[each.name]) for each in self.ranges]
        return np.array([coordinate for part in parts for coordinate in part], np.float64)

    def decode(self, point: Point) -> dict[str, str]:
        """The setting at a point (width,) of the cube, as the strings that a training job is given."""
        values, start = {}, 0
        for each in self.ranges:
            values[each.name] = each.decode(point[start : start + each.width])
            start += each.width
        return values


def parse(ranges: Mapping[str, Any]) -> Space:
    """The space of a ParameterRanges. Raises ValidationException naming the range that cannot be searched."""
    found = tuple(_ranges(ranges))
    names = [each.name for each in found]
    if repeated := sorted({name for name in names if names.count(name) > 1}):
        raise ValidationException(f"Hyperparameter {repeated[0]!r} has two ranges, expected one")
    if not 1 <= len(found) <= MOST_RANGES:
        raise ValidationException(f"{len(found)} hyperparameter ranges, expected 1 to {MOST_RANGES}")
    return Space(found)


def _ranges(ranges: Mapping[str, Any]) -> Iterator[Range]:
    for asked in ranges.get("IntegerParameterRanges") or ():
        yield _numbers(asked, is_integer=True)
    for asked in ranges.get("ContinuousParameterRanges") or ():
        yield _numbers(asked, is_integer=False)
    for asked in ranges.get("CategoricalParameterRanges") or ():
        if len(set(asked["Values"])) < len(asked["Values"]):
            raise ValidationException(f"Hyperparameter {asked['Name']!r} has a value twice in {asked['Values']}")
        yield Choices(asked["Name"], tuple(asked["Values"]))


def _numbers(asked: Mapping[str, Any], *, is_integer: bool) -> Numbers:
    name = asked["Name"]
    low, high = (_number(name, asked[member], member, is_integer=is_integer) for member in ("MinValue", "MaxValue"))
    if low > high:
        raise ValidationException(f"Hyperparameter {name!r}: MinValue {low} is greater than MaxValue {high}")
    scaling = asked.get("ScalingType") or "Auto"
    if scaling == "Auto":
        scaling = "Logarithmic" if low > 0 and high / low >= AUTO_LOGARITHMIC else "Linear"
    elif scaling == "Logarithmic" and low <= 0:
        raise ValidationException(
            f"Hyperparameter {name!r}: Logarithmic scaling needs values above 0, MinValue is {low}"
        )
    elif scaling == "ReverseLogarithmic" and (is_integer or not (low >= 0 and high < 1)):
        raise ValidationException(
            f"Hyperparameter {name!r}: ReverseLogarithmic scaling needs a continuous range within 0 <= x < 1, "
            f"this one is {low} to {high}"
        )
    return Numbers(name, low, high, SCALES[scaling], is_integer)


def _number(name: str, text: str, member: str, *, is_integer: bool) -> float:
    try:
        value = int(text) if is_integer else float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        kind = "an integer" if is_integer else "a number"
        raise ValidationException(f"Hyperparameter {name!r}: {member} {text!r}, expected {kind}")
    return value
