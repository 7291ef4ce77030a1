"""Our model files in MXNet 1.9.1, the library SageMaker's algorithm runs on; ``make conformance`` runs this too.

    python -m conformance.mxnet_artifact

MXNet is in ``build/mxnet``, an environment of its own, and has wheels for few Pythons and platforms. Where it cannot be
installed or imported, one line says so and why, and the exit status is 0, or 1 if CONFORMANCE_NEEDS_MXNET is set.
Elsewhere MXNet reads, runs and writes model files, and the exit status is 1 when anything differs.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from conformance.mxnet_cases import ModelCase, cases
from fm import archive, artifact
from fm.errors import ArtifactError
from fm.model import FactorizationMachine

ROOT = Path(__file__).resolve().parents[1]
HOME = ROOT / "build" / "mxnet"
"""Where the Makefile installs MXNet: ``.ready`` when it is there, and in ``error`` what pip said."""

TOLERANCE = 1e-6
"""By how much a score or probability may differ, absolutely."""

_TIMEOUT_S = 300
_WRITTEN = ("row_sparse", "dense", "some_rows")


class NoMxnet(Exception):
    """MXNet is not to be had here; says why."""


class MxnetFailed(Exception):
    """MXNet did not get through the cases; says at which and its last words."""


class Answers(NamedTuple):
    """What MXNet made of one case, each (rows,) float32; ``params`` are the bytes it wrote, by how they are stored."""

    score: NDArray[np.float32]
    output: NDArray[np.float32]
    module_output: NDArray[np.float32]
    params: Mapping[str, bytes]


def main(home: Path = HOME, given: Sequence[ModelCase] | None = None) -> int:
    """Compares everything, prints what differs and by how much at most, and returns the exit status."""
    chosen = list(cases()) if given is None else given
    try:
        answers, version = ask(home, chosen)
    except NoMxnet as reason:
        print(f"Model files in MXNet: skipped, {reason}")
        return 1 if os.environ.get("CONFORMANCE_NEEDS_MXNET") else 0
    except MxnetFailed as failure:
        print(f"DIFFERS {failure}")
        return 1
    answered = list(zip(chosen, answers, strict=True))
    problems = [problem for case, answer in answered for problem in compare(case, answer)]
    for problem in problems:
        print(f"DIFFERS {problem}")
    gap = max(gap for case, answer in answered for gap in gaps(case, answer).values())
    score = max(float(np.abs(case.model.score(case.rows)).max()) for case in chosen)
    print(
        f"Model files in MXNet {version}: {len(chosen)} models on {sum(case.rows.rows for case in chosen)} rows, "
        f"{len(problems)} differ; scores up to {score:.1f}, largest difference {gap:.1e}, allowed {TOLERANCE:.0e}"
    )
    return 1 if problems else 0


def ask(home: Path, given: Sequence[ModelCase]) -> tuple[list[Answers], str]:
    """MXNet's answer to each case, and its version. Raises NoMxnet, MxnetFailed."""
    if not (home / ".ready").exists():
        said = home / "error"
        reason = _reason(said.read_text() if said.exists() else "")
        raise NoMxnet(f"as it cannot be installed here: {reason or f'{home} is not there'}")
    with tempfile.TemporaryDirectory() as folder:
        folders = [Path(folder, f"{position:02}-{case.name}") for position, case in enumerate(given)]
        for case, path in zip(given, folders, strict=True):
            _write(case, path)
        version = _run(home / "bin" / "python", Path(folder))
        return [_read(path) for path in folders], version


def gaps(case: ModelCase, answers: Answers) -> dict[str, float]:
    """By how much each kind of answer is off at most, absolutely; infinite where it is no number for each row."""
    expected = {"score": case.model.score(case.rows), "output": case.model.predict(case.rows)[0]}
    expected["module_output"] = expected["output"]
    return {name: _gap(getattr(answers, name), wanted) for name, wanted in expected.items()}


def compare(case: ModelCase, answers: Answers) -> list[str]:
    """What differs, each in words: predictions of our file, and the parameters that we read from MXNet's."""
    off = [
        f"{case.name}: {name} by {gap:.1e}, expected at most {TOLERANCE:.0e}"
        for name, gap in gaps(case, answers).items()
        if gap > TOLERANCE
    ]
    content = artifact.encode(case.model, _parameters(case), storage=case.storage)
    members = archive.read_zip_members(content, source=case.name, max_bytes=artifact.MAX_BYTES)
    if answers.params[case.storage] != members["params"]:
        off.append(f"{case.name}: params are not the bytes MXNet writes")
    for storage in _WRITTEN:
        theirs = archive.write_zip(members | {"params": answers.params[storage]})
        wanted = _keeping(case.model, case.kept) if storage == "some_rows" else case.model
        off += [f"{case.name}: MXNet's {storage} params, {words}" for words in _misread(theirs, wanted)]
    return off


def _gap(found: NDArray[np.float32], wanted: NDArray[np.float32]) -> float:
    if found.shape != wanted.shape:
        return np.inf
    gap = float(np.abs(found.astype(np.float64) - wanted).max(initial=0.0))
    return np.inf if np.isnan(gap) else gap


def _misread(content: bytes, wanted: FactorizationMachine) -> list[str]:
    try:
        read = artifact.decode(content).model
    except ArtifactError as error:
        return [f"not read: {error}"]
    names = [name for name in ("w0", "w", "v") if not np.array_equal(getattr(read, name), getattr(wanted, name))]
    return [f"read by us: {', '.join(names)} not what was written"] if names else []


def _keeping(model: FactorizationMachine, kept: NDArray[np.int64]) -> FactorizationMachine:
    """The model whose other features have zeros for parameters."""
    is_kept = np.isin(np.arange(model.n_features), kept)
    return FactorizationMachine(
        w0=model.w0, w=model.w * is_kept, v=model.v * is_kept[:, None], predictor_type=model.predictor_type
    )


def _parameters(case: ModelCase) -> dict[str, str]:
    return {"predictor_type": case.model.predictor_type}


def _write(case: ModelCase, folder: Path) -> None:
    folder.mkdir()
    artifact.save(folder / "model.tar.gz", case.model, _parameters(case), storage=case.storage)
    rows, model = case.rows, case.model
    np.savez(folder / "rows.npz", indptr=rows.indptr, indices=rows.indices, data=rows.data, shape=rows.shape)
    np.savez(folder / "parameters.npz", w0=model.w0, w=model.w, v=model.v, kept=case.kept)


def _read(folder: Path) -> Answers:
    written = {storage: (folder / f"params_{storage}").read_bytes() for storage in _WRITTEN}
    with np.load(folder / "answers.npz") as arrays:
        return Answers(arrays["score"], arrays["output"], arrays["module_output"], written)


def _run(python: Path, folder: Path) -> str:
    """Lets MXNet answer the cases in ``folder``, and returns its version."""
    command = [str(python), "-m", "conformance.mxnet_side", str(folder)]
    try:
        done = subprocess.run(command, check=False, cwd=ROOT, capture_output=True, text=True, timeout=_TIMEOUT_S)
    except subprocess.TimeoutExpired as error:
        raise MxnetFailed(f"MXNet did not end within {_TIMEOUT_S} s") from error
    version, *begun = done.stdout.splitlines() or [""]
    reason = _reason(done.stderr) or f"exit status {done.returncode}"
    if not version:
        raise NoMxnet(f"as it cannot be imported here: {reason}")
    if done.returncode:
        raise MxnetFailed(f"{begun[-1] if begun else 'MXNet'}: {reason}")
    return version


def _reason(said: str) -> str:
    """pip's or Python's last error in what a command said, else its last line; empty when it said nothing."""
    lines = said.strip().splitlines()
    errors = [line for line in lines if re.match(r"ERROR:|[\w.]*Error:", line)]
    return next(reversed(errors or lines), "")


if __name__ == "__main__":
    sys.exit(main())
