"""SageMaker FM's model file, both directions: ``model.tar.gz``, in it ``model_algo-1``, in that the parameters.

``model_algo-1`` is a zip of stored members: ``params`` (an NDArray list), ``meta.json`` (the training parameters) and
``symbol.json`` (an MXNet graph). It is what the container leaves in its model folder and what the service packs into
``model.tar.gz``. Layout: parsed from a real artifact, whose arrays are ``v`` (features, factors) and ``w1_weight``
(features, 1), both row_sparse, and ``w0_weight`` (1,), dense. Another known layout has ``v`` (factors, features) with
``Linear_Plus_Bias_weight`` and ``Linear_Plus_Bias_bias``. Both are read, the first is written.
"""

from __future__ import annotations

import io
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

import numpy as np
from numpy.typing import NDArray

from fm import archive, ndarray, symbol
from fm.errors import ArtifactError, FmError
from fm.model import FactorizationMachine
from fm.ndarray import RowSparse, Stored
from fm.symbol import Storage

MODEL_FILE = "model_algo-1"
"""Name of the model inside ``model.tar.gz``, and in the container's model folder."""

MAX_BYTES = 4 << 30
"""What a model may unpack to unless a reader says otherwise; 10 million features of 64 factors take 2.6 GB."""

META_VERSION = "1.0"

_PREFIX = "arg:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """A model file's content. ``training_parameters`` are the job's hyperparameters as strings, defaults included."""

    model: FactorizationMachine
    training_parameters: Mapping[str, str]
    epoch_number: int


def load(source: Path | str | BinaryIO, *, max_bytes: int = MAX_BYTES) -> FactorizationMachine:
    """The model in ``source``; see :func:`read`."""
    return read(source, max_bytes=max_bytes).model


def read(source: Path | str | BinaryIO, *, max_bytes: int = MAX_BYTES) -> Artifact:
    """What ``source`` holds: the path or the open, seekable file of a ``model.tar.gz`` or of a bare ``model_algo-1``.

    Raises ArtifactError naming the file and what is wrong with it, FileNotFoundError when there is none. Safe on files
    nobody vouches for: nothing is extracted to disk, neither the archive nor the file in it unpacks to more than
    ``max_bytes``, and no more are built of it, counted as float32 over all arrays.
    """
    if isinstance(source, (str, Path)):
        with Path(source).open("rb") as stream:
            return _read(stream, str(source), max_bytes)
    return _read(source, str(getattr(source, "name", "model file")), max_bytes)


def decode(content: bytes, *, source: str = MODEL_FILE, max_bytes: int = MAX_BYTES) -> Artifact:
    """What the bytes of a ``model_algo-1`` hold; ``source`` names them in errors. Raises ArtifactError."""
    members = archive.read_zip_members(content, source=source, max_bytes=max_bytes)
    for name in ("meta.json", "params"):
        if name not in members:
            raise ArtifactError(f"{source}: holds {sorted(members)}, expected {name!r} among them")
    meta = _Meta.parse(members["meta.json"], source=f"{source}: meta.json")
    arrays = ndarray.decode(members["params"], source=f"{source}: params")
    try:
        parameters = _Parameters.of(arrays, max_bytes)
        model = FactorizationMachine(
            w0=parameters.w0, w=parameters.w, v=parameters.v, predictor_type=meta.predictor_type
        )
    except FmError as error:
        raise ArtifactError(f"{source}: params: {error}") from error
    return Artifact(model=model, training_parameters=meta.training_parameters, epoch_number=meta.epoch_number)


def save(
    destination: Path | str | BinaryIO,
    model: FactorizationMachine,
    training_parameters: Mapping[str, str],
    *,
    storage: Storage = "row_sparse",
) -> None:
    """Write ``model`` as a ``model.tar.gz``; the same model and parameters give the same bytes.

    For ``training_parameters`` and ``storage`` see :func:`encode`.
    """
    content = encode(model, training_parameters, storage=storage)
    if isinstance(destination, (str, Path)):
        with Path(destination).open("wb") as stream:
            archive.write_tar(stream, MODEL_FILE, content)
    else:
        archive.write_tar(destination, MODEL_FILE, content)


def encode(
    model: FactorizationMachine,
    training_parameters: Mapping[str, str],
    *,
    storage: Storage = "row_sparse",
) -> bytes:
    """The bytes of the model's ``model_algo-1``.

    ``training_parameters``: ``Hyperparameters.as_strings()``; its ``predictor_type`` must be the model's, else FmError.
    ``storage``: how ``v`` and ``w1_weight`` are stored; training on sparse data leaves row_sparse with every row there.
    """
    if training_parameters.get("predictor_type") != model.predictor_type:
        given = training_parameters.get("predictor_type")
        raise FmError(f"training parameter predictor_type {given!r}, expected the model's {model.predictor_type!r}")
    stored = ndarray.all_rows if storage == "row_sparse" else np.asarray
    arrays = {"w1_weight": stored(model.w[:, None]), "w0_weight": model.w0, "v": stored(model.v)}
    meta = {
        "version": META_VERSION,
        "epoch_number": int(training_parameters.get("epochs", 1)),
        "training_parameters": dict(training_parameters),
        "label_names": [symbol.LABEL_NAME],
    }
    members = {
        "meta.json": json.dumps(meta).encode(),
        "symbol.json": symbol.graph(model, storage).encode(),
        "params": ndarray.encode({_PREFIX + name: array for name, array in arrays.items()}),
    }
    return archive.write_zip(members)


def _read(stream: BinaryIO, source: str, max_bytes: int) -> Artifact:
    size = stream.seek(0, io.SEEK_END)
    if size > max_bytes:
        raise ArtifactError(f"{source}: {size} bytes, expected at most {max_bytes}")
    stream.seek(0)
    magic = stream.read(2)
    stream.seek(0)
    if magic == archive.GZIP_MAGIC:
        content = archive.read_tar_member(stream, MODEL_FILE, source=source, max_bytes=max_bytes)
        return decode(content, source=f"{source}: {MODEL_FILE}", max_bytes=max_bytes)
    if magic == archive.ZIP_MAGIC:
        return decode(stream.read(), source=source, max_bytes=max_bytes)
    raise ArtifactError(f"{source}: starts with {magic!r}, expected a .tar.gz or a zip")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Meta:
    predictor_type: Literal["binary_classifier", "regressor"]
    training_parameters: Mapping[str, str]
    epoch_number: int

    @classmethod
    def parse(cls, content: bytes, *, source: str) -> _Meta:
        try:
            meta = json.loads(content)
        except (ValueError, RecursionError) as error:
            raise ArtifactError(f"{source}: not JSON: {error}") from error
        parameters = meta.get("training_parameters") if isinstance(meta, dict) else None
        if not isinstance(parameters, dict):
            raise ArtifactError(f"{source}: training_parameters is {parameters!r}, expected a JSON object")
        predictor_type = parameters.get("predictor_type")
        if predictor_type not in ("binary_classifier", "regressor"):
            expected = "'binary_classifier' or 'regressor'"
            raise ArtifactError(f"{source}: predictor_type is {predictor_type!r}, expected {expected}")
        epoch_number = meta.get("epoch_number")
        return cls(
            predictor_type=predictor_type,
            training_parameters={str(name): str(value) for name, value in parameters.items()},
            epoch_number=epoch_number if isinstance(epoch_number, int) else 0,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parameters:
    """The three arrays in the shapes of FactorizationMachine, whichever layout they came in."""

    w0: NDArray[np.float32]
    w: NDArray[np.float32]
    v: NDArray[np.float32]

    @classmethod
    def of(cls, arrays: Mapping[str, Stored], max_bytes: int) -> _Parameters:
        named = {name.removeprefix(_PREFIX): array for name, array in arrays.items()}
        for layout, is_transposed in ((_FEATURES_FIRST, False), (_FACTORS_FIRST, True)):
            if layout <= named.keys():
                chosen = {name: named[name] for name in sorted(layout)}
                _refuse_too_large(chosen, max_bytes)
                dense = {name: _dense(name, array) for name, array in chosen.items()}
                return cls._transposed(dense) if is_transposed else cls._direct(dense)
        expected = f"{sorted(_FEATURES_FIRST)} or {sorted(_FACTORS_FIRST)}"
        raise ArtifactError(f"arrays {sorted(named)}, expected {expected}")

    @classmethod
    def _direct(cls, dense: Mapping[str, NDArray[np.float32]]) -> _Parameters:
        return cls(w0=dense["w0_weight"].ravel(), w=dense["w1_weight"].ravel(), v=dense["v"])

    @classmethod
    def _transposed(cls, dense: Mapping[str, NDArray[np.float32]]) -> _Parameters:
        w, bias = dense["Linear_Plus_Bias_weight"], dense["Linear_Plus_Bias_bias"]
        return cls(w0=bias.ravel(), w=w.ravel(), v=dense["v"].T)


_FEATURES_FIRST = frozenset({"w0_weight", "w1_weight", "v"})
_FACTORS_FIRST = frozenset({"Linear_Plus_Bias_bias", "Linear_Plus_Bias_weight", "v"})


def _refuse_too_large(arrays: Mapping[str, Stored], max_bytes: int) -> None:
    """Rows that are not stored are zeros, which a tiny file can ask very many of."""
    size = sum(math.prod(array.shape) for array in arrays.values()) * np.dtype(np.float32).itemsize
    if size > max_bytes:
        shapes = ", ".join(f"{name} of shape {array.shape}" for name, array in arrays.items())
        raise ArtifactError(f"{shapes}: {size} bytes as float32, expected at most {max_bytes}")


def _dense(name: str, array: Stored) -> NDArray[np.float32]:
    """A whole array of finite numbers."""
    values = array.values if isinstance(array, RowSparse) else array
    if values.dtype.kind != "f":
        raise ArtifactError(f"{name} has dtype {values.dtype}, expected floating point")
    with np.errstate(over="ignore"):
        single = values.astype(np.float32, copy=False)
    if not np.isfinite(single).all():
        count = np.count_nonzero(~np.isfinite(single))
        raise ArtifactError(
            f"{name} holds {count} of {single.size} numbers that are not finite in float32, expected none"
        )
    return RowSparse(array.shape, array.rows, single).to_dense() if isinstance(array, RowSparse) else single
