"""Users hidden from training and folded in: on generated ratings, whose tastes are planted."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.fold_in import cost_figures, quality_figures
from bench.hidden_users import Found, HiddenUsers
from prep.sample import generate
from prep.sources import FolderSource


@pytest.mark.parametrize("seed", [0, 1])
def test_folded_in_users_find_nearly_what_trained_ones_do(tmp_path: Path, seed: int) -> None:
    generate(tmp_path / "ratings", users=300, items=400, ratings=20_000, seed=2)
    found = HiddenUsers(FolderSource(tmp_path / "ratings"), tmp_path / "prepared", seed=seed).found()
    assert found.trained > 1.3 * found.popularity, "the sample's tastes should be worth knowing"
    assert found.folded >= 0.85 * found.trained
    assert found.folded > 1.3 * found.popularity
    assert found.few > 1.1 * found.popularity


def test_each_seeds_share_counts_alike() -> None:
    found = [Found(trained=0.4, folded=0.3, few=0.2, popularity=0.1)] * 2
    found.append(Found(trained=0.2, folded=0.2, few=0.1, popularity=0.1))
    figures = {figure.name: figure for figure in quality_figures(found)}
    assert figures["foldin.ndcg_share"].each == pytest.approx((0.75, 0.75, 1.0))
    assert figures["foldin.ndcg_share"].value == pytest.approx(2.5 / 3)
    assert figures["foldin.ndcg_share"].is_met is False
    assert figures["foldin.few_likes_ndcg_share"].value == pytest.approx(0.5)
    assert figures["foldin.ndcg@10"].value == pytest.approx(0.8 / 3)


def test_the_cost_is_that_of_a_user_and_of_what_is_computed_once() -> None:
    said: list[str] = []
    user, once = cost_figures(lambda what, seconds: said.append(what), users=200, items=300, factors=4)
    assert (user.name, once.name) == ("foldin.seconds", "foldin.prior_seconds")
    assert 0 < user.value < 0.05
    assert said == ["200 new users of 300 items"]
