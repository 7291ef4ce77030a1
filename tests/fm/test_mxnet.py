"""Training and graph against files that real MXNet 1.9.1 wrote; see tests/golden/make_fm.py."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.sparse import csr_array

from fm import symbol, trainer
from fm.hyperparameters import GroupSettings, Hyperparameters
from fm.kernels.state import Parameters
from fm.model import FactorizationMachine, PredictorType
from fm.symbol import Storage

NAMES = ("w0_weight", "w1_weight", "v")
OPTIMIZER = ("clip_gradient", "rescale_grad", "epsilon")


@pytest.fixture
def golden(root: Path) -> Path:
    return root / "tests" / "golden" / "fm"


def hyperparameters_of(case: Any) -> Hyperparameters:
    bias, linear, factors = (
        GroupSettings(lr=float(lr), wd=float(wd), init_sigma=0) for lr, wd in zip(case["lr"], case["wd"], strict=True)
    )
    clip, rescale, eps = (float(case[name]) if name in case else None for name in OPTIMIZER)
    return Hyperparameters(
        feature_dim=case["x"].shape[1],
        num_factors=case["initial_v"].shape[1],
        predictor_type=str(case["predictor_type"]),  # type: ignore[arg-type]
        epochs=int(case["epochs"]),
        mini_batch_size=int(case["mini_batch_size"]),
        bias=bias,
        linear=linear,
        factors=factors,
        clip_gradient=clip,
        rescale_grad=rescale,
        eps=eps,
    )


@pytest.mark.parametrize("name", ["classifier", "regressor", "clipped"])
def test_trained_weights_are_mxnets(golden: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Decay, clipping, scaling, lazy rows, bias correction and epsilon all as MXNet's own Adam has them."""
    with np.load(golden / f"adam_{name}.npz") as case:
        initial = {one: np.array(case[f"initial_{one}"]) for one in NAMES}
        start = Parameters(w0=initial["w0_weight"], w=initial["w1_weight"].ravel(), v=initial["v"])
        monkeypatch.setattr(trainer, "initial_parameters", lambda *_: start)
        model = trainer.train(csr_array(case["x"]), case["y"], hyperparameters_of(case), np.random.default_rng(0))
        for ours, one in zip((model.w0, model.w[:, None], model.v), NAMES, strict=True):
            assert_allclose(ours, case[f"trained_{one}"], rtol=1e-5, atol=1e-6)
            assert np.abs(case[f"trained_{one}"] - case[f"initial_{one}"]).max() > 0.05


def test_the_golden_batches_leave_rows_untouched(golden: Path) -> None:
    """Else the comparison above would say nothing of laziness."""
    with np.load(golden / "adam_regressor.npz") as case:
        batches = case["x"].reshape(3, int(case["mini_batch_size"]), -1)
        assert (~(batches != 0).any(axis=1)).any()


@pytest.mark.parametrize("predictor_type", ["binary_classifier", "regressor"])
@pytest.mark.parametrize("storage", ["row_sparse", "dense"])
def test_the_graph_is_the_one_mxnet_builds(golden: Path, predictor_type: PredictorType, storage: Storage) -> None:
    zeros = np.zeros((7, 3), dtype=np.float32)
    model = FactorizationMachine(w0=zeros[0, :1], w=zeros[:, 0], v=zeros, predictor_type=predictor_type)
    ours = json.loads(symbol.graph(model, storage))
    mxnets = json.loads((golden / f"symbol_{predictor_type}_{storage}.json").read_text())
    assert by_name(ours) == by_name(mxnets)
    assert [ours["nodes"][at]["name"] for at, _, _ in ours["heads"]] == ["out"]
    assert ours["arg_nodes"] == [at for at, node in enumerate(ours["nodes"]) if node["op"] == "null"]
    assert len(ours["node_row_ptr"]) == len(ours["nodes"]) + 1


def by_name(graph: dict[str, Any]) -> dict[str, Any]:
    """Nodes by name with their inputs by name: the same graph whatever the order of its nodes."""
    names = [node["name"] for node in graph["nodes"]]
    return {
        node["name"]: (node["op"], node.get("attrs", {}), [names[at] for at, _, _ in node["inputs"]])
        for node in graph["nodes"]
    }
