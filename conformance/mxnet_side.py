"""MXNet's side of the comparison, run by the interpreter that has it; it knows nothing of this project.

    python -m conformance.mxnet_side FOLDER

Prints MXNet's version once it is imported, then the name of each case in ``FOLDER`` before running it. A case is a
folder with ``model.tar.gz``, ``rows.npz`` (a CSR matrix: indptr, indices, data, shape) and ``parameters.npz`` (w0, w, v
and ``kept``, ids of rows). Into it go ``answers.npz`` (score, output, module_output) and, written by ``mx.nd.save``,
``params_row_sparse``, ``params_dense`` and ``params_some_rows``, in which v and w have the kept rows alone.
"""

from __future__ import annotations

import shutil
import sys
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mxnet as mx
import numpy as np


def main(folder: Path) -> None:
    """Answers every case."""
    print(mx.__version__, flush=True)
    for case in sorted(folder.iterdir()):
        print(case.name, flush=True)
        unpack(case)
        with np.load(case / "rows.npz") as rows:
            x = mx.nd.sparse.csr_matrix((rows["data"], rows["indices"], rows["indptr"]), shape=tuple(rows["shape"]))
        np.savez(case / "answers.npz", **bound(case, x), module_output=loaded(case, x))
        write_params(case)


def unpack(case: Path) -> None:
    """The members of ``model_algo-1`` under the names of an MXNet checkpoint, as AWS's own guide has it.

    "Extending Amazon SageMaker factorization machines algorithm to predict top x recommendations", AWS blog.
    """
    with tarfile.open(case / "model.tar.gz") as archive:
        archive.extract("model_algo-1", case)
    with zipfile.ZipFile(case / "model_algo-1") as members:
        for name, as_checkpoint in (("symbol.json", "model-symbol.json"), ("params", "model-0000.params")):
            shutil.copy(members.extract(name, case), case / as_checkpoint)


def bound(case: Path, x: Any) -> dict[str, Any]:
    """Raw scores and output of the graph for ``x``, each (rows,), when it is bound to the arrays as they are stored."""
    graph = mx.sym.load(str(case / "symbol.json"))
    arrays = {name.split(":", 1)[1]: array for name, array in mx.nd.load(str(case / "params")).items()}
    both = mx.sym.Group([graph.get_internals()["score_output"], graph])
    executor = both.bind(mx.cpu(), {**arrays, "data": x, "out_label": mx.nd.zeros((len(x), 1))}, grad_req="null")
    score, output = executor.forward(is_train=False)
    return {"score": score.asnumpy().ravel(), "output": output.asnumpy().ravel()}


def loaded(case: Path, x: Any) -> Any:
    """The output for ``x``, (rows,), of the checkpoint loaded as a Module."""
    module = mx.mod.Module.load(str(case / "model"), 0, load_optimizer_states=False, label_names=["out_label"])
    label = mx.nd.zeros((len(x), 1))
    module.bind([("data", x.shape)], [("out_label", label.shape)], for_training=False)
    module.forward(mx.io.DataBatch([x], [label]), is_train=False)
    return module.get_outputs()[0].asnumpy().ravel()


def write_params(case: Path) -> None:
    """The parameters in files of MXNet's own making."""
    with np.load(case / "parameters.npz") as given:
        w0, w, v, kept = given["w0"], given["w"], given["v"], given["kept"]

    def rows_of(ids: Any) -> Callable[[Any], Any]:
        return lambda array: mx.nd.sparse.row_sparse_array((array[ids], ids), shape=array.shape)

    stored_as = {"row_sparse": rows_of(np.arange(len(v))), "dense": mx.nd.array, "some_rows": rows_of(kept)}
    for name, stored in stored_as.items():
        arrays = {"arg:w1_weight": stored(w[:, None]), "arg:w0_weight": mx.nd.array(w0), "arg:v": stored(v)}
        mx.nd.save(str(case / f"params_{name}"), arrays)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
