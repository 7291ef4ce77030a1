"""SageMaker SDK v2's side of the comparison, run by the interpreter that has it; it knows nothing of this project.

    python -P conformance/predictor_side.py FOLDER

Each endpoint is a folder of its name in ``FOLDER`` with ``rows.npz``, a matrix as ``scipy.sparse.save_npz`` stores it.
Into it goes ``answers.npz``: for each way of asking ``<way>_scores`` and ``<way>_labels``, (rows,) float32, of a
regressor no labels; and ``version``, the SDK's.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import sagemaker
from sagemaker import Session
from sagemaker.amazon.common import write_spmatrix_to_sparse_tensor
from sagemaker.amazon.factorization_machines import FactorizationMachinesPredictor
from sagemaker.deserializers import JSONDeserializer, RecordDeserializer
from sagemaker.predictor import Predictor
from sagemaker.serializers import IdentitySerializer, JSONSerializer
from scipy.sparse import csr_matrix, load_npz

RECORDIO = "application/x-recordio-protobuf"

Answers = list[dict[str, float]]
"""A row's score, and its predicted_label of a classifier."""


def main(folder: Path) -> None:
    """Asks every endpoint in every way."""
    session = Session()
    for endpoint in sorted(folder.iterdir()):
        rows = csr_matrix(load_npz(endpoint / "rows.npz"))
        answers = {way: ask(endpoint.name, rows, session) for way, ask in WAYS.items()}
        np.savez(endpoint / "answers.npz", version=sagemaker.__version__, **dict(columns(answers)))


def sparse_json(endpoint: str, rows: csr_matrix, session: Session) -> Answers:
    """Keys and values, as the developer guide has it ("Common Data Formats for Inference")."""
    instances = []
    for start, end in zip(rows.indptr, rows.indptr[1:], strict=False):
        keys, values = rows.indices[start:end].tolist(), rows.data[start:end].tolist()
        instances.append({"data": {"features": {"keys": keys, "shape": [rows.shape[1]], "values": values}}})
    return asked_in_json(endpoint, instances, session)


def dense_json(endpoint: str, rows: csr_matrix, session: Session) -> Answers:
    """Whole rows, as AWS's blog post about this recommender has it."""
    return asked_in_json(endpoint, [{"features": row} for row in rows.toarray().tolist()], session)


def dense_records(endpoint: str, rows: csr_matrix, session: Session) -> Answers:
    """The SDK's own predictor of this algorithm, as it comes."""
    return labels_of(FactorizationMachinesPredictor(endpoint, session).predict(rows.toarray()))


def sparse_records(endpoint: str, rows: csr_matrix, session: Session) -> Answers:
    """The same formats with the SDK's writer of training data, which writes keys and values."""
    stream = io.BytesIO()
    write_spmatrix_to_sparse_tensor(stream, rows)
    serializer, deserializer = IdentitySerializer(content_type=RECORDIO), RecordDeserializer()
    return labels_of(Predictor(endpoint, session, serializer, deserializer).predict(stream.getvalue()))


WAYS: dict[str, Callable[[str, csr_matrix, Session], Answers]] = {
    "sparse_json": sparse_json,
    "dense_json": dense_json,
    "dense_records": dense_records,
    "sparse_records": sparse_records,
}


def asked_in_json(endpoint: str, instances: list[dict[str, Any]], session: Session) -> Answers:
    """The predictions in the endpoint's document."""
    answered = Predictor(endpoint, session, JSONSerializer(), JSONDeserializer()).predict({"instances": instances})
    predictions: Answers = answered["predictions"]
    return predictions


def labels_of(records: list[Any]) -> Answers:
    """The labels of records by their names."""
    return [{name: tensor.float32_tensor.values[0] for name, tensor in record.label.items()} for record in records]


def columns(answers: dict[str, Answers]) -> Iterable[tuple[str, Any]]:
    """The arrays of ``answers.npz``."""
    for way, predictions in answers.items():
        yield f"{way}_scores", np.array([prediction["score"] for prediction in predictions], np.float32)
        labels = [prediction["predicted_label"] for prediction in predictions if "predicted_label" in prediction]
        yield f"{way}_labels", np.array(labels, np.float32)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
