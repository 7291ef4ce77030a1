"""A live model and the next one: what is worse does not replace it, what is as good does."""

from __future__ import annotations

import re

import pytest

from tests.e2e.conftest import QUICK, Cloud, Execution

pytestmark = pytest.mark.e2e

# One stops where the held-out ratings are told best, the other learns the training ratings by heart.
GOOD = {"epochs": 10, "mini_batch_size": 100, "num_factors": 8, "linear_lr": 0.02, "factors_lr": 0.002}
NOT_WORSE = {"beat_baseline": False}
WORSE = {**GOOD, "epochs": 30, "linear_lr": 0.1, "factors_lr": 0.05}


@pytest.fixture(scope="module")
def champion(live: Cloud) -> Execution:
    """What serves until another model is accepted: the tests below come in this order."""
    done = live.execute({**QUICK, "hyperparameters": GOOD})
    assert done.output["decision"] == "deployed", done.cause
    return done


def test_a_worse_challenger_is_rejected_in_words(live: Cloud, champion: Execution) -> None:
    serving = live.live_config()
    challenger = live.execute({**QUICK, "hyperparameters": WORSE, "gate": NOT_WORSE})
    assert (challenger.status, challenger.output["decision"]) == ("SUCCEEDED", "rejected")
    (reason,) = challenger.output["gate"]["reasons"]
    said = re.match(
        r"cross_entropy (\d\.\d{4}) of the challenger against (\d\.\d{4}) of the champion: "
        r"worse by (\d\.\d{4}) \(95 % interval (\d\.\d{4}) to (\d\.\d{4})\)",
        reason,
    )
    assert said, reason
    ours, theirs, gap, low, high = map(float, said.groups())
    assert ours == pytest.approx(challenger.output["metrics"]["cross_entropy"], abs=1e-4)
    assert theirs == pytest.approx(champion.output["metrics"]["cross_entropy"], abs=1e-4)
    assert gap == pytest.approx(ours - theirs, abs=2e-4)
    assert 0 < low < gap < high
    assert live.live_config() == serving


def test_a_retraining_replaces_the_champion_and_surely_better_is_more_than_that(
    live: Cloud, champion: Execution
) -> None:
    assert live.live_config() == champion.output["endpoint"]["config"]
    strict = live.execute({**QUICK, "gate": {"champion": "better", "beat_baseline": False}})
    assert strict.output["decision"] == "rejected"
    assert "gate.champion asks for surely better" in strict.output["gate"]["reasons"][-1]
    serving = live.live_config()
    again = live.execute({**QUICK, "hyperparameters": GOOD, "gate": NOT_WORSE})
    assert again.output["decision"] == "deployed", again.output["gate"]
    assert live.live_config() != serving


def test_a_champion_of_another_split_is_not_judged(live: Cloud) -> None:
    done = live.execute({**QUICK, "split": {"kind": "random", "seed": 5}, "gate": NOT_WORSE})
    assert done.output["decision"] == "deployed", done.cause
    assert any("not compared with the champion" in reason for reason in done.output["gate"]["reasons"])
