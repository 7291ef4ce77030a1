"""Tuning: what its jobs are asked for, what they may look at, and what is trained afterwards, by walking through it."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from infra.settings import STAGES
from lambdas.logic.tuning import RANGES
from prep import keys
from tests.infra.answers import FETCHED, of_branches, trained, tuned
from tests.infra.jobs import job_of
from tests.infra.machine import definition
from tests.infra.rendering import Json
from tests.infra.service_model import problems
from tests.infra.statements import listed, statements
from tests.infra.synthesis import Assembly
from tests.infra.walk import EXECUTION, Walk, evaluated

STATE, MAP, KEEP = "Tune Model", "Tune Each Number of Factors", "Take Hyperparameters as Given"
VALIDATION = {"validation": 0.1, "seed": 4_294_967_295}
ALL_RANGES = {
    **{f"{part}_{what}": [1e-8, 512] for part in ("bias", "linear", "factors") for what in ("lr", "wd", "init_sigma")},
    "epochs": [1, 1000],
}
INPUTS: dict[str, dict[str, Any]] = {
    "the defaults": {},
    "every range there may be": {"ranges": ALL_RANGES, "jobs": 500, "parallel": 10, "strategy": "Random"},
    "whole numbers alone": {"ranges": {"epochs": [3, 30], "mini_batch_size": [100, 10_000]}, "objective": "accuracy"},
    "several numbers of factors": {"num_factors": [2, 64, 1000], "objective": "f1"},
    "more at a time than there are": {"jobs": 1, "parallel": 10},
}


def _job(template: Json, *, tune: dict[str, Any], **given: Any) -> Any:
    return job_of(template, tune={"jobs": 4, **tune}, split=VALIDATION, **given)


def _walked(nested: Json, job: Any, **over: Any) -> Walk:
    asked = job["tune"]["num_factors"] if job["tune"] else []
    jobs = [tuned(f"tuned-{factors}", 0.5, factors_lr="0.01") for factors in asked]
    walk = Walk(nested, of_branches(**{STATE: jobs, **over}))
    assert walk.go("Prepare and Train", until=("Begin Evaluation",), job=job, fetched=FETCHED) == "Begin Evaluation"
    return walk


@pytest.mark.parametrize("task", ["binary_classifier", "regressor", "ordinal"])
@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("given", INPUTS.values(), ids=INPUTS.keys())
def test_sagemaker_takes_the_jobs(
    assemblies: dict[str, Assembly], stage: str, task: str, given: dict[str, Any]
) -> None:
    template = assemblies[stage].template("Pipeline")
    tune = {name: value for name, value in given.items() if task != "regressor" or name != "objective"}
    job = _job(template, tune=tune, label={"task": task})
    requests = _walked(definition(template), job).asked[STATE]
    assert len(requests) == len(given.get("num_factors", [64]))
    for request in requests:
        assert problems("CreateHyperParameterTuningJob", request) == []


def test_requests_are_really_held_against_the_model(nested: Json, pipeline: Json) -> None:
    (request,) = _walked(nested, _job(pipeline, tune={})).asked[STATE]
    definition_ = request["TrainingJobDefinition"]
    wrong = {
        "HyperParameterTuningJobName": "n" * 33,
        "HyperParameterTuningJobConfig": {**request["HyperParameterTuningJobConfig"], "Strategy": "Guess"},
        "TrainingJobDefinition": {**definition_, "StaticHyperParameters": {"epochs": 3}, "RoleArn": "role"},
    }
    for name, value in wrong.items():
        assert problems("CreateHyperParameterTuningJob", {**request, name: value}), name
    assert problems("CreateHyperParameterTuningJob", {**request, "Seed": 1})


@pytest.mark.parametrize("stage", STAGES)
def test_names_fit_and_are_used_once(assemblies: dict[str, Assembly], stage: str) -> None:
    """A tuning job's name has 32 characters, and is not free again: each number, retry and redrive takes another."""
    template = assemblies[stage].template("Pipeline")
    job = _job(template, tune={"num_factors": [2, 1000]})
    machine = definition(template)
    name = _tuning_state(machine)["Arguments"]["HyperParameterTuningJobName"]
    names = [
        evaluated(
            name,
            {
                "input": factors,
                "context": {"Execution": {**EXECUTION, "RedriveCount": redrives}, "State": {"RetryCount": retries}},
            },
            {"job": job},
        )
        for factors, redrives, retries in itertools.product([2, 1000], [0, 9, 99], [0, 5, 99])
    ]
    assert len(set(names)) == len(names)
    assert max(map(len, names)) <= 32
    allowed = [resource for _, statement in statements(template) for resource in listed(statement["Resource"])]
    (jobs,) = {resource for resource in allowed if "hyper-parameter-tuning-job/" in resource}
    prefix = jobs.rpartition("/")[2]
    assert prefix.endswith("-*")
    assert all(found.startswith(prefix.removesuffix("*")) for found in names), "else the role may not create them"


def _tuning_state(machine: Json) -> Json:
    (like, _) = machine["States"]["Prepare and Train"]["Branches"]
    state: Json = like["States"][MAP]["ItemProcessor"]["States"][STATE]
    return state


def test_test_ratings_decide_nothing(nested: Json, pipeline: Json) -> None:
    """The channel that the algorithm scores is called `test`: the validation ratings are in it."""
    job = _job(pipeline, tune={"num_factors": [8, 16]})
    for request in _walked(nested, job).asked[STATE]:
        where = {
            channel["ChannelName"]: channel["DataSource"]["S3DataSource"]["S3Uri"]
            for channel in request["TrainingJobDefinition"]["InputDataConfig"]
        }
        below = {name: uri.partition(job["run"])[2] for name, uri in where.items()}
        assert below == {"train": _folder(keys.TRAIN), "test": _folder(keys.VALIDATION)}
        assert _folder(keys.TEST) not in str(request)
        metric = request["HyperParameterTuningJobConfig"]["HyperParameterTuningJobObjective"]["MetricName"]
        assert metric.startswith("test:")
    assert job["preparation"]["split"]["validation"] > 0, "else the channel would be empty"


def _folder(key: str) -> str:
    return f"{key.rpartition('/')[0]}/"


@pytest.mark.parametrize(("instances", "distribution"), [(1, "FullyReplicated"), (3, "ShardedByS3Key")])
def test_trainings_are_tuned_as_the_winner_is_trained(
    nested: Json, pipeline: Json, instances: int, distribution: str
) -> None:
    """On the same machines, with the same share of the rows for each: else the best there is not the best here."""
    job = _job(pipeline, tune={}, training={"instance_count": instances, "instance_type": "ml.c5.2xlarge"})
    walk = _walked(nested, job)
    tuning, (training,) = walk.asked[STATE][0]["TrainingJobDefinition"], walk.asked["Train Model"]
    for same in ("AlgorithmSpecification", "RoleArn", "ResourceConfig", "StoppingCondition"):
        assert tuning[same] == training[same]
    assert tuning["InputDataConfig"][0] == training["InputDataConfig"][0]
    assert tuning["InputDataConfig"][0]["DataSource"]["S3DataSource"]["S3DataDistributionType"] == distribution
    scored = tuning["InputDataConfig"][1]["DataSource"]["S3DataSource"]
    assert scored["S3DataDistributionType"] == "FullyReplicated"


def test_what_is_looked_for_is_given_nowhere_else(nested: Json, pipeline: Json) -> None:
    given = {"factors_lr": 0.5, "eps": 1e-7, "num_factors": 32}
    (request,) = _walked(nested, _job(pipeline, tune={}, hyperparameters=given)).asked[STATE]
    ranges = request["HyperParameterTuningJobConfig"]["ParameterRanges"]
    searched = {entry["Name"] for kind in ranges.values() for entry in kind}
    static = request["TrainingJobDefinition"]["StaticHyperParameters"]
    assert searched == RANGES.keys()
    assert not searched & static.keys(), "SageMaker refuses a hyperparameter that is both"
    assert (static["eps"], static["num_factors"], static["feature_dim"]) == ("1e-07", "32", "140")
    assert static["predictor_type"] == "binary_classifier"


VALUES = [
    pytest.param("cross_entropy", {16: 0.61}, 16, id="one job, least"),
    pytest.param("accuracy", {16: 0.61}, 16, id="one job, most"),
    pytest.param("cross_entropy", {16: 0.61, 64: 0.58, 8: 0.59}, 64, id="least of three"),
    pytest.param("accuracy", {16: 0.61, 64: 0.58, 8: 0.59}, 16, id="most of three"),
    pytest.param("cross_entropy", {16: 0.58, 64: 0.61}, 16, id="least first"),
    pytest.param("f1", {16: 0.58, 64: 0.61}, 64, id="most last"),
    pytest.param("cross_entropy", {16: 0.1, 64: 10, 8: 9.5}, 16, id="numbers, not text"),
    pytest.param("cross_entropy", {16: 0.5, 64: 0.5}, 16, id="the first of equals"),
]


@pytest.mark.parametrize(("objective", "values", "best"), VALUES)
def test_the_best_of_all_jobs_is_trained(
    nested: Json, pipeline: Json, objective: str, values: dict[int, float], best: int
) -> None:
    given = {"epochs": 20, "eps": 1e-7}
    job = _job(pipeline, tune={"objective": objective, "num_factors": list(values)}, hyperparameters=given)
    jobs = [
        tuned(f"job-{factors}", value, factors_lr=f"0.0{factors}", epochs=f"{factors}")
        for factors, value in values.items()
    ]
    walk = _walked(nested, job, **{STATE: jobs})
    (request,) = walk.asked["Train Model"]
    looked_for = {"num_factors": f"{best}", "factors_lr": f"0.0{best}", "epochs": f"{best}", "feature_dim": "140"}
    assert request["HyperParameters"] == {**job["hyperparameters"], **looked_for}
    found = [
        {
            "num_factors": factors,
            "job": f"job-{factors}",
            "trainings": {"Completed": 4, "InProgress": 0},
            "best": {
                "job": f"job-{factors}-001",
                "value": value,
                "hyperparameters": {"factors_lr": f"0.0{factors}", "epochs": f"{factors}"},
            },
        }
        for factors, value in values.items()
    ]
    tuning = {
        "objective": job["tune"]["objective"],
        "strategy": "Bayesian",
        "jobs": found,
        "best": next(entry for entry in found if entry["num_factors"] == best),
    }
    assert walk.variables["training"] == trained("like", tuning=tuning)


def test_without_tuning_the_hyperparameters_are_the_jobs(nested: Json, pipeline: Json) -> None:
    walk = _walked(nested, job_of(pipeline, hyperparameters={"epochs": 7}))
    assert KEEP in walk.visited
    assert not {MAP, STATE} & set(walk.visited)
    assert walk.asked["Train Model"][0]["HyperParameters"]["epochs"] == "7"
    assert walk.variables["training"]["tuning"] is None


def test_the_ranking_model_is_not_tuned(nested: Json, pipeline: Json) -> None:
    job = _job(pipeline, tune={})
    walk = _walked(nested, job)
    (request,) = walk.asked["Train Ranking Model"]
    assert request["HyperParameters"] == {**job["ranking"]["hyperparameters"], "feature_dim": "120"}
    assert walk.variables["ranking"]["training"]["tuning"] is None
