"""The functions Step Functions adds to JSONata, and the one it takes away.

"Transforming data with JSONata in Step Functions", section "JSONata functions provided by Step Functions":
$partition, $range, $hash, $random, $uuid, $parse; $eval is not available.
"""

from __future__ import annotations

import hashlib
import json
import random
import uuid
from collections.abc import Callable
from typing import Any

from jsonata.jexception import JException
from jsonata.jsonata import Jsonata
from jsonata.utils import Utils

# The range AWS accepts before it reports its memory limit.
MAX_RANGE_ITEMS = 360_145
HASHES = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}


def _partition(items: Any = None, size: Any = None) -> Any:
    if items is None or size is None or int(size) == 0:
        return None
    whole = items if isinstance(items, list) else [items]
    step = _positive("partition", "the chunk size", int(size))
    return [whole[start : start + step] for start in range(0, len(whole), step)] or None


def _range(first: Any = None, last: Any = None, step: Any = None) -> Any:
    if first is None or last is None or step is None or int(step) == 0:
        return None
    by = int(step)
    numbers = range(int(first), int(last) + (1 if by > 0 else -1), by)
    if len(numbers) > MAX_RANGE_ITEMS:
        raise _type_error("range", f"at most {MAX_RANGE_ITEMS} items are allowed, asked for {len(numbers)}")
    return Utils.create_sequence_from_iter(numbers) if numbers else None


def _hash(text: Any = None, algorithm: Any = None) -> Any:
    if text is None or algorithm is None:
        return None
    if algorithm not in HASHES:
        raise _type_error("hash", f"the algorithm must be one of {', '.join(HASHES)}, got {algorithm!r}")
    if not isinstance(text, str):
        raise _type_error("hash", f"the first argument must be a string, got {text!r}")
    return hashlib.new(HASHES[algorithm], text.encode(), usedforsecurity=False).hexdigest()


def _random(seed: Any = None) -> float:
    source = random.SystemRandom() if seed is None else random.Random(int(seed))  # noqa: S311 - a language feature
    return source.random()


def _uuid() -> str:
    return str(uuid.uuid4())


def _parse(text: Any = None) -> Any:
    if text is None:
        return None
    try:
        return _nulls(json.loads(text))
    except (TypeError, json.JSONDecodeError) as error:
        raise _type_error("parse", f"not a JSON document: {error}") from error


def _eval(*_: Any) -> Any:
    raise JException("T1006", -1, "eval")


def _nulls(value: Any) -> Any:
    if value is None:
        return Utils.NULL_VALUE
    if isinstance(value, dict):
        return {key: _nulls(item) for key, item in value.items()}
    return [_nulls(item) for item in value] if isinstance(value, list) else value


def _positive(function: str, what: str, number: int) -> int:
    if number < 0:
        raise _type_error(function, f"{what} must be positive, got {number}")
    return number


def _type_error(function: str, message: str) -> ValueError:
    return ValueError(f"${function}: {message}")


_IMPLEMENTATIONS: dict[str, Callable[..., Any]] = {
    "partition": _partition,
    "range": _range,
    "hash": _hash,
    "random": _random,
    "uuid": _uuid,
    "parse": _parse,
    "eval": _eval,
}
FUNCTIONS: dict[str, Any] = {name: Jsonata.JLambda(function) for name, function in _IMPLEMENTATIONS.items()}
"""Bindings for every evaluation, by function name."""
