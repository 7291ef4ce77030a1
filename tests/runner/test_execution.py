"""Executions and training jobs' logs as the runner follows them, on the real local AWS."""

from __future__ import annotations

import json
import secrets
import time
from typing import Any

from runner.cloud import Cloud
from runner.epochs import LOG_GROUP, Epoch, EpochLog
from runner.execution import Execution
from runner.jobs import Job, TrainingJob, TuningJob
from runner.tuning import Trainings
from runner.visits import Visit

ROLE_TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"},
    ],
}


def unique(prefix: str) -> str:
    return f"{prefix}-{secrets.token_hex(4)}"


def test_epochs_are_read_as_the_log_grows(cloud: Cloud) -> None:
    logs, job = cloud.client("logs"), unique("job")
    epochs = EpochLog(logs, job)
    assert list(epochs.fresh()) == []
    log = _Log(logs, stream=f"{job}/algo-1-1", neighbour=f"{job}0/algo-1-1")
    log.put("#quality_metric: host=algo-1, epoch=0, batch=0 train binary_classification_cross_entropy <loss>=0.9")
    log.put("[01/01/2026 INFO 1] #quality_metric: host=algo-1, epoch=0, train binary_f_1.000 <score>=0.5")
    log.put(
        "[01/01/2026 INFO] #quality_metric: host=algo-1, epoch=0, train binary_classification_cross_entropy <loss>=0.69"
    )
    assert list(epochs.fresh()) == [Epoch(1, "cross-entropy", 0.69)]
    assert list(epochs.fresh()) == []
    log.put("#quality_metric: host=algo-1, epoch=1, train binary_classification_cross_entropy <loss>=0.5")
    log.put("#quality_metric: host=algo-1, test binary_classification_cross_entropy <loss>=0.6")
    assert list(epochs.fresh()) == [Epoch(2, "cross-entropy", 0.5)]


class _Log:
    """One job's stream, and another job's whose name begins the same."""

    def __init__(self, logs: Any, *, stream: str, neighbour: str) -> None:
        self._logs, self._stream, self._time = logs, stream, int(time.time() * 1000)
        if not logs.describe_log_groups(logGroupNamePrefix=LOG_GROUP)["logGroups"]:
            logs.create_log_group(logGroupName=LOG_GROUP)
        for name in (stream, neighbour):
            logs.create_log_stream(logGroupName=LOG_GROUP, logStreamName=name)

    def put(self, message: str) -> None:
        self._time += 1
        events = [{"timestamp": self._time, "message": message}]
        self._logs.put_log_events(logGroupName=LOG_GROUP, logStreamName=self._stream, logEvents=events)


class Recorder:
    """A watcher that remembers."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str, str]] = []

    def entered(self, visit: Visit) -> None:
        self.told.append(("entered", visit.name, ""))

    def exited(self, visit: Visit) -> None:
        self.told.append(("exited", visit.name, visit.status))

    def asked(self, job: Job) -> None:
        self.told.append(("asked", job.state, job.name))

    def epoch(self, epoch: Epoch, job: TrainingJob) -> None:
        self.told.append(("epoch", job.state, f"{job.name} {epoch.number}"))

    def tuned(self, trainings: Trainings, job: TuningJob) -> None:
        raise AssertionError(f"{job} was never made, but is at {trainings}")


def machine(cloud: Cloud, *, last: dict[str, Any]) -> str:
    waiting = {
        "Take Input": {"Type": "Pass", "Assign": {"job": {"run": "r/"}}, "Next": "Wait a Second"},
        "Wait a Second": {"Type": "Wait", "Seconds": 1, "Next": "Last"},
        "Last": last,
    }
    return machine_of(cloud, waiting)


def machine_of(cloud: Cloud, states: dict[str, Any]) -> str:
    """Its role may do nothing, but put the rules without which no machine with `.sync` tasks is made."""
    iam, name = cloud.client("iam"), unique("role")
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(ROLE_TRUST))
    rules = {
        "Effect": "Allow",
        "Action": ["events:PutRule", "events:PutTargets", "events:DescribeRule"],
        "Resource": "*",
    }
    iam.put_role_policy(
        RoleName=name, PolicyName="rules", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [rules]})
    )
    definition = {"QueryLanguage": "JSONata", "StartAt": next(iter(states)), "States": states}
    created = cloud.client("stepfunctions").create_state_machine(
        name=unique("machine"), definition=json.dumps(definition), roleArn=role["Role"]["Arn"]
    )
    return str(created["stateMachineArn"])


def test_execution_is_followed_to_its_end(cloud: Cloud) -> None:
    last = {"Type": "Succeed", "Output": {"name": "{% $states.input.dataset.name %}"}}
    given = {"dataset": {"name": "tiny"}}
    recorder = Recorder()
    execution = Execution(cloud, machine(cloud, last=last), name="20260101-000000-abcd", given=given)
    ended = execution.follow(recorder)
    assert (ended.status, ended.output, ended.error) == ("SUCCEEDED", {"name": "tiny"}, "")
    names = ["Take Input", "Wait a Second", "Last"]
    assert [name for what, name, _ in recorder.told if what == "entered"] == names
    assert [row for row in recorder.told if row[0] == "exited"] == [("exited", name, "SUCCEEDED") for name in names]
    assert (ended.seen[1].seconds or 0) >= 1


def test_failed_execution_says_why(cloud: Cloud) -> None:
    last = {"Type": "Fail", "Error": "OutOfRange", "Cause": "Take Input: rating 9"}
    ended = Execution(cloud, machine(cloud, last=last), name="run", given={}).follow(Recorder())
    assert (ended.status, ended.output, ended.variables) == ("FAILED", None, {"job": {"run": "r/"}})
    assert (ended.error, ended.cause) == ("OutOfRange", "Take Input: rating 9")
    assert (ended.seen[-1].name, ended.seen[-1].status) == ("Last", "FAILED")


def asking(name: str, resource: str, **arguments: Any) -> dict[str, Any]:
    """A branch whose one task asks for a job, is denied, and takes that well."""
    catch = [{"ErrorEquals": ["States.ALL"], "Next": f"After {name}"}]
    task = {
        "Type": "Task",
        "Resource": f"arn:aws:states:::sagemaker:{resource}",
        "Arguments": arguments,
        "Catch": catch,
    }
    return {
        "StartAt": name,
        "States": {name: {**task, "End": True}, f"After {name}": {"Type": "Pass", "End": True}},
    }


def training(name: str, job: str, epochs: int) -> dict[str, Any]:
    return asking(
        name,
        "createTrainingJob.sync",
        TrainingJobName=job,
        HyperParameters={"epochs": str(epochs)},
        AlgorithmSpecification={"TrainingImage": "none", "TrainingInputMode": "File"},
        RoleArn="arn:aws:iam::123456789012:role/nobodys",
        OutputDataConfig={"S3OutputPath": "s3://nowhere/"},
        ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
        StoppingCondition={"MaxRuntimeInSeconds": 60},
    )


def tuning(name: str, job: str) -> dict[str, Any]:
    limits = {"MaxNumberOfTrainingJobs": 8, "MaxParallelTrainingJobs": 2}
    return asking(
        name,
        "createHyperParameterTuningJob.sync",
        HyperParameterTuningJobName=job,
        HyperParameterTuningJobConfig={"Strategy": "Random", "ResourceLimits": limits},
    )


def test_every_job_asked_for_is_followed(cloud: Cloud) -> None:
    """No job is made: what the logs hold was put there before."""
    losses = {"Train Model": ["binary_classification_cross_entropy"] * 3, "Train Ranking Model": ["rmse"] * 2}
    jobs = {state: unique("job") for state in losses}
    for state, job in jobs.items():
        log = _Log(cloud.client("logs"), stream=f"{job}/algo-1-1", neighbour=f"{job}0/algo-1-1")
        for epoch, loss in enumerate(losses[state]):
            log.put(f"#quality_metric: host=algo-1, epoch={epoch}, train {loss} <loss>=0.5")
    branches = [training(state, job, epochs=7) for state, job in jobs.items()] + [tuning("Tune Model", unique("tune"))]
    both = {"Type": "Parallel", "Branches": branches, "End": True}
    recorder = Recorder()
    ended = Execution(cloud, machine_of(cloud, {"Both": both}), name="run", given={}).follow(recorder)
    assert ended.status == "SUCCEEDED"
    for state, job in jobs.items():
        epochs = [("epoch", state, f"{job} {number + 1}") for number in range(len(losses[state]))]
        told = [row for row in recorder.told if row[1] == state]
        assert told == [("entered", state, ""), ("asked", state, job), *epochs, ("exited", state, "CAUGHT")]
    assert [what for what, state, _ in recorder.told if state == "Tune Model"] == ["entered", "asked", "exited"]
    assert {visit.within for visit in ended.seen if visit.name != "Both"} == {"Both"}
