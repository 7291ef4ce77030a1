"""Writes the golden files of ``fm`` with real MXNet 1.9.1, the library SageMaker's algorithm runs on.

    make build/mxnet/.ready
    build/mxnet/bin/python -m tests.golden.make_fm

from the project's root. ``params`` is what ``mx.nd.save`` writes; ``symbol_*.json`` what MXNet's own API builds for the
graph; ``adam_*.npz`` what its Module makes of a small data set with Adam: inputs, initial and trained parameters.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mxnet as mx
import numpy as np

from fm.model import PredictorType
from fm.symbol import Storage

FOLDER = Path(__file__).parent / "fm"
FEATURES, FACTORS, ROWS = 7, 3, 12


@dataclass(frozen=True)
class Case:
    """One training run: rates are those of bias, linear weights and factors; None is MXNet's own default."""

    name: str
    predictor_type: PredictorType
    lr: tuple[float, float, float]
    wd: tuple[float, float, float]
    optimizer: dict[str, float]
    mini_batch_size: int = 4
    epochs: int = 3


CASES = (
    Case("classifier", "binary_classifier", (0.1, 0.01, 0.02), (0.01, 0.001, 0.1), {}),
    Case("regressor", "regressor", (0.1, 0.01, 0.02), (0.01, 0.001, 0.1), {}),
    Case(
        "clipped",
        "regressor",
        (0.1, 0.05, 0.02),
        (0.5, 0.2, 0.1),
        {"clip_gradient": 0.3, "rescale_grad": 0.7, "epsilon": 1e-3},
    ),
)


def main() -> None:
    """Replaces the golden files."""
    write_params(FOLDER / "params")
    for predictor_type in ("binary_classifier", "regressor"):
        for storage in ("row_sparse", "dense"):
            graph = symbol(predictor_type, (FEATURES, FACTORS), storage)
            (FOLDER / f"symbol_{predictor_type}_{storage}.json").write_text(graph.tojson())
    for case in CASES:
        np.savez(FOLDER / f"adam_{case.name}.npz", **trained(case))


def write_params(path: Path) -> None:
    """The arrays of tests/fm/test_ndarray.py: every storage and dtype that a model file may hold."""
    v = np.arange(15, dtype=np.float32).reshape(5, 3) / 8 - 1
    some_rows = mx.nd.sparse.row_sparse_array((v[:2], np.array([1, 4])), shape=(5, 3))
    arrays = {
        "arg:w1_weight": mx.nd.array(v[:, :1]).tostype("row_sparse"),
        "arg:w0_weight": mx.nd.array([0.25]),
        "arg:v": mx.nd.array(v).tostype("row_sparse"),
        "some_rows": some_rows,
        "no_rows": mx.nd.sparse.zeros("row_sparse", (5, 3)),
        **{dtype: mx.nd.array([[1, 2, 3]], dtype=dtype) for dtype in ("float64", "float16", "int32", "int64", "uint8")},
    }
    mx.nd.save(str(path), arrays)


def symbol(predictor_type: str, shape: tuple[int, int], storage: Storage = "row_sparse") -> Any:
    """The graph ``fm.symbol`` writes, built by MXNet."""
    sym = mx.sym
    data = sym.Variable("data", stype="csr")
    stype = "row_sparse" if storage == "row_sparse" else None
    w = sym.Variable("w1_weight", shape=(shape[0], 1), stype=stype)
    v = sym.Variable("v", shape=shape, stype=stype)
    linear = sym.broadcast_add(
        sym.sparse.dot(data, w, name="linear"), sym.Variable("w0_weight", shape=(1,)), name="linear_plus_bias"
    )
    sums = sym.square(sym.sparse.dot(data, v, name="factor_sums"), name="factor_sums_squared")
    squares_of_sums = sym.sum(sums, axis=1, keepdims=True, name="squares_of_sums")
    data_squared = sym.square(data, name="data_squared")
    if storage == "row_sparse":
        v_squared = sym._internal._square_sum(v, axis=1, keepdims=True, name="v_squared")
    else:
        v_squared = sym.sum(sym.square(v, name="v_elements_squared"), axis=1, keepdims=True, name="v_squared")
    sums_of_squares = sym.sparse.dot(data_squared, v_squared, name="sums_of_squares")
    twice = sym.broadcast_sub(squares_of_sums, sums_of_squares, name="twice_pairs")
    score = sym.broadcast_add(linear, sym._internal._mul_scalar(twice, scalar=0.5, name="pairs"), name="score")
    outputs = {"binary_classifier": sym.LogisticRegressionOutput, "regressor": sym.LinearRegressionOutput}
    return outputs[predictor_type](data=score, label=sym.Variable("out_label"), name="out")


def trained(case: Case) -> dict[str, Any]:
    """The case, its data, and its parameters before and after MXNet's training."""
    rng = np.random.default_rng(5)
    x = (rng.normal(size=(ROWS, FEATURES)) * (rng.random((ROWS, FEATURES)) < 0.4)).astype(np.float32)
    y = rng.normal(size=ROWS).astype(np.float32)
    y = (y > 0).astype(np.float32) if case.predictor_type == "binary_classifier" else y
    initial = {
        "w0_weight": rng.normal(size=1).astype(np.float32),
        "w1_weight": rng.normal(size=(FEATURES, 1)).astype(np.float32),
        "v": rng.normal(size=(FEATURES, FACTORS)).astype(np.float32),
    }
    module = fitted(case, x, y, initial)
    final = {name: array.asnumpy() for name, array in module.get_params()[0].items()}
    return {
        "x": x,
        "y": y,
        "predictor_type": case.predictor_type,
        "lr": case.lr,
        "wd": case.wd,
        "mini_batch_size": case.mini_batch_size,
        "epochs": case.epochs,
        **case.optimizer,
        **{f"initial_{name}": array for name, array in initial.items()},
        **{f"trained_{name}": final[name] for name in initial},
    }


def fitted(case: Case, x: np.ndarray, y: np.ndarray, initial: dict[str, np.ndarray]) -> Any:
    """A Module that has seen every row ``epochs`` times, in order."""
    rows = mx.io.NDArrayIter(
        mx.nd.array(x).tostype("csr"), y, case.mini_batch_size, last_batch_handle="discard", label_name="out_label"
    )
    module = mx.mod.Module(symbol(case.predictor_type, (FEATURES, FACTORS)), label_names=["out_label"])
    module.bind(data_shapes=rows.provide_data, label_shapes=rows.provide_label)
    sparse = {name: mx.nd.array(a) if name == "w0_weight" else all_rows(a) for name, a in initial.items()}
    module.init_params(arg_params=sparse)
    module.init_optimizer(
        kvstore=None, optimizer="adam", optimizer_params={"learning_rate": 1.0, "wd": 1.0, **case.optimizer}
    )
    names = ("w0_weight", "w1_weight", "v")
    module._optimizer.set_lr_mult(dict(zip(names, case.lr, strict=True)))
    module._optimizer.set_wd_mult(dict(zip(names, case.wd, strict=True)))
    for _ in range(case.epochs):
        rows.reset()
        for batch in rows:
            module.forward_backward(batch)
            module.update()
    return module


def all_rows(array: np.ndarray) -> Any:
    """``array`` as a row_sparse one that stores every row."""
    return mx.nd.sparse.row_sparse_array((array, np.arange(len(array))), shape=array.shape)


if __name__ == "__main__":
    main()
