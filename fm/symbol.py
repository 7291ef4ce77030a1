"""The MXNet graph of a second-order FM, as the ``symbol.json`` beside the parameters.

SageMaker's container and anyone with MXNet run a model by this graph; this package itself never reads it. It computes
``fm.model``'s formula from a CSR batch ``data``, and ends in LogisticRegressionOutput for a classifier (whose output is
the probability) and LinearRegressionOutput for a regressor. Parameter names, shapes and storage types are those of the
real artifact; the names of the nodes between are this project's. ``make conformance`` has MXNet run these graphs.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Literal

from fm.model import FactorizationMachine

Storage = Literal["row_sparse", "dense"]
"""How ``v`` and ``w1_weight`` are stored."""

LABEL_NAME = "out_label"
MXNET_VERSION = 10301
"""MXNet 1.3.1, whose graph format the container writes."""

_OUTPUTS = {"binary_classifier": "LogisticRegressionOutput", "regressor": "LinearRegressionOutput"}
_ROW_SPARSE, _CSR = "1", "2"
_ROW_SUMS = {"axis": "1", "keepdims": "True"}


def graph(model: FactorizationMachine, storage: Storage = "row_sparse") -> str:
    """``symbol.json`` of a model with this one's shapes and predictor type, its parameters in this storage."""
    features, factors = model.n_features, model.n_factors
    parameter_storage = _ROW_SPARSE if storage == "row_sparse" else None
    nodes = _Nodes()
    data = nodes.variable("data", storage=_CSR)
    w = nodes.variable("w1_weight", shape=(features, 1), storage=parameter_storage)
    linear = nodes.add("dot", "linear", [data, w])
    w0 = nodes.variable("w0_weight", shape=(1,))
    linear_plus_bias = nodes.add("broadcast_add", "linear_plus_bias", [linear, w0])
    v = nodes.variable("v", shape=(features, factors), storage=parameter_storage)
    sums = nodes.add("dot", "factor_sums", [data, v])
    squared = nodes.add("square", "factor_sums_squared", [sums])
    squares_of_sums = nodes.add("sum", "squares_of_sums", [squared], _ROW_SUMS)
    data_squared = nodes.add("square", "data_squared", [data])
    v_squared = _squared_lengths(nodes, v, storage)
    sums_of_squares = nodes.add("dot", "sums_of_squares", [data_squared, v_squared])
    twice_pairs = nodes.add("broadcast_sub", "twice_pairs", [squares_of_sums, sums_of_squares])
    pairs = nodes.add("_mul_scalar", "pairs", [twice_pairs], {"scalar": "0.5"})
    score = nodes.add("broadcast_add", "score", [linear_plus_bias, pairs])
    label = nodes.variable(LABEL_NAME)
    nodes.add(_OUTPUTS[model.predictor_type], "out", [score, label])
    return nodes.to_json()


def _squared_lengths(nodes: _Nodes, v: int, storage: Storage) -> int:
    # _square_sum is fused for row_sparse input and has no other form (MXNet's src/operator/tensor/square_sum.cc).
    if storage == "row_sparse":
        return nodes.add("_square_sum", "v_squared", [v], _ROW_SUMS)
    return nodes.add("sum", "v_squared", [nodes.add("square", "v_elements_squared", [v])], _ROW_SUMS)


class _Nodes:
    """A graph under construction: nodes in topological order, each with one output."""

    def __init__(self) -> None:
        self._nodes: list[dict[str, object]] = []

    def variable(self, name: str, *, shape: tuple[int, ...] | None = None, storage: str | None = None) -> int:
        attributes = {"__shape__": None if shape is None else str(shape), "__storage_type__": storage}
        return self.add("null", name, [], {key: value for key, value in attributes.items() if value is not None})

    def add(self, op: str, name: str, inputs: Sequence[int], attributes: dict[str, str] | None = None) -> int:
        node: dict[str, object] = {"op": op, "name": name}
        if attributes:
            node["attrs"] = attributes
        self._nodes.append(node | {"inputs": [[position, 0, 0] for position in inputs]})
        return len(self._nodes) - 1

    def to_json(self) -> str:
        document = {
            "nodes": self._nodes,
            "arg_nodes": [position for position, node in enumerate(self._nodes) if node["op"] == "null"],
            "node_row_ptr": list(range(len(self._nodes) + 1)),
            "heads": [[len(self._nodes) - 1, 0, 0]],
            "attrs": {"mxnet_version": ["int", MXNET_VERSION]},
        }
        return json.dumps(document, indent=2)
