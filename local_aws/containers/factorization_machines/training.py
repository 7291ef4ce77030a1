"""`train`: hyperparameters and channels in, the model and the log's metrics out."""

from __future__ import annotations

import hashlib
import os
import traceback
from datetime import UTC, datetime

import numpy as np

from fm import artifact, hyperparameters, log_lines
from fm.errors import HyperparameterError, MetricError, TrainingDataError, TrainingDiverged
from fm.hyperparameters import Hyperparameters
from fm.metrics import classifier_metrics, regressor_metrics
from fm.model import FactorizationMachine
from fm.reports import EpochReport, Metrics
from fm.training_data import TrainingRows
from local_aws.containers.factorization_machines.channels import ChannelError, read_channel
from local_aws.containers.factorization_machines.contract import OptMl

CLIENT_FAULT, ALGORITHM_FAULT = 2, 1
"""Exit statuses."""


def run(opt_ml: OptMl) -> int:
    """Train; on failure leave the reason in output/failure, in the words of the service's built-in algorithms."""
    try:
        _train(opt_ml)
    except HyperparameterError as error:
        return _refuse(opt_ml, "hyperparameters", error)
    except (ChannelError, TrainingDataError) as error:
        return _refuse(opt_ml, "input data", error)
    except TrainingDiverged as error:
        return _fail(opt_ml, f"AlgorithmError: {error}", ALGORITHM_FAULT)
    except Exception as error:  # noqa: BLE001 - whatever it is, the job's FailureReason has to tell it
        traceback.print_exc()
        return _fail(opt_ml, f"AlgorithmError: {type(error).__name__}: {error}", ALGORITHM_FAULT)
    return 0


def seed_of(job_name: str) -> int:
    """The seed of a job's initial parameters. The service exposes none; here a job's name gives its own each time."""
    return int.from_bytes(hashlib.sha256(job_name.encode()).digest()[:8], "big")


def _train(opt_ml: OptMl) -> None:
    settings = hyperparameters.parse(opt_ml.config("hyperparameters.json"))
    _log(f"Final configuration: {settings.as_strings()}")
    if len(opt_ml.hosts) > 1:
        _log(f"{len(opt_ml.hosts)} instances: emulated by one process that trains on what all of them share")
    rows = read_channel(opt_ml, "train", settings)
    if rows is None:
        raise ChannelError("channel 'train' is missing, expected RecordIO-protobuf")
    # What is wrong with this one is told before the time is spent.
    test = read_channel(opt_ml, "test", settings)
    # numba takes seconds to import, which what is refused above need not wait for.
    from fm.trainer import train_on  # noqa: PLC0415

    _log(f"[Sparse network] Building a sparse network: {len(rows)} records, {settings.feature_dim} features")
    rng = np.random.default_rng(seed_of(os.environ.get("TRAINING_JOB_NAME", "")))
    last: list[EpochReport] = []

    def tell(report: EpochReport) -> None:
        last[:] = [report]
        for line in log_lines.epoch_lines(report):
            _log(line)

    model = train_on(rows, settings, rng, on_epoch=tell)
    for line in log_lines.final_train_lines(last[0].metrics):
        _log(line)
    _save(opt_ml, model, settings)
    if test is not None:
        for line in log_lines.final_test_lines(_evaluate(model, test)):
            _log(line)


def _evaluate(model: FactorizationMachine, rows: TrainingRows) -> Metrics:
    scores = np.concatenate([model.predict(chunk)[0] for chunk in rows.chunks()])
    is_classifier = model.predictor_type == "binary_classifier"
    try:
        return classifier_metrics(rows.labels, scores) if is_classifier else regressor_metrics(rows.labels, scores)
    except MetricError as error:
        raise ChannelError(f"channel 'test': {error}") from error


def _save(opt_ml: OptMl, model: FactorizationMachine, settings: Hyperparameters) -> None:
    # A job may be stopped at any moment, and what is in the model folder then is uploaded: it must be whole.
    opt_ml.model.mkdir(parents=True, exist_ok=True)
    draft = opt_ml.base / "model.draft"
    draft.write_bytes(artifact.encode(model, settings.as_strings()))
    draft.rename(opt_ml.model / artifact.MODEL_FILE)


def _refuse(opt_ml: OptMl, what: str, error: ValueError) -> int:
    reason = f"Unable to initialize the algorithm. Failed to validate {what}. (caused by {type(error).__name__})"
    return _fail(opt_ml, f"ClientError: {reason} [Caused by: {error}]", CLIENT_FAULT)


def _fail(opt_ml: OptMl, reason: str, status: int) -> int:
    _log(reason, level="ERROR")
    opt_ml.fail(reason)
    return status


def _log(line: str, *, level: str = "INFO") -> None:
    # As the service's containers stamp their lines.
    print(f"[{datetime.now(UTC):%m/%d/%Y %H:%M:%S} {level} {os.getpid()}] {line}", flush=True)
