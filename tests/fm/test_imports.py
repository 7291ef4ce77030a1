"""What the Lambda functions import must do with NumPy alone: neither SciPy nor numba fits beside it there."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

LIGHT = {
    "archive",
    "artifact",
    "errors",
    "hyperparameters",
    "log_lines",
    "matrix",
    "metrics",
    "model",
    "ndarray",
    "reports",
    "symbol",
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
    modules = {path.stem for path in (root / "fm").glob("*.py")} - {"__init__"}
    assert modules == LIGHT | {"trainer", "kernels"}
