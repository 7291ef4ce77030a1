"""Who prepares the ratings, what it is told, and how training instances share its shards, by evaluating the states."""

from __future__ import annotations

import json
from typing import Any

import pytest

from infra.settings import STAGES, stage_of
from lambdas.logic.job import complete
from lambdas.logic.preparation import preparation
from prep.job import PrepareJob
from tests.infra.machine import definition, flat
from tests.infra.rendering import Json, resources
from tests.infra.synthesis import Assembly
from tests.infra.walk import value

CHOOSE, FUNCTION, SPARK, COLLECT = (
    "Choose Engine",
    "Prepare Ratings",
    "Prepare Ratings with Spark",
    "Collect Preparation",
)


def _job(**given: Any) -> dict[str, Any]:
    """The job as the first function hands it on."""
    job = complete(given)
    return {**job, "preparation": preparation(job), "run": "runs/one/"}


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize(
    ("engine", "more_bytes", "chosen"),
    [
        ("auto", -1, FUNCTION),
        ("auto", 0, SPARK),
        ("auto", 1, SPARK),
        ("lambda", 1 << 50, FUNCTION),
        ("glue", -(1 << 30), SPARK),
    ],
)
def test_size_decides_unless_the_input_does(
    assemblies: dict[str, Assembly], stage: str, engine: str, more_bytes: int, chosen: str
) -> None:
    machine = flat(definition(assemblies[stage].template("Pipeline")))
    (rule,) = machine["States"][CHOOSE]["Choices"]
    assert (rule["Next"], machine["States"][CHOOSE]["Default"]) == (SPARK, FUNCTION)
    fetched = {"bytes": stage_of(stage).glue_from_bytes + more_bytes}
    is_spark = value(rule["Condition"], job=_job(prepare={"engine": engine}), fetched=fetched)
    assert is_spark is (chosen == SPARK)


def test_both_ways_meet_with_the_same_variable(machine: Json) -> None:
    states = machine["States"]
    assert states[SPARK]["Next"] == COLLECT
    assert states[FUNCTION]["Next"] == states[COLLECT]["Next"] == "Choose Tuning"
    assert states[FUNCTION]["Assign"] == states[COLLECT]["Assign"] == {"like_prepared": "{% $states.result.Payload %}"}
    assert "Assign" not in states[SPARK]


@pytest.mark.parametrize("blocks", [[], ["genres"], ["genres", "year"]])
@pytest.mark.parametrize("shards", [None, 3])
def test_both_engines_are_told_the_same(machine: Json, blocks: list[str], shards: int | None) -> None:
    """JSONata takes lists of one for their element and null for nothing where one is not careful."""
    job = _job(
        dataset={"columns": {"user": 'é "quoted" \\ name', "item": 1}, "max_rejected": 0.015},
        features={"blocks": blocks},
        split={"seed": 4294967295},
        prepare={} if shards is None else {"shards": shards},
    )
    payload = machine["States"][FUNCTION]["Arguments"]["Payload"]
    arguments = machine["States"][SPARK]["Arguments"]["Arguments"]
    told = json.loads(value(arguments["--preparation"], job=job))
    assert told == value(payload["preparation"], job=job) == job["preparation"]
    assert PrepareJob.from_json(told) == PrepareJob.from_json(job["preparation"])
    for name in ("dataset", "run"):
        assert arguments[f"--{name}"] == payload[name]
    assert machine["States"][COLLECT]["Arguments"]["Payload"] == {name: payload[name] for name in ("run", "execution")}


def test_the_spark_state_starts_our_job_and_outlasts_it(pipeline: Json, machine: Json) -> None:
    (job,) = resources(pipeline, "AWS::Glue::Job").values()
    state = machine["States"][SPARK]
    assert state["Resource"].endswith(":states:::glue:startJobRun.sync")
    assert state["Arguments"]["JobName"] == job["Name"]
    assert state["TimeoutSeconds"] > job["Timeout"] * 60
    assert job["MaxRetries"] == 0, "the state machine says what is tried again"
    assert (job["GlueVersion"], job["WorkerType"], job["NumberOfWorkers"]) == ("5.1", "G.1X", 2)
    given = {name for name in job["DefaultArguments"] if name in ("--bucket", "--dataset", "--preparation", "--run")}
    assert given | state["Arguments"]["Arguments"].keys() == {"--bucket", "--dataset", "--preparation", "--run"}


@pytest.mark.parametrize(("instances", "distribution"), [(1, "FullyReplicated"), (2, "ShardedByS3Key")])
def test_several_instances_share_the_training_rows_only(machine: Json, instances: int, distribution: str) -> None:
    job = _job(training={"instance_count": instances})
    channels = {
        channel["ChannelName"]: channel["DataSource"]["S3DataSource"]["S3DataDistributionType"]
        for channel in machine["States"]["Train Model"]["Arguments"]["InputDataConfig"]
    }
    assert value(channels.pop("train"), job=job) == distribution
    assert channels == {"test": "FullyReplicated"}
    assert PrepareJob.from_json(job["preparation"]).shards_of(10) >= instances


def test_a_failed_job_says_its_own_line(machine: Json) -> None:
    """Glue's job run, which a failed `.sync` task has for its cause."""
    (catcher,) = machine["States"][SPARK]["Catch"]
    run = {"Id": "jr_1", "JobRunState": "FAILED", "ErrorMessage": "TooManyRejected: u.data: 7 of 10 rows"}
    states = {"errorOutput": {"Error": "States.TaskFailed", "Cause": json.dumps(run)}}
    assert value(catcher["Assign"]["like_failure"]["cause"], states=states) == run["ErrorMessage"]
