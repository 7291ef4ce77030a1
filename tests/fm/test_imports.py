"""What the Lambda functions import must do with NumPy alone: neither SciPy nor numba fits beside it there."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

LIGHT = {
    "archive",
    "artifact",
    "errors",
    "evaluation",
    "evaluation.arrays",
    "evaluation.bias_only",
    "evaluation.bootstrap",
    "evaluation.comparison",
    "evaluation.curves",
    "evaluation.cuts",
    "evaluation.documents",
    "evaluation.measures",
    "evaluation.positions",
    "evaluation.ranking_measures",
    "evaluation.rankings",
    "evaluation.samples",
    "evaluation.scorers",
    "evaluation.stability",
    "evaluation.thresholds",
    "evaluation.user_items",
    "explain",
    "fold_in",
    "folded",
    "hyperparameters",
    "log_lines",
    "matrix",
    "metrics",
    "model",
    "ndarray",
    "reports",
    "similar",
    "symbol",
    "terms",
    "top",
    "training_data",
}

SCRIPT = """
import importlib, sys
for name in {names!r}:
    importlib.import_module("fm." + name)
print([name for name in ("scipy", "numba", "pyarrow", "boto3", "prep") if name in sys.modules])
"""


def test_everything_but_the_trainer_needs_numpy_alone(root: Path) -> None:
    script = SCRIPT.format(names=sorted(LIGHT))
    done = subprocess.run([sys.executable, "-c", script], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_no_module_is_left_out_of_the_list(root: Path) -> None:
    folder = root / "fm"
    files = {path.relative_to(folder) for path in folder.rglob("*.py")} - {Path("__init__.py")}
    modules = {".".join(path.with_suffix("").parts).removesuffix(".__init__") for path in files}
    assert {name for name in modules if not name.startswith("kernels")} == LIGHT | {"trainer"}
