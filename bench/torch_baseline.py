"""What one would write in PyTorch to train the same factorization machine: what `train` is compared with.

    python -m bench.torch_baseline --rows rows.npz --optimizer sparse --epochs 21 --threads 2

runs in build/bench-train's Python and prints one JSON line: seconds of each epoch but the first, and the loss of each.
It is done as PyTorch's documentation does such things, without what would slow it down: rows are tensors that batches
are cut from, without a loader; two features need one product of two embeddings; the dense optimizer is the fused one;
no metric but the loss, which is read once an epoch. Nothing of it is used by `fm`.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch  # type: ignore[import-not-found, unused-ignore]  # in build/bench-train

FACTORS: Final = 64
BATCH: Final = 1000
# The algorithm's defaults: rate and decay, of which SparseAdam has none.
_BIAS, _LINEAR, _FACTORS = (0.1, 0.01), (0.001, 0.001), (0.0001, 0.00001)


class _Machine(torch.nn.Module):  # type: ignore[misc, unused-ignore]
    def __init__(self, features: int, *, sparse: bool) -> None:
        super().__init__()
        self.bias = torch.nn.Parameter(0.01 * torch.randn(1))
        self.linear = torch.nn.Embedding(features, 1, sparse=sparse)
        self.factors = torch.nn.Embedding(features, FACTORS, sparse=sparse)
        torch.nn.init.normal_(self.linear.weight, std=0.01)
        torch.nn.init.normal_(self.factors.weight, std=0.001)

    def forward(self, pairs: Any) -> Any:
        factors = self.factors(pairs)
        return self.bias + self.linear(pairs).sum((1, 2)) + (factors[:, 0] * factors[:, 1]).sum(1)


def main() -> int:
    """Train once."""
    parser = argparse.ArgumentParser(prog="python -m bench.torch_baseline", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=Path, required=True, help="npz of pairs (rows, 2), labels (rows,), features")
    parser.add_argument("--optimizer", choices=("sparse", "dense"), required=True)
    parser.add_argument("--epochs", type=int, required=True)
    parser.add_argument("--threads", type=int, required=True)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    torch.manual_seed(0)
    with np.load(given.rows) as rows:
        pairs, labels = torch.from_numpy(rows["pairs"]), torch.from_numpy(rows["labels"])
        model = _Machine(int(rows["features"]), sparse=given.optimizer == "sparse")
    optimizers = _sparse(model) if given.optimizer == "sparse" else [_dense(model)]
    seconds, losses = [], []
    for _ in range(given.epochs):
        started = time.perf_counter()
        losses.append(_epoch(model, optimizers, pairs, labels))
        seconds.append(time.perf_counter() - started)
    print(json.dumps({"epochs": seconds[1:], "losses": losses}))
    return 0


def _sparse(model: _Machine) -> list[Any]:
    """It takes sparse gradients only, and the bias has none."""
    groups = [
        {"params": [model.linear.weight], "lr": _LINEAR[0]},
        {"params": [model.factors.weight], "lr": _FACTORS[0]},
    ]
    return [torch.optim.SparseAdam(groups), torch.optim.Adam([model.bias], lr=_BIAS[0], weight_decay=_BIAS[1])]


def _dense(model: _Machine) -> Any:
    parameters = (model.bias, model.linear.weight, model.factors.weight)
    groups = [
        {"params": [parameter], "lr": rate, "weight_decay": decay}
        for parameter, (rate, decay) in zip(parameters, (_BIAS, _LINEAR, _FACTORS), strict=True)
    ]
    return torch.optim.Adam(groups, fused=True)


def _epoch(model: _Machine, optimizers: list[Any], pairs: Any, labels: Any) -> float:
    """Learn from all rows once, in their order; returns the mean loss."""
    total = torch.zeros(())
    for first in range(0, len(labels), BATCH):
        part = slice(first, first + BATCH)
        for optimizer in optimizers:
            optimizer.zero_grad(set_to_none=True)
        loss = torch.nn.functional.binary_cross_entropy_with_logits(model(pairs[part]), labels[part])
        loss.backward()
        for optimizer in optimizers:
            optimizer.step()
        total += loss.detach() * len(labels[part])
    return float(total) / len(labels)


if __name__ == "__main__":
    sys.exit(main())
