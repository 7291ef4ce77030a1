"""JSON and JSON Lines bodies, and the numbers in them, checked."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from prep.inference.errors import InferenceError, NotFinite

FLOAT32_MAX = float(np.finfo(np.float32).max)


def parse_document(body: bytes, refuse: type[InferenceError], where: str = "body") -> Any:
    """The JSON value of a body; raises ``refuse`` where it is none."""
    try:
        return json.loads(body)
    except json.JSONDecodeError as error:
        raise refuse(f"{where}: {error.msg} at character {error.pos}, expected JSON") from error
    except UnicodeDecodeError as error:
        raise refuse(f"{where}: byte {error.start} is not UTF-8, expected JSON") from error
    except (ValueError, RecursionError) as error:
        # An integer of thousands of digits, or brackets nested as deep: legal JSON that Python refuses to read.
        raise refuse(f"{where}: {error}, expected JSON") from error


def parse_lines(body: bytes, refuse: type[InferenceError]) -> list[Any]:
    """The JSON value of each line that is not blank."""
    lines = [line for line in body.splitlines() if line.strip()]
    return [parse_document(line, refuse, f"instance {number}") for number, line in enumerate(lines)]


def dump(value: object) -> bytes:
    """Compact JSON."""
    return json.dumps(value, separators=(",", ":"), allow_nan=False).encode()


def dump_lines(values: Iterable[object]) -> bytes:
    """One compact JSON value a line, each line ended."""
    return b"".join(dump(value) + b"\n" for value in values)


def is_float32(value: object) -> bool:
    """Whether a JSON value is a number that float32 can hold; true and false are no numbers here."""
    return type(value) in {int, float} and -FLOAT32_MAX <= value <= FLOAT32_MAX  # type: ignore[operator]


def check_finite(numbers: NDArray[np.float32], what: str) -> None:
    """Raises NotFinite where JSON could not carry a number."""
    wrong = np.flatnonzero(~np.isfinite(numbers))
    if wrong.size:
        raise NotFinite(f"{what} {wrong[0]} is {numbers[wrong[0]]}, expected a number that JSON can carry")


def excerpt(value: object) -> str:
    """The start of a JSON value, to quote in a message."""
    text = json.dumps(value)
    return text if len(text) <= 60 else text[:57] + "..."
