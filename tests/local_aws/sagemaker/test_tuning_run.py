"""What runs at once, what each choice knows, how a tuning job ends: with trainings that end when the test says so."""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from local_aws.sagemaker import training_actions
from local_aws.sagemaker.backend import Backend
from local_aws.sagemaker.errors import ValidationException
from local_aws.sagemaker.tuning_jobs import TuningJob
from local_aws.sagemaker.tuning_ranges import Hyperparameters
from local_aws.sagemaker.tuning_run import TuningRun
from local_aws.sagemaker.tuning_strategies import Trial
from local_aws.sagemaker.tuning_training_jobs import TunedTrainingJob

DEADLINE_S = 20
ACCURACY = "test:binary_classification_accuracy"


@dataclass(frozen=True)
class Asked:
    """One call of the strategy."""

    number: int
    ended: list[Trial]
    running: list[Hyperparameters]


@dataclass
class Numbered:
    """A strategy that chooses the job's own number."""

    asked: list[Asked] = field(default_factory=list)

    def propose(self, number: int, ended: Sequence[Trial], running: Sequence[Hyperparameters]) -> Mapping[str, str]:
        self.asked.append(Asked(number, list(ended), list(running)))
        return {"x": str(number)}


class Stage:
    """A tuning job whose trainings are started for nothing but the queue they are put in."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.started: queue.Queue[TunedTrainingJob] = queue.Queue()
        self.strategy = Numbered()
        self.finished: queue.Queue[None] = queue.Queue()
        self.refuse: Callable[[], None] = lambda: None
        monkeypatch.setattr(training_actions, "check", self._check)
        monkeypatch.setattr(training_actions, "start", lambda _, training: self.started.put(training))

    def tune(self, *, jobs: int, at_once: int, kind: str = "Maximize") -> TuningJob:
        request = {
            "HyperParameterTuningJobName": "tune",
            "HyperParameterTuningJobConfig": {
                "Strategy": "Random",
                "HyperParameterTuningJobObjective": {"Type": kind, "MetricName": ACCURACY},
                "ResourceLimits": {"MaxParallelTrainingJobs": at_once},
            },
            "TrainingJobDefinition": {"AlgorithmSpecification": {"TrainingImage": "none"}, "OutputDataConfig": OUTPUT},
        }
        job = _ToldJob(request, arn="arn:tune", metric_definitions={})
        job.finished = self.finished
        TuningRun(cast(Backend, None), job, self.strategy, most=jobs).start()
        return job

    def training(self) -> TunedTrainingJob:
        """The next that is started."""
        return self.started.get(timeout=DEADLINE_S)

    def await_end(self) -> None:
        self.finished.get(timeout=DEADLINE_S)

    def _check(self, backend: Backend, request: Mapping[str, Any]) -> str:
        self.refuse()
        return f"arn:{request['TrainingJobName']}"


class _ToldJob(TuningJob):
    finished: queue.Queue[None]

    def finish(self, *, reason: str | None) -> None:
        super().finish(reason=reason)
        self.finished.put(None)


OUTPUT = {"S3OutputPath": "s3://bucket/models"}


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    stage = Stage(monkeypatch)
    yield stage
    assert stage.started.empty(), "started without having been expected"


def complete(training: TunedTrainingJob, accuracy: float | None = 0.5) -> None:
    metrics = [] if accuracy is None else [{"MetricName": ACCURACY, "Value": accuracy}]
    training.finish("Completed", metrics=metrics, has_model=True)


def status(job: TuningJob) -> str:
    return str(job.describe()["HyperParameterTuningJobStatus"])


def test_the_limit_is_filled_and_each_end_makes_room_for_one(stage: Stage) -> None:
    job = stage.tune(jobs=5, at_once=3)
    running = [stage.training() for _ in range(3)]
    for _ in range(2):
        assert stage.started.empty()
        assert job.describe()["TrainingJobStatusCounters"]["InProgress"] == 3
        complete(running.pop(0))
        running.append(stage.training())
    assert status(job) == "InProgress"
    for training in running:
        complete(training)
    stage.await_end()
    assert status(job) == "Completed"
    assert [training.tuned for training in job.launched] == [{"x": str(number)} for number in range(1, 6)]


def test_fewer_jobs_than_may_run_at_once(stage: Stage) -> None:
    job = stage.tune(jobs=2, at_once=10)
    for training in [stage.training(), stage.training()]:
        complete(training)
    stage.await_end()
    assert status(job) == "Completed"


def test_a_choice_knows_what_has_ended_and_what_runs(stage: Stage) -> None:
    stage.tune(jobs=4, at_once=2)
    first, second = stage.training(), stage.training()
    complete(second, 0.75)
    third = stage.training()
    first.finish("Failed", reason="ClientError: no")
    fourth = stage.training()
    complete(third)
    complete(fourth)
    stage.await_end()
    # What is to be maximized costs its negative; the order is that of their start.
    assert stage.strategy.asked == [
        Asked(1, [], []),
        Asked(2, [], [{"x": "1"}]),
        Asked(3, [Trial({"x": "2"}, -0.75)], [{"x": "1"}]),
        Asked(4, [Trial({"x": "1"}, None), Trial({"x": "2"}, -0.75)], [{"x": "3"}]),
    ]


@pytest.mark.parametrize(("kind", "expected"), [("Maximize", "0.9"), ("Minimize", "0.1")])
def test_the_best_follows_the_objectives_direction(stage: Stage, kind: str, expected: str) -> None:
    job = stage.tune(jobs=3, at_once=1, kind=kind)
    values = {"1": 0.5, "2": 0.9, "3": 0.1}
    for _ in values:
        training = stage.training()
        complete(training, values[training.tuned["x"]])
    stage.await_end()
    best = job.describe()["BestTrainingJob"]
    assert values[best["TunedHyperParameters"]["x"]] == float(expected)


def test_the_best_so_far_is_told_while_others_run(stage: Stage) -> None:
    job = stage.tune(jobs=2, at_once=1)
    assert "BestTrainingJob" not in job.describe()
    complete(stage.training(), 0.5)
    second = stage.training()
    assert job.describe()["BestTrainingJob"]["TunedHyperParameters"] == {"x": "1"}
    assert job.describe()["ObjectiveStatusCounters"] == {"Succeeded": 1, "Pending": 1, "Failed": 0}
    complete(second)
    stage.await_end()


def test_stopping_waits_for_the_trainings_to_end(stage: Stage) -> None:
    job = stage.tune(jobs=9, at_once=2)
    running = [stage.training(), stage.training()]
    stops: queue.Queue[int] = queue.Queue()
    for index, training in enumerate(running):
        training.running(lambda index=index: stops.put(index))  # type: ignore[misc]
    assert job.stop()
    assert sorted(stops.get(timeout=DEADLINE_S) for _ in running) == [0, 1]
    assert status(job) == "Stopping"
    assert not job.stop()
    for training in running:
        assert stage.finished.empty()
        training.finish("Stopped")
    stage.await_end()
    assert status(job) == "Stopped"
    assert "FailureReason" not in job.describe()


def test_giving_up_stops_what_still_runs(stage: Stage) -> None:
    job = stage.tune(jobs=20, at_once=2)
    stubborn = stage.training()
    for _ in range(5):
        stage.training().finish("Failed", reason="AlgorithmError: no")
    stops: queue.Queue[None] = queue.Queue()
    stubborn.running(lambda: stops.put(None))
    stops.get(timeout=DEADLINE_S)
    stubborn.finish("Stopped")
    stage.await_end()
    described = job.describe()
    assert described["HyperParameterTuningJobStatus"] == "Failed"
    assert described["FailureReason"].startswith("No training job succeeded after 5 attempts.")
    assert described["TrainingJobStatusCounters"]["NonRetryableError"] == 5
    assert described["TrainingJobStatusCounters"]["Stopped"] == 1


def test_one_success_among_the_first_is_enough_to_go_on(stage: Stage) -> None:
    job = stage.tune(jobs=8, at_once=1)
    for number in range(8):
        training = stage.training()
        if number == 4:
            complete(training)
        else:
            training.finish("Failed", reason="InternalServerError: no")
    stage.await_end()
    assert status(job) == "Completed"
    assert job.describe()["TrainingJobStatusCounters"]["RetryableError"] == 7


def test_a_training_that_cannot_be_created_ends_the_tuning_job(stage: Stage) -> None:
    job = stage.tune(jobs=3, at_once=1)
    first = stage.training()

    def refuse() -> None:
        raise ValidationException("No S3 objects found")

    stage.refuse = refuse
    complete(first)
    stage.await_end()
    described = job.describe()
    assert (described["HyperParameterTuningJobStatus"], described["BestTrainingJob"]["TunedHyperParameters"]) == (
        "Failed",
        {"x": "1"},
    )
    assert described["FailureReason"] == "A training job could not be created: No S3 objects found"


def test_a_fault_of_our_own_is_told_and_leaves_nothing_in_progress(stage: Stage) -> None:
    def fail() -> None:
        raise RuntimeError("boom")

    stage.refuse = fail
    job = stage.tune(jobs=3, at_once=1)
    stage.await_end()
    assert job.describe()["FailureReason"] == "InternalServerError: RuntimeError: boom"


def test_names_follow_from_the_seed_and_differ_without_one(stage: Stage) -> None:
    def names(**seed: int) -> list[str]:
        job = _ToldJob(
            {
                "HyperParameterTuningJobName": "tune",
                "HyperParameterTuningJobConfig": {
                    "HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": ACCURACY},
                    **seed,
                },
                "TrainingJobDefinition": {},
            },
            arn="arn:tune",
            metric_definitions={},
        )
        return [job.training_request(number, {})["TrainingJobName"] for number in (1, 2)]

    assert names(RandomSeed=0) == names(RandomSeed=0)
    assert names(RandomSeed=0) != names(RandomSeed=1)
    assert names() != names()
    assert len({name[-8:] for name in names(RandomSeed=0)}) == 2
