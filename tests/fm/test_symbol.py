"""The graph beside the parameters computes the model's formula, each operator as MXNet documents it."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose
from numpy.typing import NDArray

from fm import symbol
from fm.model import FactorizationMachine, PredictorType
from fm.symbol import Storage
from tests.fm.cases import raw_score

FEATURES, FACTORS = 6, 3
ROW_SPARSE = "1"


def run(graph: dict[str, Any], given: dict[str, NDArray[Any]]) -> Any:
    """The output of the graph's one head."""
    values: list[Any] = []
    for node in graph["nodes"]:
        inputs = [values[position] for position, _, _ in node["inputs"]]
        attributes = node.get("attrs", {})
        if node["op"] == "null":
            values.append(given[node["name"]])
            assert attributes.get("__shape__", str(values[-1].shape)) == str(values[-1].shape)
            continue
        if node["op"] == "_square_sum":
            (source,) = (graph["nodes"][position] for position, _, _ in node["inputs"])
            assert source["attrs"]["__storage_type__"] == ROW_SPARSE
        values.append(operate(node["op"], attributes, *inputs))
    ((head, output, _),) = graph["heads"]
    assert output == 0
    return values[head]


def operate(op: str, attributes: dict[str, str], *inputs: Any) -> Any:
    def over_rows(array: Any) -> Any:
        assert attributes == {"axis": "1", "keepdims": "True"}
        return array.sum(axis=1, keepdims=True)

    operators: dict[str, Any] = {
        "dot": np.matmul,
        "broadcast_add": np.add,
        "broadcast_sub": np.subtract,
        "square": np.square,
        "sum": over_rows,
        "_square_sum": lambda array: over_rows(array**2),
        "_mul_scalar": lambda array: array * float(attributes["scalar"]),
        "LogisticRegressionOutput": lambda array, label: 1 / (1 + np.exp(-array)),
        "LinearRegressionOutput": lambda array, label: array,
    }
    return operators[op](*inputs)


@pytest.mark.parametrize("storage", ["row_sparse", "dense"])
@pytest.mark.parametrize("predictor_type", ["binary_classifier", "regressor"])
def test_the_graph_computes_the_models_formula(predictor_type: PredictorType, storage: Storage) -> None:
    rng = np.random.default_rng(8)
    w0, w = rng.standard_normal(1, np.float32), rng.standard_normal(FEATURES, np.float32)
    v = rng.standard_normal((FEATURES, FACTORS), np.float32)
    x = rng.normal(size=(9, FEATURES)) * (rng.random((9, FEATURES)) < 0.6)
    model = FactorizationMachine(w0=w0, w=w, v=v, predictor_type=predictor_type)
    parameters = {"w0_weight": w0.astype(float), "w1_weight": w[:, None].astype(float), "v": v.astype(float)}
    given: dict[str, NDArray[Any]] = {"data": x, **parameters, symbol.LABEL_NAME: np.zeros((9, 1))}
    found = run(json.loads(symbol.graph(model, storage)), given)
    expected = np.array([raw_score(row, float(w0[0]), w.astype(float), v.astype(float)) for row in x])
    if predictor_type == "binary_classifier":
        expected = 1 / (1 + np.exp(-expected))
    assert_allclose(found, expected[:, None], rtol=1e-12)
