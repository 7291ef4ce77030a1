"""Predictions, as the bodies that Factorization Machines answers with, both ways.

Source: "Factorization Machine Response Formats" in the SageMaker developer guide.

    classifier  {"predictions": [{"score": 0.4, "predicted_label": 0.0}]}
    regressor   {"predictions": [{"score": 3.7}]}
    lines       the predictions without the list around them, one a line
    RecordIO    records whose label map holds "score" and "predicted_label", one float32 each
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from prep.inference import documents
from prep.inference.errors import BadResponse
from prep.inference.media import JSON, JSON_LINES, RECORDIO, accepted_type, media_type
from prep.recordio import read_labels, write_labels
from prep.recordio.errors import RecordIOError

SCORE, LABEL = "score", "predicted_label"


@dataclass(frozen=True, slots=True, eq=False)
class Predictions:
    """One prediction a row, in the order of the request.

    scores: (rows,) float32, the probability of a classifier, or the rating of a regressor, which is not clipped.
    labels: (rows,) float32, 0 or 1, of a classifier; None of a regressor. Raises ValueError for other arrays.
    """

    scores: NDArray[np.float32]
    labels: NDArray[np.float32] | None = None

    def __post_init__(self) -> None:
        for name, column in self.columns().items():
            if column.dtype != np.float32 or column.ndim != 1 or column.size != self.scores.size:
                found = f"{name} is {column.dtype} of shape {column.shape}"
                raise ValueError(f"{found}, expected float32, one for each of {self.scores.size} scores")

    def columns(self) -> dict[str, NDArray[np.float32]]:
        """The arrays by their names in a response."""
        return {SCORE: self.scores} | ({} if self.labels is None else {LABEL: self.labels})


def encode_response(predictions: Predictions, *, accept: str = JSON) -> bytes:
    """The body of a response in the first type that ``accept`` names; the label is a float, as the service returns it.

    Raises UnsupportedContentType, or NotFinite for JSON.
    """
    kind = accepted_type(accept)
    columns = predictions.columns()
    if kind == RECORDIO:
        stream = io.BytesIO()
        write_labels(stream, columns)
        return stream.getvalue()
    for name, column in columns.items():
        documents.check_finite(column, name)
    rows = zip(*(column.tolist() for column in columns.values()), strict=True)
    entries = [dict(zip(columns, row, strict=True)) for row in rows]
    return documents.dump({"predictions": entries}) if kind == JSON else documents.dump_lines(entries)


def decode_response(body: bytes, *, content_type: str) -> Predictions:
    """The predictions of a response body. Raises BadResponse, naming the prediction, or UnsupportedContentType."""
    kind = media_type(content_type)
    if kind == RECORDIO:
        return _from_records(body)
    entries = documents.parse_lines(body, BadResponse) if kind == JSON_LINES else _entries(body)
    is_classifier = any(isinstance(entry, dict) and LABEL in entry for entry in entries)
    names = (SCORE, LABEL) if is_classifier else (SCORE,)
    rows = [_numbers(entry, names, number) for number, entry in enumerate(entries)]
    columns = np.array(rows, np.float32).reshape(len(rows), len(names))
    return Predictions(columns[:, 0].copy(), columns[:, 1].copy() if is_classifier else None)


def _from_records(body: bytes) -> Predictions:
    try:
        columns = read_labels(body)
    except RecordIOError as error:
        raise BadResponse(str(error)) from error
    if body and SCORE not in columns:
        raise BadResponse(f"records with labels {sorted(columns)}, expected {SCORE!r}")
    return Predictions(columns.get(SCORE, np.empty(0, np.float32)), columns.get(LABEL))


def _entries(body: bytes) -> list[Any]:
    document = documents.parse_document(body, BadResponse)
    entries = document.get("predictions") if isinstance(document, dict) else None
    if not isinstance(entries, list):
        raise BadResponse(f'body: {documents.excerpt(document)}, expected {{"predictions": [...]}}')
    return entries


def _numbers(entry: Any, names: tuple[str, ...], number: int) -> list[float]:
    if not isinstance(entry, dict) or not all(documents.is_float32(entry.get(name)) for name in names):
        wanted = " and ".join(repr(name) for name in names)
        raise BadResponse(f"prediction {number}: {documents.excerpt(entry)}, expected a float32 number for {wanted}")
    return [entry[name] for name in names]
