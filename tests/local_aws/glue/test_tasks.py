"""`glue:startJobRun[.sync]` against the local Glue, under a role with just the permissions it needs."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.local_aws.glue.laboratory import Lab
from tests.local_aws.stepfunctions.workflows import Workflows, allow, machine, single, task

PERMISSIONS = ("StartJobRun", "GetJobRun", "GetJobRuns", "BatchStopJobRun")
SLEEP = "import time\ntime.sleep(600)"


@pytest.fixture
def workflows(lab: Lab) -> Workflows:
    return Workflows(lab.aws)


@pytest.fixture
def role_without(workflows: Workflows) -> Callable[..., str]:
    """A machine's role with the statements that the CDK writes for one job, less one action."""

    def role(job: str, missing: str | None = None) -> str:
        actions = [f"glue:{action}" for action in PERMISSIONS if action != missing]
        return workflows.role([allow(*actions, resource=f"arn:aws:glue:eu-west-1:123456789012:job/{job}")])

    return role


def run_job(job: str, **fields: Any) -> dict[str, Any]:
    """As the CDK writes it, a null included."""
    arguments = {"JobName": job, "Arguments": {"--n": "{% $string($states.input.n) %}"}, "NotificationProperty": None}
    return task("glue:startJobRun.sync", arguments, **fields)


def test_the_result_is_the_run(lab: Lab, workflows: Workflows, role_without: Callable[..., str]) -> None:
    job = lab.job("import sys\nprint(sys.argv[-1])")
    made = workflows.create(single(run_job(job)), role_arn=role_without(job))
    outcome = workflows.ended(workflows.start(made, {"n": 7}))
    described = lab.described(job, outcome.output["Id"])
    assert list(outcome.output) == sorted(described)
    assert outcome.output["JobRunState"] == "SUCCEEDED"
    assert outcome.output["StartedOn"] == round(described["StartedOn"].timestamp() * 1000)
    assert outcome.output["Arguments"] == {"--n": "7"}
    assert lab.log(outcome.output["Id"]) == ["7"]
    assert outcome.types[2:6] == ["TaskScheduled", "TaskStarted", "TaskSubmitted", "TaskSucceeded"]
    (scheduled,) = outcome.details("TaskScheduled")
    assert (scheduled["resourceType"], scheduled["resource"]) == ("glue", "startJobRun.sync")
    (submitted,) = outcome.details("TaskSubmitted")
    assert json.loads(submitted["output"])["JobRunId"] == outcome.output["Id"]


def test_without_sync_it_only_starts(lab: Lab, workflows: Workflows, role_without: Callable[..., str]) -> None:
    job = lab.job("")
    only = single(task("glue:startJobRun", {"JobName": job}))
    outcome = workflows.ended(workflows.start(workflows.create(only, role_arn=role_without(job, "GetJobRun"))))
    assert lab.ended(job, outcome.output["JobRunId"])["JobRunState"] == "SUCCEEDED"


def test_a_run_that_fails_fails_the_task_with_its_description(
    lab: Lab, workflows: Workflows, role_without: Callable[..., str]
) -> None:
    job = lab.job("raise KeyError('user')")
    catch = [{"ErrorEquals": ["States.TaskFailed"], "Output": "{% $parse($states.errorOutput.Cause) %}", "Next": "B"}]
    states = {"A": run_job(job, Catch=catch, Next="B"), "B": {"Type": "Succeed"}}
    made = workflows.create(machine(states), role_arn=role_without(job))
    outcome = workflows.ended(workflows.start(made, {"n": 1}))
    assert (outcome.output["JobRunState"], outcome.output["ErrorMessage"]) == ("FAILED", "KeyError: 'user'")


def test_errors_bear_the_names_of_the_service(lab: Lab, workflows: Workflows, role_without: Callable[..., str]) -> None:
    job = lab.job(SLEEP)
    busy = lab.run(job)
    made = workflows.create(single(run_job(job)), role_arn=role_without(job))
    outcome = workflows.ended(workflows.start(made, {"n": 1}))
    assert outcome.error == "Glue.ConcurrentRunsExceededException"
    assert outcome.cause.startswith(
        f"Concurrent runs exceeded for {job} (Service: AWSGlue; Status Code: 400; Error Code"
    )
    lab.glue.batch_stop_job_run(JobName=job, JobRunIds=[busy])
    lab.glue.delete_job(JobName=job)
    assert workflows.ended(workflows.start(made, {"n": 1})).error == "Glue.EntityNotFoundException"


@pytest.mark.parametrize("missing", ["StartJobRun", "GetJobRun", "GetJobRuns"])
def test_each_permission_is_needed(
    lab: Lab, workflows: Workflows, role_without: Callable[..., str], missing: str
) -> None:
    job = lab.job("")
    made = workflows.create(single(run_job(job)), role_arn=role_without(job, missing))
    outcome = workflows.ended(workflows.start(made, {"n": 1}))
    assert outcome.error == "Glue.AccessDeniedException"
    assert f"is not authorized to perform: glue:{missing} on resource: " in outcome.cause


@pytest.mark.parametrize("end", ["stop", "timeout"])
def test_an_abandoned_run_is_stopped(
    lab: Lab, workflows: Workflows, role_without: Callable[..., str], end: str
) -> None:
    job = lab.job(SLEEP)
    limit = {"TimeoutSeconds": 1} if end == "timeout" else {}
    execution = workflows.start(workflows.create(single(run_job(job, **limit)), role_arn=role_without(job)), {"n": 1})
    workflows.until(lambda: bool(lab.glue.get_job_runs(JobName=job)["JobRuns"]))
    (run,) = lab.glue.get_job_runs(JobName=job)["JobRuns"]
    if end == "stop":
        workflows.states.stop_execution(executionArn=execution)
    assert lab.ended(job, run["Id"])["JobRunState"] == "STOPPED"
    outcome = workflows.ended(execution)
    assert (outcome.status, outcome.error) == (("ABORTED", None) if end == "stop" else ("FAILED", "States.Timeout"))


@pytest.mark.parametrize(
    ("resource", "arguments", "problem"),
    [
        ("glue:startCrawler", {"Name": "c"}, "glue:startCrawler with pattern None does not exist"),
        ("glue:startJobRun.waitForTaskToken", {"JobName": "j"}, "pattern waitForTaskToken does not exist"),
        ("glue:startJobRun.sync:2", {"JobName": "j"}, "pattern sync:2 does not exist"),
        ("glue:startJobRun.sync", {}, "The field 'JobName' is required"),
        ("glue:startJobRun.sync", {"JobName": "j", "Job": 1}, 'The field "Job" is not supported'),
    ],
)
def test_what_is_no_task(workflows: Workflows, resource: str, arguments: dict[str, Any], problem: str) -> None:
    with pytest.raises(workflows.states.exceptions.InvalidDefinition, match=problem):
        workflows.create(single(task(resource, arguments)), role_arn=workflows.role())
