"""Others that learn likes from the same rows, which do something else: measured beside, without a target.

    python -m bench.other_trainers --rows rows.npz --which myfm

runs in build/bench-train's Python and prints one JSON line. ``myfm``: a Bayesian factorization machine, seconds of one
Gibbs sweep over all rows. ``logistic``: scikit-learn's logistic regression of users and items, which has no factors,
seconds until it has converged.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any, Final

import myfm  # type: ignore[import-not-found, unused-ignore]  # in build/bench-train
import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

FACTORS: Final = 64
_SWEEPS: Final = 5


def main() -> int:
    """Train once."""
    parser = argparse.ArgumentParser(prog="python -m bench.other_trainers", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=Path, required=True, help="npz of pairs (rows, 2), labels (rows,), features")
    parser.add_argument("--which", choices=("myfm", "logistic"), required=True)
    given = parser.parse_args()
    with np.load(given.rows) as rows:
        pairs, labels, features = rows["pairs"], rows["labels"], int(rows["features"])
    indptr = np.arange(0, pairs.size + 1, 2)
    x: Any = csr_matrix((np.ones(pairs.size), pairs.ravel(), indptr), shape=(len(labels), features))
    seconds = _sweep_of_myfm(x, labels) if given.which == "myfm" else _logistic(x, labels)
    print(json.dumps({"seconds": seconds}))
    return 0


def _sweep_of_myfm(x: Any, labels: Any) -> float:
    """What some sweeps more take, so without what comes before the first."""
    taken = []
    for sweeps in (1, 1 + _SWEEPS):
        started = time.perf_counter()
        model = myfm.MyFMClassifier(rank=FACTORS, random_seed=0)
        model.fit(x, labels > 0, n_iter=sweeps, n_kept_samples=1)
        taken.append(time.perf_counter() - started)
    return (taken[1] - taken[0]) / _SWEEPS


def _logistic(x: Any, labels: Any) -> float:
    started = time.perf_counter()
    LogisticRegression(max_iter=1000).fit(x, labels)
    return time.perf_counter() - started


if __name__ == "__main__":
    sys.exit(main())
