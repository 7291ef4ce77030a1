"""JSONata as Step Functions speaks it: JSON in, JSON out, an undefined result is an error.

The engine is jsonata-python; this module owns the borders it leaves open. Values are bound as values, never spliced
into the text of an expression, so any string survives; JSON null and "nothing" stay apart; numbers, booleans and
nested arrays keep their types; functions and other things JSON cannot hold are refused.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from jsonata.jexception import JException
from jsonata.jsonata import Jsonata
from jsonata.utils import Utils

from local_aws.stepfunctions.jsonata_functions import FUNCTIONS

Json = Any
EVALUATION_LIMIT_MS = 5_000


class JsonataError(Exception):
    """An expression that cannot be compiled or evaluated; the message is the engine's."""


class UndefinedResult(JsonataError):
    """The expression returned nothing."""


class UnsupportedResult(JsonataError):
    """The expression returned what JSON cannot hold: a function or a regular expression."""


def check(expression: str) -> None:
    """Compile only. Raises JsonataError with the engine's message when the expression is malformed."""
    _compile(expression)


def evaluate(expression: str, bindings: Mapping[str, Json]) -> Json:
    """The JSON value of an expression; `bindings` are its variables, by name without the dollar.

    Raises UndefinedResult, UnsupportedResult or JsonataError.
    """
    program = _compile(expression)
    scope = {name: _bind(value) for name, value in bindings.items()}
    try:
        result = program.evaluate(None, {**FUNCTIONS, **scope})
    except (JException, ArithmeticError, ValueError, TypeError, RecursionError, AttributeError, LookupError) as error:
        # jsonata-python lets Python's own errors out where the language says "type error".
        raise JsonataError(str(error) or type(error).__name__) from error
    if result is None:
        raise UndefinedResult(expression)
    return _unbind(result)


def _compile(expression: str) -> Any:
    """Compile anew for each evaluation: the engine keeps its clock and its bindings on the compiled expression."""
    try:
        program = Jsonata(expression, timeout=EVALUATION_LIMIT_MS)
    except (JException, AttributeError, TypeError, IndexError) as error:
        raise JsonataError(str(error)) from error
    program.set_output_convert_nulls(False)
    return program


def _bind(value: Json) -> Any:
    """JSON as the engine holds it: None means "nothing" there, so null has an object of its own."""
    if value is None:
        return Utils.NULL_VALUE
    if isinstance(value, dict):
        return {key: _bind(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_bind(item) for item in value]
    return value


def _unbind(value: Any) -> Json:
    if value is Utils.NULL_VALUE:
        return None
    if isinstance(value, bool | str | int):
        return value
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, dict):
        return {key: _unbind(item) for key, item in value.items() if item is not None}
    if isinstance(value, Utils.RangeList):
        return list(range(value.a, value.b + 1))
    if isinstance(value, list):
        return [_unbind(item) for item in value if item is not None]
    raise UnsupportedResult(type(value).__name__)


def _number(value: float) -> float | str:
    """JSON has no literal for these; Step Functions writes JavaScript's names for them."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return value
