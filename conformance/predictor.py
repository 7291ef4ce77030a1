"""An endpoint asked by SageMaker SDK v2's own Predictor, by boto3 and by nobody; ``make conformance`` runs this too.

    python -m conformance.predictor

The SDK is in ``build/conformance``. Models that ``fm`` trained are put behind endpoints of a local AWS. The Predictor
asks them for the same rows as boto3, in JSON and in RecordIO-protobuf, sparse and dense. The exit status is 1 when a
score is not boto3's and the model's own to 1e-6, or a label is another.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, save_npz

from conformance.local_endpoints import Account, account
from conformance.mxnet_cases import drawn_rows, trained
from fm.model import FactorizationMachine, PredictorType
from prep.inference import JSON, RECORDIO, Predictions, encode_request
from prep.triplet import Triplet
from runner.errors import RunnerError

ROOT = Path(__file__).resolve().parents[1]
PYTHON = ROOT / "build" / "conformance" / "bin" / "python"
"""The interpreter that has the SDK; the Makefile installs it."""

WAYS = ("sparse_json", "dense_json", "dense_records", "sparse_records")
"""How the SDK asks, by the names of its side."""

TOLERANCE = 1e-6
"""By how much a score may differ, absolutely."""

_TIMEOUT_S = 300


class PredictorFailed(Exception):
    """The SDK did not get through the endpoints; says at which and its last words."""


class Served(NamedTuple):
    """A model, the rows it is asked for, and the name of its endpoint."""

    endpoint: str
    model: FactorizationMachine
    rows: Triplet

    def expected(self) -> Predictions:
        """The model's own answer."""
        return Predictions(*self.model.predict(self.rows))


Answers = Mapping[str, Predictions]
"""By who asked, and how."""


def main() -> int:
    """Compares everything, prints what differs and by how much at most, and returns the exit status."""
    served = list(cases())
    try:
        with account() as local:
            local.serve({case.endpoint: case.model for case in served})
            by_boto3 = [dict(asked_by_boto3(case, local)) for case in served]
            by_predictor, version = ask(PYTHON, served, local.variables)
    except (PredictorFailed, RunnerError) as failure:
        print(f"DIFFERS {failure}")
        return 1
    answers = [ours | theirs for ours, theirs in zip(by_boto3, by_predictor, strict=True)]
    return report(served, answers, version)


def cases() -> Iterator[Served]:
    """A classifier and a regressor that ``fm.trainer`` trained, the same ones every time."""
    rng = np.random.default_rng(23)
    for predictor_type in get_args(PredictorType):
        model = trained(predictor_type, rng)
        yield Served(predictor_type.replace("_", "-"), model, drawn_rows(model.n_features, rng))


def asked_by_boto3(case: Served, local: Account) -> Iterator[tuple[str, Predictions]]:
    """boto3's answers in both types."""
    for name, content_type in (("boto3_json", JSON), ("boto3_records", RECORDIO)):
        body = encode_request(case.rows, content_type=content_type)
        yield name, local.ask(case.endpoint, body, content_type=content_type)


def ask(
    python: Path, served: Sequence[Served], variables: Mapping[str, str]
) -> tuple[list[dict[str, Predictions]], str]:
    """The Predictor's answers of each endpoint, and the SDK's version. Raises PredictorFailed."""
    with tempfile.TemporaryDirectory() as home, tempfile.TemporaryDirectory() as folder:
        for case in served:
            Path(folder, case.endpoint).mkdir()
            rows = csr_matrix((case.rows.data, case.rows.indices, case.rows.indptr), shape=case.rows.shape)
            save_npz(Path(folder, case.endpoint, "rows.npz"), rows)
        _run(python, Path(folder), _environment(home) | dict(variables))
        read = [_read(Path(folder, case.endpoint, "answers.npz")) for case in served]
    return [answers for answers, _ in read], read[0][1]


def report(served: Sequence[Served], answers: Sequence[Answers], version: str) -> int:
    """Prints every way in which rows differ and the sum of it; returns the exit status."""
    differ, rows, gaps = 0, 0, [0.0]
    for case, given in zip(served, answers, strict=True):
        for way, predictions in given.items():
            off, gap = compare(predictions, case.expected(), given["boto3_json"])
            if off:
                print(f"DIFFERS {case.endpoint}, {way}: {off} rows, scores by at most {gap:.1e}")
            differ, rows, gaps = differ + off, rows + (case.rows.rows if way in WAYS else 0), [*gaps, gap]
    print(
        f"Endpoints asked by SageMaker SDK {version}: {rows} rows by Predictor: {differ} differ; "
        f"largest difference from boto3's and the model's own {max(gaps):.1e}, allowed {TOLERANCE:.0e}"
    )
    return 1 if differ else 0


def compare(found: Predictions, *wanted: Predictions) -> tuple[int, float]:
    """How many rows are not as wanted, and by how much a score is off at most; infinite where it is no number."""
    rows = wanted[0].scores.size
    is_off, gaps = np.zeros(rows, bool), np.zeros(rows)
    for one in wanted:
        if found.scores.shape != one.scores.shape or (found.labels is None) != (one.labels is None):
            return rows, np.inf
        gaps = np.maximum(gaps, _gaps(found.scores, one.scores))
        if found.labels is not None and one.labels is not None:
            is_off |= found.labels != one.labels
    is_off |= gaps > TOLERANCE
    return int(is_off.sum()), float(gaps.max(initial=0.0))


def _gaps(found: NDArray[np.float32], wanted: NDArray[np.float32]) -> NDArray[np.float64]:
    return np.nan_to_num(np.abs(found.astype(np.float64) - wanted), nan=np.inf)


def _read(file: Path) -> tuple[dict[str, Predictions], str]:
    """The answers by the way of asking, and the SDK's version."""
    with np.load(file) as arrays:
        labels = {way: arrays[f"{way}_labels"] for way in WAYS}
        answers = {way: Predictions(arrays[f"{way}_scores"], labels[way] if labels[way].size else None) for way in WAYS}
        return answers, str(arrays["version"])


def _run(python: Path, folder: Path, environment: Mapping[str, str]) -> None:
    """Lets the SDK ask the endpoints in ``folder``, where nothing of this project can be imported."""
    command = [str(python), "-P", str(Path(__file__).with_name("predictor_side.py")), str(folder)]
    try:
        done = subprocess.run(
            command, check=False, cwd=folder, env=environment, capture_output=True, text=True, timeout=_TIMEOUT_S
        )
    except OSError as error:
        raise PredictorFailed(f"no SageMaker SDK: {error}; make conformance installs it") from error
    except subprocess.TimeoutExpired as error:
        raise PredictorFailed(f"the SDK did not end within {_TIMEOUT_S} s") from error
    if done.returncode:
        at = next((path.name for path in sorted(folder.iterdir()) if not (path / "answers.npz").exists()), "the end")
        last = (done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1]
        raise PredictorFailed(f"the SDK at {at}: {last}")


def _environment(home: str) -> dict[str, str]:
    """This process's, without what the user's own SDK and AWS clients are set up with, nor notices about version 3."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTHON", "SAGEMAKER_"))}
    places = {"HOME": home, "XDG_CONFIG_HOME": home, "XDG_CONFIG_DIRS": home}
    return kept | places | {"SAGEMAKER_SUPPRESS_V2_WARNING": "1"}


if __name__ == "__main__":
    sys.exit(main())
