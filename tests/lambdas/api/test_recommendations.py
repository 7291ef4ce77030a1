"""Users get what the model says is best for them, of what they may get, and the reasons are theirs."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from fm.folded import Folded
from lambdas.logic.api.recommending import REASONS
from tests.lambdas.api.asking import Answer, Asker
from tests.lambdas.api.conftest import Serve
from tests.lambdas.api.worlds import GENRES, World, sigmoid, strange


def ids(answer: Answer) -> list[Any]:
    assert answer.status == 200, answer.content
    return [item["item"] for item in answer.content["items"]]


def expected(
    world: World, user: int, *, without: NDArray[np.bool_] | None = None, n: int = 10, **filters: Any
) -> list[int]:
    """Positions: every score worked out by itself, and all of them sorted."""
    allowed = [at for at in world.allowed(**filters) if without is None or not without[user, at]]
    return sorted(allowed, key=lambda at: (-world.raw(world.recommender, user, at), at))[:n]


@pytest.mark.parametrize("has_ranking", [True, False], ids=["ranking", "like"])
@pytest.mark.parametrize("exclude", ["true", "training", "false"])
def test_the_best_items_come_first(serve: Serve, exclude: str, has_ranking: bool) -> None:
    world = World(has_ranking=has_ranking)
    asker = serve(world)
    without = {"true": world.is_rated, "training": world.is_known, "false": None}[exclude]
    for user, id_ in enumerate(world.users):
        answer = asker.get(f"/users/{id_}/recommendations", exclude_seen=exclude, n=7)
        best = expected(world, user, without=without, n=7)
        assert ids(answer) == [world.items[at] for at in best]
        assert answer.content["user"] == id_
        assert answer.content["known"] is True
        assert answer.content["source"] == ("ranking" if has_ranking else "like")
        assert answer.content["model"] == "nightly"
        for item, at in zip(answer.content["items"], best, strict=True):
            assert item["score"] == pytest.approx(sigmoid(world.raw(world.recommender, user, at)), rel=1e-5)
            assert item["title"] == world.title(at)
            assert item["popularity_rank"] == 1 + world.popularity().index(at)
            assert "explanation" not in item


def test_without_words_ten_items_are_recommended_that_the_user_has_not_rated(world: World, asker: Asker) -> None:
    assert ids(asker.get("/users/3/recommendations")) == [
        world.items[at] for at in expected(world, 2, without=world.is_rated)
    ]


def test_a_regressor_recommends_by_the_ratings_it_predicts(serve: Serve) -> None:
    world = World(has_ranking=False, task="regressor", threshold=None)
    answer = serve(world).get("/users/1/recommendations")
    best = expected(world, 0, without=world.is_rated)
    assert [item["score"] for item in answer.content["items"]] == pytest.approx(
        [world.raw(world.like, 0, at) for at in best], rel=1e-5
    )


@pytest.mark.parametrize(
    "filters", [{"genre": "Comedy"}, {"min_year": 1970}, {"genre": "Sci-Fi", "min_year": 1950}], ids=str
)
def test_filters_leave_out_the_rest(world: World, asker: Asker, filters: dict[str, Any]) -> None:
    for user, id_ in enumerate(world.users):
        answer = asker.get(f"/users/{id_}/recommendations", n=1000, **filters)
        best = expected(world, user, without=world.is_rated, n=1000, **filters)
        assert ids(answer) == [world.items[at] for at in best]


def test_a_genre_is_found_in_any_case_and_an_unknown_one_is_told_with_those_there_are(asker: Asker) -> None:
    assert ids(asker.get("/users/1/recommendations", genre="sci-FI"))
    answer = asker.get("/users/1/recommendations", genre="Western", n=0)
    assert answer.status == 400
    assert answer.content["errors"] == [
        {"in": "query", "name": "n", "problem": "0, expected a whole number from 1 to 1000"},
        {"in": "query", "name": "genre", "problem": f"'Western', expected one of {', '.join(GENRES)}"},
    ]


def test_whom_the_model_does_not_know_is_recommended_what_is_popular(world: World, asker: Asker) -> None:
    for stranger, id_ in (("999", 999), ("abc", "abc"), ("007", "007"), ("9" * 30, "9" * 30), ("-0", "-0")):
        answer = asker.get(f"/users/{stranger}/recommendations", n=5, explain="true")
        assert ids(answer) == [world.items[at] for at in world.popularity()[:5]]
        assert (answer.content["user"], answer.content["known"], answer.content["source"]) == (id_, False, "popular")
        for rank, item in enumerate(answer.content["items"], start=1):
            assert (item["score"], item["popularity_rank"], item["because"]) == (None, rank, [])
            assert "explanation" not in item
    modern = asker.get("/users/999/recommendations", min_year=1970)
    allowed = [world.items[at] for at in world.popularity() if at in world.allowed(min_year=1970)]
    assert ids(modern) == allowed[:10]


def cosine(folded: Folded, a: int, b: int) -> float:
    one, other = (folded.items[at].astype(float) for at in (a, b))
    return float(one @ other / math.sqrt((one @ one) * (other @ other)))


@pytest.mark.parametrize("exclude", ["true", "false"])
def test_reasons_are_the_nearest_likes(world: World, asker: Asker, exclude: str) -> None:
    for user, id_ in enumerate(world.users):
        liked = np.flatnonzero(world.is_liked[user]).tolist()
        for item in asker.get(f"/users/{id_}/recommendations", exclude_seen=exclude).content["items"]:
            at = list(world.items).index(item["item"])
            near = {other: cosine(world.ranking, at, other) for other in liked if other != at}
            best = sorted((other for other in near if near[other] > 0), key=lambda other: (-near[other], other))
            assert [why["item"] for why in item["because"]] == [world.items[other] for other in best[:REASONS]]
            found = [why["similarity"] for why in item["because"]]
            assert found == pytest.approx([near[other] for other in best[:REASONS]], abs=1e-6)


def test_who_liked_nothing_gets_recommendations_without_reasons(world: World, serve: Serve) -> None:
    world.is_liked[:] = False
    assert all(item["because"] == [] for item in serve(world).get("/users/1/recommendations").content["items"])


def test_equal_scores_are_in_the_order_of_the_items_every_time(serve: Serve) -> None:
    world = World()
    world.ranking.items[:] = 0
    world.ranking.item_terms[:] = np.repeat([0.5, 1.5, 1.5, -1.0], 10)
    asker = serve(world)
    order = [*range(10, 30), *range(10), *range(30, 40)]
    for _ in range(3):
        answer = asker.get("/users/2/recommendations", exclude_seen="false", n=1000)
        assert ids(answer) == [world.items[at] for at in order]
    few = asker.get("/users/2/recommendations", n=7)
    assert ids(few) == [world.items[at] for at in order if not world.is_rated[1, at]][:7]


def test_the_constant_part_of_a_score_makes_no_two_items_equal(serve: Serve) -> None:
    """Added in float32 first, a large bias would swallow what tells these items apart."""
    world = World()
    world.ranking.items[:] = 0
    world.ranking.item_terms[:] = np.arange(40) * 1e-7
    world.ranking.user_terms[:] = 9.0
    answer = serve(world).get("/users/1/recommendations", exclude_seen="false", n=40)
    assert ids(answer) == list(world.items)[::-1]
    scores = [item["score"] for item in answer.content["items"]]
    assert scores == sorted(scores, reverse=True)
    assert len(set(scores)) == 40


@settings(deadline=None)
@given(seed=st.integers(0, 2**32), n=st.integers(1, 60), data=st.data())
def test_no_rated_item_is_ever_recommended_and_no_other_is_missing(seed: int, n: int, data: st.DataObject) -> None:
    world = World(seed=seed)
    world.is_rated |= np.random.default_rng(seed).random(world.is_rated.shape) < data.draw(st.floats(0, 1))
    asker = Asker(world.serving, lambda body: body)
    for user, id_ in enumerate(world.users):
        found = ids(asker.get(f"/users/{id_}/recommendations", n=n))
        unrated = {world.items[at] for at in np.flatnonzero(~world.is_rated[user]).tolist()}
        assert len(found) == len(set(found)) == min(n, len(unrated))
        assert set(found) <= unrated


def test_ids_that_are_text_come_back_as_they_are(serve: Serve) -> None:
    world = strange()
    asker = serve(world)
    for user, id_ in enumerate(world.users):
        answer = asker.get(f"/users/{id_}/recommendations", exclude_seen="false")
        assert answer.content["known"] is True, id_
        assert answer.content["user"] == id_
        assert ids(answer) == [world.items[at] for at in expected(world, user)]


def test_explanations_sum_to_the_raw_score(world: World, asker: Asker) -> None:
    for user, id_ in enumerate(world.users):
        for item in asker.get(f"/users/{id_}/recommendations", explain="true").content["items"]:
            told = item["explanation"]
            parts = [part["contribution"] for part in (*told["linear"], *told["pairs"])]
            assert told["bias"] + sum(parts) == pytest.approx(told["score"], rel=1e-6)
            at = list(world.items).index(item["item"])
            assert told["score"] == pytest.approx(world.raw(world.ranking, user, at), rel=1e-5)
            assert sigmoid(told["score"]) == pytest.approx(item["score"], rel=1e-5)


def test_not_everything_is_explained_at_once(asker: Asker) -> None:
    assert asker.get("/users/1/recommendations", n=100, explain="true").status == 200
    answer = asker.get("/users/1/recommendations", n=101, explain="true")
    assert answer.status == 400
    assert answer.content["errors"][0]["problem"] == "101, expected at most 100 with explain=true"
