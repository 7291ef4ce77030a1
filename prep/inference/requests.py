"""Rows to score, as the bodies that Factorization Machines takes, both ways.

Source: "Common Data Formats for Inference" in the SageMaker developer guide.

    sparse   {"instances": [{"data": {"features": {"keys": [0, 948], "shape": [2625], "values": [1, 1]}}}]}
    dense    {"instances": [{"features": [1.5, 16.0]}]}
             {"instances": [{"data": {"features": {"values": [1.5, 16.0]}}}]}
    lines    the instances without the list around them, one a line
    RecordIO the training format without labels; dense as the SDK writes NumPy arrays
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from prep.inference import documents
from prep.inference.errors import BadRequest
from prep.inference.media import JSON, JSON_LINES, RECORDIO, media_type
from prep.recordio import read_triplet, write_dense, write_records
from prep.recordio.errors import RecordIOError
from prep.triplet import Triplet

_EXPECTED = '{"features": [...]} or {"data": {"features": {"keys": [...], "shape": [n], "values": [...]}}}'


def encode_request(x: Triplet, *, content_type: str = JSON, dense: bool = False) -> bytes:
    """The body of a request for the scores of all rows of ``x``.

    Sparse by default: about 100 bytes a one-hot row, where a dense one takes four or more a column.
    Raises UnsupportedContentType, NotFinite (JSON), KeyOutOfRange (RecordIO).
    """
    kind = media_type(content_type)
    if kind == RECORDIO:
        stream = io.BytesIO()
        _ = write_dense(stream, _to_dense(x)) if dense else write_records(stream, x)
        return stream.getvalue()
    documents.check_finite(x.data, "value")
    instances = [{"features": row} for row in _to_dense(x).tolist()] if dense else _sparse_instances(x)
    return documents.dump({"instances": instances}) if kind == JSON else documents.dump_lines(instances)


def decode_request(body: bytes, *, content_type: str, n_columns: int) -> Triplet:
    """The rows of a request for a model of ``n_columns`` features.

    There is at least one row, each key is in range and stands once in a row, and values are finite.
    Raises BadRequest, naming the instance and what was expected, or UnsupportedContentType.
    """
    kind = media_type(content_type)
    if kind == RECORDIO:
        try:
            rows, _ = read_triplet(body, n_columns=n_columns)
        except RecordIOError as error:
            raise BadRequest(str(error)) from error
    else:
        rows = _rows(documents.parse_lines(body, BadRequest) if kind == JSON_LINES else _instances(body), n_columns)
    if rows.rows == 0:
        raise BadRequest("no instances, expected at least one")
    _check_finite(rows)
    _check_unique(rows)
    return rows


def _to_dense(x: Triplet) -> NDArray[np.float32]:
    """(rows, columns)."""
    matrix = np.zeros(x.shape, np.float32)
    np.add.at(matrix, (_row_numbers(x), x.indices), x.data)
    return matrix


def _row_numbers(x: Triplet) -> NDArray[np.intp]:
    """(values,) the row of each stored value."""
    return np.repeat(np.arange(x.rows), np.diff(x.indptr))


def _sparse_instances(x: Triplet) -> list[dict[str, Any]]:
    ends, keys, values = x.indptr.tolist(), x.indices.tolist(), x.data.tolist()
    return [
        {"data": {"features": {"keys": keys[start:stop], "shape": [x.n_columns], "values": values[start:stop]}}}
        for start, stop in pairwise(ends)
    ]


def _instances(body: bytes) -> list[Any]:
    document = documents.parse_document(body, BadRequest)
    instances = document.get("instances") if isinstance(document, dict) else None
    if not isinstance(instances, list):
        raise BadRequest(f'body: {documents.excerpt(document)}, expected {{"instances": [...]}}')
    return instances


def _rows(instances: Iterable[Any], n_columns: int) -> Triplet:
    lengths, keys, values = [0], list[int](), list[float]()
    for number, instance in enumerate(instances):
        try:
            row_keys, row_values = _row(instance, n_columns)
        except BadRequest as error:
            raise BadRequest(f"instance {number}: {error}") from None
        keys += row_keys
        values += row_values
        lengths.append(len(row_keys))
    return Triplet(
        indptr=np.cumsum(lengths, dtype=np.int64),
        indices=np.array(keys, np.int64),
        data=np.array(values, np.float32),
        n_columns=n_columns,
    )


def _row(instance: Any, n_columns: int) -> tuple[list[int], list[float]]:
    """Keys and values of one instance."""
    match instance:
        case {"features": list(values)}:
            return _dense_row(values, n_columns)
        case {"data": {"features": {"keys": list(keys), "values": list(values), **rest}}}:
            return _sparse_row(keys, values, rest.get("shape"), n_columns)
        case {"data": {"features": {"values": list(values), **rest}}} if "keys" not in rest:
            return _dense_row(values, n_columns)
        case _:
            raise BadRequest(f"{documents.excerpt(instance)}, expected {_EXPECTED}")


def _dense_row(values: list[Any], n_columns: int) -> tuple[list[int], list[float]]:
    if len(values) != n_columns:
        raise BadRequest(f"{len(values)} features, expected {n_columns}")
    _check_values(values)
    keys = [key for key, value in enumerate(values) if value]
    return keys, [values[key] for key in keys]


def _sparse_row(keys: list[Any], values: list[Any], shape: Any, n_columns: int) -> tuple[list[int], list[float]]:
    if shape != [n_columns]:
        raise BadRequest(f"shape {documents.excerpt(shape)}, expected [{n_columns}]")
    if len(keys) != len(values):
        raise BadRequest(f"{len(keys)} keys and {len(values)} values, expected as many")
    for key in keys:
        if type(key) is not int:
            raise BadRequest(f"key {documents.excerpt(key)}, expected an integer")
        if not 0 <= key < n_columns:
            raise BadRequest(f"key {key} outside 0..{n_columns - 1}")
    _check_values(values)
    return keys, values


def _check_values(values: list[Any]) -> None:
    for value in values:
        if not documents.is_float32(value):
            raise BadRequest(f"value {documents.excerpt(value)}, expected a float32 number")


def _check_finite(rows: Triplet) -> None:
    """RecordIO can say NaN; its score would be one too."""
    wrong = np.flatnonzero(~np.isfinite(rows.data))
    if wrong.size:
        found = f"key {rows.indices[wrong[0]]} has value {rows.data[wrong[0]]}"
        raise BadRequest(f"instance {_row_numbers(rows)[wrong[0]]}: {found}, expected a finite number")


def _check_unique(rows: Triplet) -> None:
    """A key twice in a row has no meaning: the square of the sum is not the sum of the squares."""
    numbers = _row_numbers(rows)
    order = np.lexsort((rows.indices, numbers))
    numbers, keys = numbers[order], rows.indices[order]
    twice = np.flatnonzero((numbers[1:] == numbers[:-1]) & (keys[1:] == keys[:-1]))
    if twice.size:
        raise BadRequest(f"instance {numbers[twice[0]]}: key {keys[twice[0]]} more than once, expected each key once")
