"""SageMaker FM's hyperparameters: names, defaults and ranges as its documentation has them.

Source: the developer guide's "Factorization Machines Hyperparameters". ``use_bias``, ``use_linear`` and
``batch_metrics_publish_interval`` are not documented; the container prints them among its defaults. So are names with
a leading underscore, which are its internals: those are refused.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal

from fm.errors import BadHyperparameter, HyperparameterError
from fm.model import PredictorType

InitMethod = Literal["normal", "uniform", "constant"]


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupSettings:
    """How one group of parameters (the bias, the linear weights or the factors) starts and learns.

    ``init_method`` says which of the three values counts: ``init_sigma`` for normal(0, sigma), ``init_scale`` for
    uniform(−scale, scale), ``init_value`` for constant.
    """

    lr: float
    wd: float
    init_sigma: float
    init_method: InitMethod = "normal"
    init_scale: float | None = None
    init_value: float | None = None


GROUP_DEFAULTS = {
    "bias": GroupSettings(lr=0.1, wd=0.01, init_sigma=0.01),
    "linear": GroupSettings(lr=0.001, wd=0.001, init_sigma=0.01),
    "factors": GroupSettings(lr=0.0001, wd=0.00001, init_sigma=0.001),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Hyperparameters:
    """One training job's hyperparameters, with the documented defaults.

    ``bias_lr`` of the service is ``bias.lr`` here, and so on for each group. ``rescale_grad`` None means
    1 / mini_batch_size, ``eps`` None means 1e-8 and ``clip_gradient`` None or not above 0 means no clipping: the
    meanings MXNet, which the algorithm runs on, gives to values that are not set.
    """

    feature_dim: int
    num_factors: int
    predictor_type: PredictorType
    epochs: int = 1
    mini_batch_size: int = 1000
    bias: GroupSettings = field(default=GROUP_DEFAULTS["bias"])
    linear: GroupSettings = field(default=GROUP_DEFAULTS["linear"])
    factors: GroupSettings = field(default=GROUP_DEFAULTS["factors"])
    clip_gradient: float | None = None
    rescale_grad: float | None = None
    eps: float | None = None
    use_bias: bool = True
    use_linear: bool = True
    batch_metrics_publish_interval: int = 500

    def as_strings(self) -> dict[str, str]:
        """The service's map of strings, defaults included and unset values left out; ``parse`` reads it back equal."""
        flat: dict[str, object] = {}
        for one in fields(self):
            value = getattr(self, one.name)
            if isinstance(value, GroupSettings):
                flat |= {f"{one.name}_{part.name}": getattr(value, part.name) for part in fields(value)}
            else:
                flat[one.name] = value
        return {name: _as_string(value) for name, value in flat.items() if value is not None}


def parse(strings: Mapping[str, str]) -> Hyperparameters:
    """A training job's ``HyperParameters`` map as typed values.

    Raises HyperparameterError naming every unknown, missing and unusable hyperparameter at once.
    """
    values: dict[str, Any] = {}
    problems = [_unknown(name, value) for name, value in strings.items() if name not in _KINDS]
    for name, kind in _KINDS.items():
        if name not in strings:
            continue
        try:
            values[name] = kind.read(strings[name])
        except ValueError:
            problems.append(_unusable(name, strings[name], kind.expected))
    problems += [_missing(name, _KINDS[name].expected) for name in _REQUIRED if name not in strings]
    problems += _unset_initial_values(strings)
    if problems:
        raise HyperparameterError(tuple(problems))
    values |= {group: _group(group, values) for group in GROUP_DEFAULTS}
    return Hyperparameters(**values)


@dataclass(frozen=True, slots=True)
class _Kind:
    expected: str
    read: Callable[[str], Any]


_INTEGER = re.compile(r"\+?[0-9]+", re.ASCII)
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?", re.ASCII)


def _positive_int(text: str) -> int:
    if not isinstance(text, str) or not _INTEGER.fullmatch(text) or int(text) < 1:
        raise ValueError(text)
    return int(text)


def _float(text: str) -> float:
    if not isinstance(text, str) or not _NUMBER.fullmatch(text) or not math.isfinite(float(text)):
        raise ValueError(text)
    return float(text)


def _non_negative(text: str) -> float:
    value = _float(text)
    if value < 0:
        raise ValueError(text)
    return value


def _boolean(text: str) -> bool:
    return {"true": True, "false": False}[_one_of("true", "false")(text)]


def _one_of(*choices: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in choices:
            raise ValueError(text)
        return text

    return read


def _choice(*choices: str) -> _Kind:
    return _Kind(" or ".join(map(repr, choices)), _one_of(*choices))


_COUNT = _Kind("a positive integer", _positive_int)
_ANY_FLOAT = _Kind("a finite number", _float)
_RATE = _Kind("a finite number not below 0", _non_negative)
_FLAG = _Kind("'true' or 'false'", _boolean)

_GROUP_KINDS = {
    "lr": _RATE,
    "wd": _RATE,
    "init_method": _choice("normal", "uniform", "constant"),
    "init_sigma": _RATE,
    "init_scale": _RATE,
    "init_value": _ANY_FLOAT,
}

_REQUIRED = ("feature_dim", "num_factors", "predictor_type")

_KINDS: dict[str, _Kind] = {
    "feature_dim": _COUNT,
    "num_factors": _COUNT,
    "predictor_type": _choice("binary_classifier", "regressor"),
    "epochs": _COUNT,
    "mini_batch_size": _COUNT,
    **{f"{group}_{part}": kind for group in GROUP_DEFAULTS for part, kind in _GROUP_KINDS.items()},
    "clip_gradient": _ANY_FLOAT,
    "rescale_grad": _ANY_FLOAT,
    "eps": _ANY_FLOAT,
    "use_bias": _FLAG,
    "use_linear": _FLAG,
    "batch_metrics_publish_interval": _COUNT,
}

_NEEDED_BY_METHOD = {"uniform": "init_scale", "constant": "init_value"}


def _group(group: str, values: dict[str, Any]) -> GroupSettings:
    """The group's settings; its flat names are taken out of ``values``."""
    default = GROUP_DEFAULTS[group]
    return GroupSettings(**{part: values.pop(f"{group}_{part}", getattr(default, part)) for part in _GROUP_KINDS})


def _unset_initial_values(strings: Mapping[str, str]) -> list[BadHyperparameter]:
    """What a chosen ``*_init_method`` needs and has no default for."""
    problems = []
    for group in GROUP_DEFAULTS:
        method = strings.get(f"{group}_init_method", "normal")
        part = _NEEDED_BY_METHOD.get(method)
        if part and f"{group}_{part}" not in strings:
            expected = f"{_GROUP_KINDS[part].expected}, since {group}_init_method is {method!r}"
            problems.append(_missing(f"{group}_{part}", expected))
    return problems


# The first two messages begin as the service's own do in failed jobs' FailureReason.
def _missing(name: str, expected: str) -> BadHyperparameter:
    message = f"No value(s) were specified for {name!r} which are required hyperparameter(s), expected {expected}"
    return BadHyperparameter(name, None, expected, message)


def _unknown(name: str, value: object) -> BadHyperparameter:
    expected = "a hyperparameter of the algorithm's documentation"
    message = f"Additional hyperparameters are not allowed ({name!r} was unexpected, with the value {value!r})"
    return BadHyperparameter(name, value, expected, message)


def _unusable(name: str, value: object, expected: str) -> BadHyperparameter:
    message = f"{value!r} is not a valid value of hyperparameter {name!r}, expected {expected}"
    return BadHyperparameter(name, value, expected, message)


def _as_string(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
