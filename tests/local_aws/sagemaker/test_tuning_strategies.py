"""The strategies by themselves, on objectives whose optimum is planted."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from local_aws.sagemaker.tuning_ranges import Space, parse
from local_aws.sagemaker.tuning_strategies import RANDOM_FIRST, Bayesian, Grid, Strategy, Trial, strategy
from tests.local_aws.sagemaker.test_tuning_ranges import categorical, continuous, integer

Objective = Callable[[Mapping[str, str]], float]
OPTIMUM = np.array([0.7, 0.3, 0.55])


def cube() -> Space:
    axes = [continuous(0, 1, name=name)["ContinuousParameterRanges"][0] for name in "abc"]
    return parse({"ContinuousParameterRanges": axes})


def quadratic(hyperparameters: Mapping[str, str]) -> float:
    point = np.array([float(hyperparameters[name]) for name in "abc"])
    return float(np.sum((point - OPTIMUM) ** 2))


def search(chosen: Strategy, objective: Objective, jobs: int, *, at_once: int = 1) -> list[Trial]:
    """The trials of a tuning job whose training jobs end in the order they were started."""
    ended: list[Trial] = []
    running: list[Mapping[str, str]] = []
    for number in range(1, jobs + 1):
        running.append(chosen.propose(number, ended, running))
        if len(running) == at_once:
            first = running.pop(0)
            ended.append(Trial(first, objective(first)))
    return [*ended, *(Trial(each, objective(each)) for each in running)]


def best(trials: list[Trial]) -> float:
    return min(trial.cost for trial in trials if trial.cost is not None)


@pytest.fixture(scope="module")
def expected_of_random() -> tuple[float, float]:
    """Mean of the best of 16 uniform draws, and the value that 5 % of such searches stay below; drawn without us."""
    points: NDArray[np.float64] = np.random.default_rng(11).random((20_000, 16, 3))
    bests = np.sum((points - OPTIMUM) ** 2, axis=2).min(axis=1)
    return float(bests.mean()), float(np.quantile(bests, 0.05))


@pytest.mark.parametrize("at_once", [1, 2])
def test_bayesian_gets_nearer_than_random_could(expected_of_random: tuple[float, float], at_once: int) -> None:
    mean, lucky = expected_of_random
    found = [best(search(Bayesian(cube(), seed), quadratic, 16, at_once=at_once)) for seed in (1, 2, 3)]
    assert np.mean(found) < mean / 4
    assert np.median(found) < lucky


def test_random_does_as_well_as_random_should(expected_of_random: tuple[float, float]) -> None:
    found = [best(search(strategy("Random", cube(), seed=seed), quadratic, 16)) for seed in range(200)]
    # The bests are skewed: their standard deviation is about their mean, that of the mean of 200 is a fourteenth.
    assert np.mean(found) == pytest.approx(expected_of_random[0], rel=0.25)


@pytest.mark.parametrize("name", ["Random", "Bayesian"])
def test_a_seed_gives_the_same_search_again(name: str) -> None:
    first, again, other = (search(strategy(name, cube(), seed=seed), quadratic, 6) for seed in (4, 4, 5))
    assert first == again
    assert not {tuple(trial.hyperparameters.items()) for trial in first} & {
        tuple(trial.hyperparameters.items()) for trial in other
    }


def test_random_draws_do_not_depend_on_results_or_their_order() -> None:
    chosen = strategy("Random", cube(), seed=9)
    trials = search(chosen, quadratic, 5)
    assert chosen.propose(6, trials, []) == chosen.propose(6, trials[::-1][:2], [trials[0].hyperparameters])


def test_bayesian_follows_the_results_and_not_before_there_are_enough() -> None:
    chosen = Bayesian(cube(), 6)
    settings = [chosen.propose(number, [], []) for number in (1, 2, 3)]
    rising = [Trial(setting, float(setting["a"])) for setting in settings]
    falling = [Trial(setting, -float(setting["a"])) for setting in settings]
    assert chosen.propose(4, rising, []) != chosen.propose(4, falling, [])
    assert chosen.propose(4, rising[: RANDOM_FIRST - 1], []) == chosen.propose(4, falling[: RANDOM_FIRST - 1], [])


def test_bayesian_looks_elsewhere_than_where_a_job_runs() -> None:
    chosen = Bayesian(cube(), 2)
    trials = search(chosen, quadratic, 10)
    first = chosen.propose(11, trials, [])
    beside = chosen.propose(11, trials, [first])
    assert np.max(np.abs(cube().encode(first) - cube().encode(beside))) > 0.01


def test_bayesian_leaves_a_corner_where_trainings_fail() -> None:
    """Half of the cube fails: without taking note of it the search would go on suggesting the same place."""
    chosen = Bayesian(cube(), 3)
    ended: list[Trial] = []
    for number in range(1, 15):
        setting = chosen.propose(number, ended, [])
        ended.append(Trial(setting, None if float(setting["a"]) > 0.6 else -float(setting["a"])))
    assert best(ended[RANDOM_FIRST:]) < -0.5
    assert len({tuple(trial.hyperparameters.items()) for trial in ended}) == len(ended)


def test_bayesian_searches_integers_and_choices_without_repeating_itself() -> None:
    space = parse(integer(1, 6, name="epochs") | categorical("slow", "fast", "off", name="kind"))
    costs = {"slow": 4.0, "fast": 0.0, "off": 8.0}

    def objective(setting: Mapping[str, str]) -> float:
        return costs[setting["kind"]] + abs(int(setting["epochs"]) - 5)

    trials = search(Bayesian(space, 1), objective, 12)
    assert best(trials) == 0.0
    assert len({tuple(trial.hyperparameters.items()) for trial in trials}) == 12


def test_a_small_space_is_drawn_to_its_end_without_repetition() -> None:
    space = parse(integer(1, 4))
    drawn = search(strategy("Random", space, seed=0), lambda _: 0.0, 4)
    assert sorted(trial.hyperparameters["x"] for trial in drawn) == ["1", "2", "3", "4"]


def test_a_grid_has_every_combination_once() -> None:
    axes = [categorical(*values, name=name) for name, values in (("a", "12"), ("b", "xyz"))]
    space = parse({"CategoricalParameterRanges": [axis["CategoricalParameterRanges"][0] for axis in axes]})
    chosen = strategy("Grid", space, seed=0)
    assert isinstance(chosen, Grid)
    settings = [chosen.propose(number, [], []) for number in range(1, 7)]
    assert {(setting["a"], setting["b"]) for setting in settings} == {(a, b) for a in "12" for b in "xyz"}


def test_results_that_are_all_alike_are_no_obstacle() -> None:
    assert len(search(Bayesian(cube(), 0), lambda _: 1.0, 5)) == 5


def test_a_strategy_that_is_not_there_is_named() -> None:
    with pytest.raises(ValueError, match="'Hyperband'"):
        strategy("Hyperband", cube(), seed=0)


def test_the_local_aws_starts_without_the_library(root: Path) -> None:
    code = "import sys, local_aws.sagemaker.hooks; sys.exit(bool({'bayes_opt', 'sklearn'} & sys.modules.keys()))"
    assert subprocess.run([sys.executable, "-c", code], cwd=root, check=False).returncode == 0
