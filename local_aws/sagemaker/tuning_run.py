"""The life of a tuning job: as many training jobs at a time as allowed, each chosen by what the others have brought."""

from __future__ import annotations

import logging
import threading
from typing import Any

from moto.core.exceptions import ServiceException

from local_aws.sagemaker import training_actions
from local_aws.sagemaker.backend import Backend
from local_aws.sagemaker.tuning_jobs import TuningJob
from local_aws.sagemaker.tuning_strategies import Strategy, Trial
from local_aws.sagemaker.tuning_training_jobs import FINAL_METRIC, Origin, TunedTrainingJob

ATTEMPTS = 5
"""Training jobs that may end without an objective before the first that brings one; then the service gives up."""

_log = logging.getLogger(__name__)


class TuningRun:
    """Runs one job to its end in a thread, which sleeps until one of its training jobs ends or the job is stopped."""

    def __init__(self, backend: Backend, job: TuningJob, strategy: Strategy, *, most: int) -> None:
        self._backend, self._job, self._strategy = backend, job, strategy
        self._most = most
        self._at_once: int = job.config["ResourceLimits"]["MaxParallelTrainingJobs"]
        name = job.definition.get("DefinitionName")
        self._origin = Origin(job.name, job.arn, definition_name=name, objective=job.objective)

    def start(self) -> None:
        """Begin; the job tells how far it is."""
        threading.Thread(target=self._run, name=f"tuning {self._job.name}", daemon=True).start()

    def _run(self) -> None:
        reason: str | None
        try:
            reason = self._tune()
        except ServiceException as refusal:
            reason = f"A training job could not be created: {refusal.message}"
        except Exception as error:  # noqa: BLE001 - a thread has no caller: else it would be InProgress for ever
            _log.exception("tuning job %s", self._job.name)
            reason = f"InternalServerError: {type(error).__name__}: {error}"
        for training in self._running():
            training.stop()
        while self._running():
            self._job.await_change()
        self._job.finish(reason=reason)

    def _tune(self) -> str | None:
        """Launch until there is nothing to launch and nothing to wait for, or no use in it; then why there is none."""
        while not self._job.is_stopping:
            if reason := self._futility():
                return reason
            if len(self._job.launched) < self._most and len(self._running()) < self._at_once:
                self._launch()
            elif self._running():
                self._job.await_change()
            else:
                break
        return None

    def _running(self) -> list[TunedTrainingJob]:
        return [training for training in self._job.launched if training.is_running]

    def _launch(self) -> None:
        number = len(self._job.launched) + 1
        tuned = self._strategy.propose(number, self._trials(), [training.tuned for training in self._running()])
        request = self._job.training_request(number, tuned)
        training = TunedTrainingJob(
            request,
            arn=training_actions.check(self._backend, request),
            metric_definitions=training_actions.metric_definitions(request),
            origin=self._origin,
            tuned=tuned,
            on_end=self._job.training_ended,
        )
        training_actions.start(self._backend, training)
        self._job.add(training)

    def _ended(self) -> list[dict[str, Any]]:
        """Summaries of what has ended, in the order it was launched."""
        return [training.tuning_summary() for training in self._job.launched if not training.is_running]

    def _trials(self) -> list[Trial]:
        cost = self._job.objective.cost
        return [
            Trial(
                summary["TunedHyperParameters"],
                cost(summary[FINAL_METRIC]["Value"]) if FINAL_METRIC in summary else None,
            )
            for summary in self._ended()
        ]

    def _futility(self) -> str | None:
        """Why the job is to fail, as soon as so many training jobs have ended without an objective."""
        ended = self._ended()
        if len(ended) < min(ATTEMPTS, self._most) or any(FINAL_METRIC in summary for summary in ended):
            return None
        if any(summary["TrainingJobStatus"] == "Completed" for summary in ended):
            return (
                f"No objective metrics found after running {len(ended)} training jobs. "
                f"Please ensure that the algorithm is emitting the objective metric {self._job.objective.MetricName}."
            )
        return (
            f"No training job succeeded after {len(ended)} attempts. Please take a look at the training job failures "
            "to get more details."
        )
