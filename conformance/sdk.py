"""The real SageMaker SDK v2, of which only ``sagemaker.serializer_utils`` is loaded and a table of images read.

Importing ``sagemaker`` itself takes three seconds and thirty packages, none of which these need. The packages above the
modules in use are replaced by empty ones with the same path, so that those two modules are the SDK's own files.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import io
import json
import sys
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from prep.triplet import Triplet


def write_sparse(rows: Triplet, labels: NDArray[np.float32] | None) -> bytes:
    """What ``write_spmatrix_to_sparse_tensor`` writes, given a ``csr_matrix``, as it fails on a ``csr_array``."""
    stream = io.BytesIO()
    matrix = csr_matrix((rows.data, rows.indices, rows.indptr), shape=rows.shape)
    _serializer().write_spmatrix_to_sparse_tensor(stream, matrix, labels)
    return stream.getvalue()


def write_sparse_of(data: NDArray[Any], labels: NDArray[Any]) -> bytes:
    """What it writes of one value and one label a row, of any type, in the first of two columns."""
    stream = io.BytesIO()
    matrix = csr_matrix((data, np.zeros(data.size, np.int64), np.arange(data.size + 1)), shape=(data.size, 2))
    _serializer().write_spmatrix_to_sparse_tensor(stream, matrix, labels)
    return stream.getvalue()


def read_sparse(octets: bytes) -> tuple[Triplet, NDArray[np.float32] | None]:
    """What ``read_records`` finds: rows of the first one's width, and the labels if the first one has one."""
    records = read_records(octets)
    tensors = [record.features["values"].float32_tensor for record in records]
    rows = Triplet(
        indptr=np.cumsum([0, *(len(tensor.keys) for tensor in tensors)]),
        indices=np.array([key for tensor in tensors for key in tensor.keys], np.int64),
        data=np.array([value for tensor in tensors for value in tensor.values], np.float32),
        n_columns=tensors[0].shape[0] if tensors else 0,
    )
    labels = [record.label["values"].float32_tensor.values[0] for record in records if record.label]
    return rows, np.array(labels, np.float32) if labels else None


def read_records(octets: bytes) -> list[Any]:
    """What ``read_records`` returns: a protobuf message a record."""
    records: list[Any] = _serializer().read_records(io.BytesIO(octets))
    return records


def write_dense(matrix: NDArray[np.float32]) -> bytes:
    """What ``write_numpy_to_dense_tensor`` writes."""
    stream = io.BytesIO()
    _serializer().write_numpy_to_dense_tensor(stream, matrix)
    return stream.getvalue()


def image_config(algorithm: str) -> Any:
    """The document from which ``sagemaker.image_uris.retrieve`` makes the URIs of an algorithm's images."""
    return json.loads((_root() / "image_uri_config" / f"{algorithm}.json").read_text())


def version() -> str:
    """Which SDK it is."""
    return importlib.metadata.version("sagemaker")


@cache
def _root() -> Path:
    """The package's folder; asked for before stand-ins take the package's name."""
    found = importlib.util.find_spec("sagemaker")
    if found is None or found.submodule_search_locations is None:
        raise ModuleNotFoundError("no package sagemaker; install conformance/requirements.txt into this environment")
    return Path(next(iter(found.submodule_search_locations)))


@cache
def _serializer() -> Any:
    """The module ``sagemaker.serializer_utils``, alone."""
    root = _root()
    for name, folder in (("sagemaker", root), ("sagemaker.amazon", root / "amazon")):
        package = ModuleType(name)
        package.__path__ = [str(folder)]
        sys.modules[name] = package
    utils = ModuleType("sagemaker.utils")
    # Only what stands in for SciPy where it is missing; here it is installed.
    utils.__dict__["DeferredError"] = Exception
    sys.modules["sagemaker.utils"] = utils
    return importlib.import_module("sagemaker.serializer_utils")
