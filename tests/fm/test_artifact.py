"""Model files in SageMaker's layout: read back whole, the same bytes each time, and as others find them."""

from __future__ import annotations

import io
import json
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from numpy.typing import NDArray

from fm import artifact, ndarray
from fm.errors import ArtifactError, FmError
from fm.hyperparameters import parse
from fm.model import FactorizationMachine, PredictorType
from fm.ndarray import RowSparse, Stored
from fm.symbol import Storage


def small_model(predictor_type: PredictorType = "binary_classifier") -> FactorizationMachine:
    rng = np.random.default_rng(3)
    return FactorizationMachine(
        w0=rng.standard_normal(1, dtype=np.float32),
        w=rng.standard_normal(5, dtype=np.float32),
        v=rng.standard_normal((5, 3), dtype=np.float32),
        predictor_type=predictor_type,
    )


def parameters(predictor_type: PredictorType = "binary_classifier") -> dict[str, str]:
    given = {"feature_dim": "5", "num_factors": "3", "predictor_type": predictor_type, "epochs": "7"}
    return parse(given).as_strings()


def assert_equal(ours: FactorizationMachine, theirs: FactorizationMachine) -> None:
    assert ours.predictor_type == theirs.predictor_type
    for name in ("w0", "w", "v"):
        assert_array_equal(getattr(ours, name), getattr(theirs, name), strict=True)


def model_file(arrays: dict[str, Stored], meta: object | None = None) -> bytes:
    """A ``model_algo-1`` made without ``fm.artifact``."""
    meta = {"training_parameters": {"predictor_type": "regressor"}} if meta is None else meta
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as members:
        members.writestr("meta.json", json.dumps(meta))
        members.writestr("params", ndarray.encode(arrays))
    return buffer.getvalue()


@pytest.mark.parametrize("predictor_type", ["binary_classifier", "regressor"])
@pytest.mark.parametrize("storage", ["row_sparse", "dense"])
def test_a_saved_model_is_read_back_whole(tmp_path: Path, predictor_type: PredictorType, storage: Storage) -> None:
    path = tmp_path / "model.tar.gz"
    model = small_model(predictor_type)
    artifact.save(path, model, parameters(predictor_type), storage=storage)
    read = artifact.read(path)
    assert_equal(read.model, model)
    assert read.training_parameters == parameters(predictor_type)
    assert read.epoch_number == 7
    assert_equal(artifact.load(str(path)), model)


def test_a_saved_model_has_the_services_members(tmp_path: Path) -> None:
    """The layout of a real artifact: tar of one zip of three stored members, w and v row_sparse with every row."""
    path = tmp_path / "model.tar.gz"
    artifact.save(path, small_model(), parameters())
    with tarfile.open(path, "r:gz") as archive:
        (info,) = archive.getmembers()
        assert (info.name, info.mtime, info.uid, info.uname) == ("model_algo-1", 0, 0, "")
        member = archive.extractfile(info)
        assert member is not None
        members = zipfile.ZipFile(io.BytesIO(member.read()))
    assert {one.filename for one in members.infolist()} == {"meta.json", "symbol.json", "params"}
    assert {one.compress_type for one in members.infolist()} == {zipfile.ZIP_STORED}
    meta = json.loads(members.read("meta.json"))
    assert meta["label_names"] == ["out_label"]
    assert meta["training_parameters"]["factors_lr"] == "0.0001"
    assert json.loads(members.read("symbol.json"))["nodes"][-1]["op"] == "LogisticRegressionOutput"
    arrays = ndarray.decode(members.read("params"))
    assert list(arrays) == ["arg:w1_weight", "arg:w0_weight", "arg:v"]
    for name, shape in (("arg:w1_weight", (5, 1)), ("arg:v", (5, 3))):
        array = arrays[name]
        assert isinstance(array, RowSparse)
        assert array.shape == shape
        assert_array_equal(array.rows, np.arange(5))


def test_the_same_model_gives_the_same_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    files = [io.BytesIO(), io.BytesIO()]
    artifact.save(files[0], small_model(), parameters())
    monkeypatch.setattr("time.time", lambda: 2e9)
    artifact.save(files[1], small_model(), parameters())
    assert files[0].getvalue() == files[1].getvalue()


def test_the_model_file_alone_is_read_as_an_endpoint_finds_it(tmp_path: Path) -> None:
    """The service unpacks ``model.tar.gz`` before it starts the serving container."""
    path = tmp_path / artifact.MODEL_FILE
    path.write_bytes(artifact.encode(small_model(), parameters()))
    assert_equal(artifact.load(path), small_model())
    assert_equal(artifact.decode(path.read_bytes()).model, small_model())


def test_other_members_and_folder_prefixes_do_not_matter() -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, content in (
            ("./notes", b"x" * 9000),
            ("./model_algo-1", artifact.encode(small_model(), parameters())),
        ):
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    assert_equal(artifact.load(buffer), small_model())


def arrays_of(v: NDArray[Any] | RowSparse) -> dict[str, Stored]:
    return {"arg:w1_weight": np.ones((5, 1)), "arg:w0_weight": np.array([2.0]), "arg:v": v}


def test_rows_that_are_not_stored_are_zeros() -> None:
    stored = RowSparse((5, 3), np.array([1, 4]), small_model().v[:2])
    model = artifact.decode(model_file(arrays_of(stored))).model
    assert_array_equal(model.v[[1, 4]], small_model().v[:2])
    assert not model.v[[0, 2, 3]].any()


def test_the_layout_with_factors_first_is_read() -> None:
    model = small_model("regressor")
    arrays: dict[str, Stored] = {
        "arg:v": np.ascontiguousarray(model.v.T),
        "arg:Linear_Plus_Bias_weight": model.w[None, :],
        "arg:Linear_Plus_Bias_bias": model.w0,
    }
    assert_equal(artifact.decode(model_file(arrays)).model, model)


def test_names_without_prefix_and_double_precision_are_read() -> None:
    model = small_model("regressor")
    arrays: dict[str, Stored] = {
        "v": model.v.astype(np.float64),
        "w1_weight": model.w[:, None].astype(np.float64),
        "w0_weight": model.w0,
    }
    assert_equal(artifact.decode(model_file(arrays)).model, model)


@pytest.mark.parametrize("epochs", ["1", "7", "50"])
def test_the_epoch_number_is_how_many_epochs_were_trained(epochs: str) -> None:
    content = artifact.encode(small_model(), parameters() | {"epochs": epochs})
    assert json.loads(zipfile.ZipFile(io.BytesIO(content)).read("meta.json"))["epoch_number"] == int(epochs)
    assert artifact.decode(content).epoch_number == int(epochs)


def test_training_parameters_must_be_the_models() -> None:
    with pytest.raises(FmError, match="predictor_type 'regressor', expected the model's 'binary_classifier'"):
        artifact.encode(small_model(), parameters("regressor"))


@pytest.mark.parametrize(
    ("arrays", "meta", "message"),
    [
        ({"arg:v": np.ones((5, 3))}, None, r"params: arrays \['v'\], expected .*'w0_weight'"),
        (arrays_of(np.ones((4, 3))), None, r"params: w0 \(1,\), w \(5,\), v \(4, 3\)"),
        (arrays_of(np.ones((5, 3), dtype=np.int64)), None, "v has dtype int64, expected floating point"),
        (arrays_of(np.full((5, 3), np.nan)), None, "v holds 15 of 15 numbers that are not finite"),
        (arrays_of(np.full((5, 3), 1e39)), None, "v holds 15 of 15 numbers that are not finite in float32"),
        (arrays_of(np.ones(5)), None, r"params: v has shape \(5,\), expected 2"),
        (arrays_of(np.ones((5, 3))), [], "training_parameters is None, expected a JSON object"),
        (arrays_of(np.ones((5, 3))), {"training_parameters": {}}, "predictor_type is None, expected 'binary_clas"),
    ],
)
def test_a_model_file_that_is_none_is_refused(arrays: dict[str, Stored], meta: object, message: str) -> None:
    with pytest.raises(ArtifactError, match="some/model_algo-1: .*" + message):
        artifact.decode(model_file(arrays, meta), source="some/model_algo-1")
