"""Somebody whom the model has never seen gets a list by what they like and dislike."""

from __future__ import annotations

import numpy as np
import pytest

from fm.fold_in import RANKING, FoldIn, ItemPrior, fold_in
from tests.lambdas.api.asking import Asker
from tests.lambdas.api.conftest import Serve
from tests.lambdas.api.test_recommendations import cosine, ids
from tests.lambdas.api.worlds import World, strange


@pytest.mark.parametrize(
    ("world", "settings"),
    [
        (World(), RANKING),
        (World(has_ranking=False), FoldIn.of_ratings()),
        (World(has_ranking=False, task="regressor", threshold=None), FoldIn.of_ratings(liked_from=3.5)),
    ],
    ids=["ranking", "like", "regressor"],
)
@pytest.mark.parametrize(
    ("liked", "disliked"), [([10], []), ([], [12, 14]), ([14, 10, 88], [50])], ids=["one like", "dislikes", "both"]
)
def test_a_vector_is_folded_in_and_orders_what_was_not_named(
    world: World, settings: FoldIn, liked: list[int], disliked: list[int], serve: Serve
) -> None:
    answer = serve(world).post("/recommendations", {"liked": liked, "disliked": disliked, "n": 1000})
    assert (answer.content["user"], answer.content["known"], answer.content["source"]) == (None, False, "fold-in")
    trained = world.is_liked if world.has_ranking else world.is_known
    prior = ItemPrior.of(world.recommender, np.flatnonzero(trained.any(axis=1)))
    places = ([world.items.index(id_) for id_ in given] for given in (liked, disliked))
    user = fold_in(world.recommender, *places, prior=prior, settings=settings)
    raw = world.recommender.scores(user.vector, user.term).astype(float)
    scores = raw if world.threshold is None else 1 / (1 + np.exp(-raw))
    order = [at for at in np.argsort(-raw, kind="stable").tolist() if world.items[at] not in {*liked, *disliked}]
    assert ids(answer) == [world.items[at] for at in order]
    assert [item["score"] for item in answer.content["items"]] == pytest.approx(scores[order].tolist(), rel=1e-5)


def test_reasons_are_among_what_was_liked(world: World, asker: Asker) -> None:
    liked = [10, 30, 50, 70]
    for item in asker.post("/recommendations", {"liked": liked, "disliked": [12]}).content["items"]:
        at = world.items.index(item["item"])
        near = {id_: cosine(world.ranking, at, world.items.index(id_)) for id_ in liked}
        best = sorted((id_ for id_ in liked if near[id_] > 0), key=lambda id_: (-near[id_], id_))[:3]
        assert [why["item"] for why in item["because"]] == best


def test_likes_pull_what_is_like_them_up(serve: Serve) -> None:
    """Two kinds of items, planted: who likes some of one kind gets the rest of it first."""
    world = World()
    world.ranking.items[:] = np.repeat([[2.0, 0, 0], [0, 2.0, 0]], 20, axis=0)
    world.ranking.item_terms[:] = 0
    asker = serve(world)
    first, second = world.items[:20], world.items[20:]
    for likes, dislikes in ((first, second), (second, first)):
        answer = asker.post("/recommendations", {"liked": likes[:4], "disliked": dislikes[:1], "n": 16})
        assert set(ids(answer)) == set(likes[4:])


def test_filters_and_explanations_are_as_for_users(world: World, asker: Asker) -> None:
    body = {"liked": [10, 30], "n": 40, "genre": "comedy", "min_year": 1950, "explain": True}
    answer = asker.post("/recommendations", body)
    fit = {world.items[at] for at in world.allowed("Comedy", 1950)}
    assert set(ids(answer)) == fit - {10, 30}
    for item in answer.content["items"]:
        told = item["explanation"]
        parts = [part["contribution"] for part in (*told["linear"], *told["pairs"])]
        assert told["bias"] + sum(parts) == pytest.approx(told["score"])
        assert 1 / (1 + np.exp(-told["score"])) == pytest.approx(item["score"], rel=1e-5)


def test_all_unknown_items_are_told_at_once(asker: Asker) -> None:
    answer = asker.post("/recommendations", {"liked": [10, 11, "10"], "disliked": [13]})
    assert answer.status == 422
    assert [(error["name"], error["problem"]) for error in answer.content["errors"]] == [
        ("liked[1]", "no item 11"),
        ("liked[2]", "no item '10'"),
        ("disliked[0]", "no item 13"),
    ]


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ({}, ["liked"]),
        ({"liked": [], "disliked": []}, ["liked"]),
        ({"liked": [10, 12], "disliked": [12, 14]}, ["liked[1]"]),
        ({"liked": [10, 10]}, ["liked[1]"]),
        ({"liked": list(range(1_001))}, ["liked"]),
        ({"liked": [10], "n": 101, "explain": True}, ["n"]),
        ({"liked": [10], "n": 1_001, "genre": "x", "min_year": "1990", "exclude_seen": "true"}, None),
    ],
    ids=["nothing", "empty", "both", "twice", "too many", "too much to explain", "everything"],
)
def test_what_cannot_be_folded_in_is_refused(asker: Asker, body: object, names: list[str] | None) -> None:
    answer = asker.post("/recommendations", body)
    assert answer.status == 400
    found = [error["name"] for error in answer.content["errors"]]
    assert found == names if names else set(found) == {"n", "genre", "min_year", "exclude_seen"}


def test_ids_that_are_text_are_found(serve: Serve) -> None:
    world = strange()
    answer = serve(world).post("/recommendations", {"liked": world.items[:5], "n": 1000})
    assert sorted(ids(answer)) == world.items[5:]


def test_a_catalogue_that_was_all_named_leaves_nothing(world: World, asker: Asker) -> None:
    assert ids(asker.post("/recommendations", {"liked": world.items})) == []
