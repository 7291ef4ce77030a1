"""SageMaker's ``aialgs.data.Record``: the bytes of one payload, and where in them the numbers lie.

    Record        1 features: map<string, Value>   2 label: map<string, Value>   3 uid   4 metadata   5 configuration
    Value         2 float32_tensor   3 float64_tensor   7 int32_tensor   9 bytes
    Float32Tensor 1 values: packed float   2 keys: packed uint64   3 shape: packed uint64

Source: "Common Data Formats for Training" in the SageMaker developer guide.
Records of one layout differ in their numbers alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from prep.recordio import varint
from prep.recordio.errors import MalformedRecord, MissingShape, UnsupportedTensor, WrongShape
from prep.recordio.wire import Span, field, fields

VALUES = "values"
"""The name of the features tensor, and of the training label."""

FEATURES, LABEL = 1, 2
MAP_KEY, MAP_VALUE = 1, 2
FLOAT32_TENSOR = 2
_OTHER_TENSORS = {3: "float64_tensor", 7: "int32_tensor", 9: "bytes"}
TENSOR_VALUES, TENSOR_KEYS, TENSOR_SHAPE = 1, 2, 3


@dataclass(frozen=True, kw_only=True)
class Features:
    """Where the features tensor keeps its numbers. ``keys`` is None for a dense row, or one without values."""

    values: Span
    keys: Span | None
    n_columns: int

    @property
    def nnz(self) -> int:
        """Number of stored values."""
        return self.values.size // 4


@dataclass(frozen=True, kw_only=True)
class Layout:
    """The places of one kind of payload: its features if any, and each label's float32 by name."""

    size: int
    features: Features | None
    labels: dict[str, Span]
    ignored: tuple[Span, ...]

    def fixed(self) -> NDArray[np.bool_]:
        """(size,) true for the bytes that are equal in all payloads of this layout."""
        mask = np.ones(self.size, np.bool_)
        free = [*self.ignored, *self.labels.values()]
        if self.features is not None:
            free += [self.features.values, self.features.keys or Span(0, 0)]
        for span in free:
            mask[span.start : span.stop] = False
        return mask


def blank_sparse(nnz: int, key_bytes: int, n_columns: int, labels: Iterable[str]) -> bytes:
    """A payload with zeros for its ``nnz`` values, its keys' varints of ``key_bytes`` in all, and its labels."""
    tensor = field(TENSOR_VALUES, bytes(4 * nnz)) + field(TENSOR_KEYS, bytes(key_bytes)) if nnz else b""
    return _entry(FEATURES, VALUES, tensor + field(TENSOR_SHAPE, varint.encode_one(n_columns))) + blank_labels(labels)


def blank_dense(n_columns: int) -> bytes:
    """A payload with zeros for its ``n_columns`` values, as the SDK writes a NumPy array: no keys and no shape."""
    return _entry(FEATURES, VALUES, field(TENSOR_VALUES, bytes(4 * n_columns)))


def blank_labels(names: Iterable[str]) -> bytes:
    """A payload with labels alone, zeros, as the algorithm answers with."""
    return b"".join(_entry(LABEL, name, field(TENSOR_VALUES, bytes(4))) for name in names)


def parse(payload: bytes, at: int) -> Layout:
    """The layout of a payload that stands at byte ``at`` of its buffer.

    Raises MalformedRecord, or one of its kinds, with the offset in the buffer.
    """
    features: Features | None = None
    labels: dict[str, Span] = {}
    ignored: list[Span] = []
    for number, span in fields(payload, Span(0, len(payload)), at):
        if number not in {FEATURES, LABEL}:
            ignored.append(span)
            continue
        name, tensor = _parse_entry(payload, span, at)
        if number == LABEL:
            labels[name] = _parse_label(payload, tensor, at)
        elif name != VALUES or features is not None:
            raise MalformedRecord(f"byte {at + span.start}: features {name!r}, expected {VALUES!r} once")
        else:
            features = _parse_features(payload, tensor, at)
    return Layout(size=len(payload), features=features, labels=labels, ignored=tuple(ignored))


def _entry(number: int, name: str, tensor: bytes) -> bytes:
    return field(number, field(MAP_KEY, name.encode()) + field(MAP_VALUE, field(FLOAT32_TENSOR, tensor)))


def _parse_entry(payload: bytes, entry: Span, at: int) -> tuple[str, Span]:
    """Name and float32 tensor of one entry of the features or of the label map."""
    name, value = "", None
    for number, span in fields(payload, entry, at):
        if number == MAP_KEY:
            name = payload[span.start : span.stop].decode(errors="backslashreplace")
        elif number == MAP_VALUE:
            value = span
    if value is None:
        raise MalformedRecord(f"byte {at + entry.start}: entry {name!r} has no value, expected a float32 tensor")
    tensor: Span | None = None
    for number, span in fields(payload, value, at):
        if number in _OTHER_TENSORS:
            raise UnsupportedTensor(
                f"byte {at + span.start}: {name!r} is {_OTHER_TENSORS[number]}, expected float32_tensor"
            )
        if number == FLOAT32_TENSOR:
            tensor = span
    if tensor is None:
        raise MalformedRecord(f"byte {at + value.start}: {name!r} has no tensor, expected float32_tensor")
    return name, tensor


def _parse_tensor(payload: bytes, tensor: Span, at: int) -> dict[int, Span]:
    """The packed values, keys and shape that a tensor has."""
    parts: dict[int, Span] = {}
    for number, span in fields(payload, tensor, at):
        if number in parts:
            raise MalformedRecord(f"byte {at + span.start}: tensor field {number} again, expected packed numbers, once")
        parts[number] = span
    values = parts.get(TENSOR_VALUES)
    if values is not None and values.size % 4:
        raise MalformedRecord(f"byte {at + values.start}: values of {values.size} bytes, expected packed float32")
    return parts


def _parse_label(payload: bytes, tensor: Span, at: int) -> Span:
    values = _parse_tensor(payload, tensor, at).get(TENSOR_VALUES, Span(tensor.stop, tensor.stop))
    if values.size != 4:
        raise MalformedRecord(f"byte {at + values.start}: label of {values.size} bytes, expected one float32")
    return values


def _parse_features(payload: bytes, tensor: Span, at: int) -> Features:
    parts = _parse_tensor(payload, tensor, at)
    values = parts.get(TENSOR_VALUES, Span(tensor.start, tensor.start))
    keys = parts.get(TENSOR_KEYS)
    if TENSOR_SHAPE in parts:
        n_columns = _parse_shape(payload, parts[TENSOR_SHAPE], at)
    elif keys is None and values.size:
        n_columns = values.size // 4
    else:
        raise MissingShape(f"byte {at + tensor.start}: sparse tensor without a shape, expected [feature_dim]")
    if keys is None and values.size not in {0, 4 * n_columns}:
        found = f"{values.size // 4} values without keys in a row of {n_columns}"
        raise WrongShape(f"byte {at + values.start}: {found}, expected keys, or a value for each column")
    return Features(values=values, keys=keys, n_columns=n_columns)


def _parse_shape(payload: bytes, shape: Span, at: int) -> int:
    octets = payload[shape.start : shape.stop]
    try:
        n_columns, end = varint.decode_one(octets, 0)
    except IndexError:
        n_columns, end = 0, -1
    if end != len(octets) or n_columns > np.iinfo(np.int64).max:
        raise WrongShape(f"byte {at + shape.start}: shape {octets.hex(' ')}, expected one varint, the feature_dim")
    return n_columns
