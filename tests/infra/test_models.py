"""Two models side by side: what their branches hand on, and where an error in one leads, by walking through them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.infra.answers import FETCHED, PREPARED, of_branches, trained
from tests.infra.jobs import job_of
from tests.infra.machine import CLEAN_UP, scopes
from tests.infra.rendering import Json
from tests.infra.service_model import problems
from tests.infra.walk import SENT, Failed, Walk, evaluated

BOTH, EVALUATION = "Prepare and Train", "Begin Evaluation"
TASKS = {
    "Fail Model": (
        "Prepare Ratings",
        "Prepare Ratings with Spark",
        "Collect Preparation",
        "Tune Model",
        "Train Model",
    ),
    "Fail Ranking Model": (
        "Prepare Ranking Ratings",
        "Prepare Ranking Ratings with Spark",
        "Collect Ranking Preparation",
        "Train Ranking Model",
    ),
}
"""The tasks of each branch, by where their errors lead."""
CAPACITY = {"Train Model": "Check Capacity", "Train Ranking Model": "Check Ranking Capacity"}
"""Tasks whose errors are looked at first, and where."""
LONG = "x" * 20_000
CAUSES: dict[str, tuple[str | None, str]] = {
    "a function's error": ('{"errorMessage": "u.data:7: rating \'9\'", "errorType": "E"}', "u.data:7: rating '9'"),
    "a job's description": (
        '{"TrainingJobName": "a", "FailureReason": "ClientError: no rows"}',
        "ClientError: no rows",
    ),
    "a Glue job's run": ('{"Id": "jr_1", "ErrorMessage": "TooManyRejected: 7 of 10"}', "TooManyRejected: 7 of 10"),
    "text": ("Rate exceeded (Service: AmazonSageMaker; Status Code: 400)",) * 2,
    "text with quotes, slashes, braces and lines": ('{no "JSON" \\ é\nat all',) * 2,
    "nothing": (None, "States.TaskFailed"),
    "an empty text": ("", "States.TaskFailed"),
    "a long text": (LONG, LONG[:8000]),
}


def _job(pipeline: Json, state: str = "", **given: Any) -> Any:
    """A job whose branches come by the state of that name."""
    engine = "glue" if "Spark" in state or "Collect" in state else "lambda"
    tune = {"tune": {"jobs": 4}, "split": {"validation": 0.1}} if state == "Tune Model" else {}
    return job_of(pipeline, prepare={"engine": engine}, **tune, **given)


def _walked(nested: Json, job: Any, **over: Any) -> tuple[Walk, str]:
    walk = Walk(nested, of_branches(**over))
    return walk, walk.go(BOTH, until=(EVALUATION, CLEAN_UP), job=job, fetched=FETCHED, created={}, endpoint={})


def test_both_branches_results_become_variables(nested: Json, pipeline: Json) -> None:
    walk, end = _walked(nested, _job(pipeline))
    assert end == EVALUATION
    assert walk.variables.keys() == {"job", "fetched", "created", "endpoint", "prepared", "training", "ranking"}
    assert walk.variables["prepared"] == PREPARED["like"]
    assert walk.variables["training"] == trained("like")
    assert walk.variables["ranking"] == {"prepared": PREPARED["ranking"], "training": trained("ranking")}


def test_the_ranking_branch_is_passed_over_where_the_job_wants_no_such_model(nested: Json, pipeline: Json) -> None:
    walk, end = _walked(nested, _job(pipeline, models=["like"]))
    assert end == EVALUATION
    assert walk.variables["ranking"] is None
    assert walk.variables["training"] == trained("like")
    assert [name for name in walk.visited if "Ranking" in name] == ["Skip Ranking Model"]
    assert walk.asked.keys() == {"Prepare Ratings", "Train Model"}


@pytest.mark.parametrize("spark", [False, True])
def test_each_branch_prepares_and_trains_its_own(nested: Json, pipeline: Json, spark: bool) -> None:
    job = _job(pipeline, "Prepare Ratings with Spark" if spark else "")
    walk, _ = _walked(nested, job)
    for word, part, prepared in (("", job, PREPARED["like"]), ("Ranking ", job["ranking"], PREPARED["ranking"])):
        if spark:
            (asked,) = walk.asked[f"Prepare {word}Ratings with Spark"]
            assert json.loads(asked["Arguments"]["--preparation"]) == part["preparation"]
            assert asked["Arguments"]["--run"] == part["run"]
            assert walk.asked[f"Collect {word}Preparation"][0]["Payload"] == {"run": part["run"], **SENT}
        else:
            (asked,) = walk.asked[f"Prepare {word}Ratings"]
            wanted = {"dataset": "ml-100k", "preparation": part["preparation"], "run": part["run"]}
            assert asked["Payload"] == {**wanted, **SENT}
        (request,) = walk.asked[f"Train {word}Model"]
        assert problems("CreateTrainingJob", request) == []
        assert request["TrainingJobName"] == f"{part['name']}-0-0"
        assert request["HyperParameters"] == {**part["hyperparameters"], "feature_dim": str(prepared["feature_dim"])}
        where = [channel["DataSource"]["S3DataSource"]["S3Uri"] for channel in request["InputDataConfig"]]
        assert [uri.partition(part["run"])[2] for uri in where] == ["prepared/train/", "prepared/test/"]
        assert request["OutputDataConfig"]["S3OutputPath"].endswith(f"/{part['run']}model")


def test_the_branches_share_no_name(nested: Json, pipeline: Json) -> None:
    """Neither of a job, which would be refused, nor of an object, which would be lost."""
    job = _job(pipeline)
    walk, _ = _walked(nested, job)
    names = [walk.asked[state][0]["TrainingJobName"] for state in ("Train Model", "Train Ranking Model")]
    assert len(set(names)) == 2
    assert job["ranking"]["run"] == f"{job['run']}ranking/"


def test_a_job_that_says_neither_metrics_nor_seconds_is_remembered_too(nested: Json, pipeline: Json) -> None:
    said = {
        "TrainingJobName": "like",
        "ModelArtifacts": {"S3ModelArtifacts": "s3://bucket/model"},
        "HyperParameters": {},
    }
    walk, _ = _walked(nested, _job(pipeline), **{"Train Model": [said]})
    assert (walk.variables["training"]["metrics"], walk.variables["training"]["seconds"]) == ([], None)


def test_these_are_the_tasks_of_the_branches(nested: Json) -> None:
    every = scopes(nested)
    branches = [scope for scope in every if scope.kind == "Parallel"]
    assert {scope.owner for scope in branches} == {BOTH}
    for branch, (fail, tasks) in zip(branches, TASKS.items(), strict=True):
        kinds = {name: state["Type"] for name, state in branch.states.items()}
        assert [name for name, kind in kinds.items() if kind in ("Fail", "Succeed")] == [fail]
        iterated = {name for scope in every if scope.around is branch for name in scope.states}
        assert {name for name, kind in kinds.items() if kind == "Task"} | iterated == set(tasks)


def test_each_error_in_a_branch_ends_the_branch(nested: Json) -> None:
    for branch, fail in zip([scope for scope in scopes(nested) if scope.kind == "Parallel"], TASKS, strict=True):
        working = {name: state for name, state in branch.states.items() if state["Type"] in ("Task", "Map")}
        leads = {name: [(way["ErrorEquals"], way["Next"]) for way in state["Catch"]] for name, state in working.items()}
        for train in CAPACITY.keys() & working.keys():
            assert leads.pop(train) == [(["States.ALL"], CAPACITY[train])]
            assert branch.states[CAPACITY[train]]["Default"] == fail
        assert leads == {name: [(["States.ALL"], fail)] for name in leads}


@pytest.mark.parametrize(("cause", "said"), CAUSES.values(), ids=CAUSES.keys())
@pytest.mark.parametrize("state", [task for tasks in TASKS.values() for task in tasks])
def test_a_failure_says_in_which_state_of_which_branch(
    nested: Json, pipeline: Json, state: str, cause: str | None, said: str
) -> None:
    walk, end = _walked(nested, _job(pipeline, state), **{state: [Failed("States.TaskFailed", cause)]})
    assert end == CLEAN_UP
    assert walk.variables["failure"] == {"state": state, "error": "States.TaskFailed", "cause": said}
    fails = {name for name in walk.visited if name.startswith("Fail")}
    assert fails == {fail for fail, tasks in TASKS.items() if state in tasks}
    assert not walk.variables.keys() & {"prepared", "training", "ranking"}


@pytest.mark.parametrize("state", [task for tasks in TASKS.values() for task in tasks])
def test_a_branch_ends_with_json_of_at_most_what_a_cause_may_have(nested: Json, pipeline: Json, state: str) -> None:
    """32,768 characters (Step Functions, "Fail workflow state"), also where every character is escaped."""
    over = {state: [Failed("States.TaskFailed", '"\\\n' * 10_000)]}
    walk = Walk(_without_catch(nested), of_branches(**over))
    with pytest.raises(Failed) as ended:
        walk.go(BOTH, until=(), job=_job(pipeline, state), fetched=FETCHED)
    assert ended.value.error == "States.TaskFailed"
    assert ended.value.cause is not None
    assert len(ended.value.cause) < 32_768
    assert json.loads(ended.value.cause) == {"state": state, "errorMessage": ('"\\\n' * 10_000)[:8000]}


def _without_catch(nested: Json) -> Json:
    parallel = {key: value for key, value in nested["States"][BOTH].items() if key != "Catch"}
    return {**nested, "States": {**nested["States"], BOTH: parallel}}


@pytest.mark.parametrize(
    ("cause", "said"),
    [
        ("An error occurred while executing the state 'Choose Engine'.",) * 2,
        ("{ text that is no JSON",) * 2,
        ('{"state": 1, "errorMessage": 2}',) * 2,
        (None, "States.Runtime"),
    ],
)
def test_what_ends_both_branches_without_a_fail_is_told_of_the_whole(
    nested: Json, cause: str | None, said: str
) -> None:
    (catcher,) = nested["States"][BOTH]["Catch"]
    assert (catcher["ErrorEquals"], catcher["Next"]) == (["States.ALL"], CLEAN_UP)
    known = {"errorOutput": Failed("States.Runtime", cause).as_output(), "context": {"State": {"Name": BOTH}}}
    caught = evaluated(catcher["Assign"], known, {})
    assert caught == {"failure": {"state": BOTH, "error": "States.Runtime", "cause": said}}


def test_the_execution_ends_with_the_state_and_the_cause(nested: Json, pipeline: Json) -> None:
    over = {"Train Ranking Model": [Failed("States.TaskFailed", '{"FailureReason": "ClientError: no rows"}')]}
    walk = Walk(nested, of_branches(**over))
    with pytest.raises(Failed) as ended:
        walk.go(BOTH, until=(), job=_job(pipeline), fetched=FETCHED, **_assigned_first(nested))
    assert (ended.value.error, ended.value.cause) == ("States.TaskFailed", "Train Ranking Model: ClientError: no rows")
    assert walk.visited[-1] == "Fail Execution"


def _assigned_first(nested: Json) -> Any:
    """What the first state assigns."""
    return evaluated(nested["States"][nested["StartAt"]]["Assign"], {}, {})
