"""The format spelt out one record and one byte at a time: a slow second opinion that shares no code with the codec."""

from __future__ import annotations

import struct
from collections.abc import Sequence

MAGIC = 0xCED7230A


def varint(number: int) -> bytes:
    if number < 128:
        return bytes([number])
    return bytes([number % 128 + 128]) + varint(number // 128)


def field(number: int, body: bytes) -> bytes:
    return varint(number * 8 + 2) + varint(len(body)) + body


def floats(*numbers: float) -> bytes:
    return struct.pack(f"<{len(numbers)}f", *numbers)


def entry(map_field: int, name: str, tensor: bytes, *, tensor_field: int = 2) -> bytes:
    """One entry of the features map (1) or the label map (2)."""
    return field(map_field, field(1, name.encode()) + field(2, field(tensor_field, tensor)))


def sparse(keys: Sequence[int], values: Sequence[float], n_columns: int, label: float | None = None) -> bytes:
    """The payload of one row."""
    numbers = field(1, floats(*values)) + field(2, b"".join(map(varint, keys))) if keys else b""
    features = entry(1, "values", numbers + field(3, varint(n_columns)))
    return features + (b"" if label is None else entry(2, "values", field(1, floats(label))))


def frame(payload: bytes) -> bytes:
    return struct.pack("<II", MAGIC, len(payload)) + payload + bytes(-len(payload) % 4)
