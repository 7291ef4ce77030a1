"""What there is can be found, by words, genre, year and the beginnings of ids, and looked at."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdas.logic.api.serving import plain
from tests.lambdas.api.asking import Asker, silent
from tests.lambdas.api.conftest import Serve
from tests.lambdas.api.test_recommendations import cosine, ids
from tests.lambdas.api.worlds import World, strange


def test_items_are_listed_by_their_ratings_in_training(world: World, asker: Asker) -> None:
    answer = asker.get("/items", n=1000)
    assert ids(answer) == [world.items[at] for at in world.popularity()]
    assert answer.content["total"] == len(world.items)
    counts = dict(zip(world.items, world.is_trained.sum(axis=0).tolist(), strict=True))
    assert all(item["ratings"] == counts[item["item"]] for item in answer.content["items"])
    assert ids(asker.get("/items")) == [world.items[at] for at in world.popularity()[:10]]


def test_filters_count_what_they_find_and_not_what_they_show(world: World, asker: Asker) -> None:
    answer = asker.get("/items", genre="action", min_year=1960, n=1)
    fit = [at for at in world.popularity() if at in world.allowed("Action", 1960)]
    assert answer.content["total"] == len(fit)
    assert ids(answer) == [world.items[fit[0]]]
    assert answer.content["items"][0]["year"] == world.years[fit[0]]
    assert answer.content["items"][0]["genres"] == list(world.genres_of[fit[0]])


@pytest.mark.parametrize("search", ["MOVIE", "mövie №", "№ movie", "Mo\u0308VIE", "  movie  "])
def test_titles_are_searched_without_case_and_accents(world: World, asker: Asker, search: str) -> None:
    answer = asker.get("/items", search=search, n=1000)
    assert ids(answer) == [world.items[at] for at in world.popularity() if at != len(world.items) - 1]
    nothing = asker.get("/items", search=f"{search} nothing")
    assert (ids(nothing), nothing.content["total"]) == ([], 0)


def test_every_word_of_a_search_counts(world: World, asker: Asker) -> None:
    found = {item["title"] for item in asker.get("/items", search="movie 3", n=1000).content["items"]}
    assert found == {world.title(at) for at in range(39) if "3" in str(at)}


@pytest.mark.parametrize(
    ("text", "other"), [("Amélie", "AMELIE"), ("STRASSE", "straße"), ("Ｆｕｌｌ", "full"), ("İ", "i")]
)
def test_plain_text(text: str, other: str) -> None:
    assert plain(text) == plain(other)


def test_an_item_is_shown_with_its_counts(world: World, asker: Asker) -> None:
    for at, id_ in enumerate(world.items):
        content = asker.get(f"/items/{id_}").content
        assert content["item"] == id_
        assert content["title"] == world.title(at)
        assert content["ratings"] == world.is_trained[:, at].sum()
        assert content["likes"] == world.is_liked[:, at].sum()
        assert content["popularity_rank"] == 1 + world.popularity().index(at)


@pytest.mark.parametrize("id_", ["11", "010", "10.0", "ten", "-10", "1e1", "9" * 40])
def test_an_unknown_item_is_not_found(asker: Asker, id_: str) -> None:
    for path in (f"/items/{id_}", f"/items/{id_}/similar"):
        answer = asker.get(path)
        assert answer.status == 404
        assert answer.content["detail"] == f"no item {id_!r}, expected one of 40 from 10 to 88"


def test_similar_items_are_the_nearest_by_angle(world: World, asker: Asker) -> None:
    for at, id_ in enumerate(world.items):
        answer = asker.get(f"/items/{id_}/similar", n=1000)
        near = {other: cosine(world.ranking, at, other) for other in range(len(world.items)) if other != at}
        order = sorted(near, key=lambda other: (-near[other], other))
        assert answer.content["item"] == id_
        assert ids(answer) == [world.items[other] for other in order]
        found = [item["similarity"] for item in answer.content["items"]]
        assert found == pytest.approx([near[other] for other in order], abs=1e-6)
    assert len(ids(asker.get("/items/10/similar"))) == 10


def test_a_user_is_shown_with_what_they_liked(world: World, asker: Asker) -> None:
    for user, id_ in enumerate(world.users):
        content = asker.get(f"/users/{id_}").content
        assert (content["user"], content["known"]) == (id_, True)
        assert content["ratings"] == world.is_rated[user].sum()
        liked = np.flatnonzero(world.is_liked[user]).tolist()
        assert [item["item"] for item in content["likes"]] == [world.items[at] for at in liked]
    assert asker.get("/users/99").content == {"user": 99, "known": False, "ratings": 0, "likes": []}


def test_users_are_found_by_the_beginning_of_their_ids(world: World, asker: Asker) -> None:
    everyone = asker.get("/users", n=1000).content
    assert [user["user"] for user in everyone["users"]] == world.users
    assert everyone["users"][0]["ratings"] == world.is_rated[0].sum()
    assert everyone["total"] == len(world.users)
    ones = asker.get("/users", prefix="1", n=2).content
    assert [user["user"] for user in ones["users"]] == [1, 10]
    assert ones["total"] == 4


_TEXT = st.text(st.characters(codec="utf-8"), max_size=3)  # no query string can hold half a character


@settings(deadline=None)
@given(prefix=st.sampled_from(["", "a", "a/", "%", "ü", "ü–", " ", "?", "&", "plain", "plains", "a%2F"]) | _TEXT)
def test_prefixes_of_text_are_taken_as_they_are(prefix: str) -> None:
    world = strange()
    content = Asker(world.serving, silent).get("/users", prefix=prefix, n=1000).content
    assert [user["user"] for user in content["users"]] == [id_ for id_ in world.users if id_.startswith(prefix)]


def test_text_ids_lead_to_their_items(serve: Serve) -> None:
    world = strange()
    asker = serve(world)
    for id_ in world.items:
        assert asker.get(f"/items/{id_}").content["item"] == id_
        assert asker.get(f"/items/{id_}/similar").content["item"] == id_


def test_the_model_is_told_with_its_data(world: World, asker: Asker) -> None:
    content = asker.get("/model").content
    manifest = world.manifest()
    own = {"users": len(world.users), "items": len(world.items), "genres": list(world.genres)}
    assert content == {name: manifest[name] for name in content.keys() - own.keys()} | own
