"""/users: who there is, what they liked, what is recommended to them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lambdas.logic.api import explaining
from lambdas.logic.api.answers import CountedUser, Explanation, Recommendations, UserDetails, Users
from lambdas.logic.api.call import Call
from lambdas.logic.api.explaining import Explain
from lambdas.logic.api.problems import BadRequest, Complaints, refuse
from lambdas.logic.api.recommending import popular, recommended
from lambdas.logic.api.requests import MOST_EXPLAINED, RecommendationsQuery, UsersQuery
from lambdas.logic.api.serving import Serving


def find(call: Call) -> Users:
    """Users by the beginning of their ids."""
    query: UsersQuery = call.query
    serving, texts = call.serving, call.serving.user_texts
    # NumPy drops a NUL at the end of a text, and no id has one.
    is_found = np.char.startswith(texts, query.prefix) & ("\0" not in query.prefix)
    places = np.flatnonzero(is_found)
    shown = places[: query.n]
    ids, counts = serving.bundle.space.users[shown].tolist(), serving.rated.counts()[shown].tolist()
    users = [CountedUser(id_, count) for id_, count in zip(ids, counts, strict=True)]
    return Users(users, total=int(places.size))


def show(call: Call) -> UserDetails:
    """One user; somebody unknown has rated and liked nothing."""
    serving, id_ = call.serving, call.serving.user_id(call.path["user"])
    place = int(call.users([id_])[0])
    if place < 0:
        return UserDetails(id_, known=False, ratings=0, likes=[])
    liked = np.sort(serving.liked.of(place)).tolist()
    ratings = int(serving.rated.of(place).size)
    return UserDetails(id_, known=True, ratings=ratings, likes=[serving.item(item) for item in liked])


def recommend(call: Call) -> Recommendations:
    """By the recommending model; for somebody unknown what is popular."""
    query: RecommendationsQuery = call.query
    check_explained(query.n, is_explained=query.explain, where="query")
    serving, id_ = call.serving, call.serving.user_id(call.path["user"])
    place = int(call.users([id_])[0])
    allowed = serving.allowed(query.genre, query.min_year)
    if place < 0:
        items = popular(serving, query.n, allowed)
        return Recommendations(id_, known=False, source="popular", model=serving.version, items=items)
    items = recommended(
        serving,
        serving.bundle.recommender.of_user(place),
        query.n,
        excluded=_seen(serving, place, query.exclude_seen),
        allowed=allowed,
        liked=serving.liked.of(place),
        explain=_explain(serving, place) if query.explain else None,
    )
    return Recommendations(id_, known=True, source=serving.bundle.recommends_by, model=serving.version, items=items)


def check_explained(n: int, *, is_explained: bool, where: str) -> None:
    """Raises BadRequest where more is to be explained than can be read or sent."""
    complaints = Complaints(where)
    if is_explained and n > MOST_EXPLAINED:
        complaints.add("n", f"{n}, expected at most {MOST_EXPLAINED} with explain=true")
    refuse(BadRequest, complaints)


def _seen(serving: Serving, user: int, which: str) -> NDArray[np.integer[Any]]:
    if which == "false":
        return np.empty(0, np.int64)
    return (serving.rated if which == "true" else serving.known).of(user)


def _explain(serving: Serving, user: int) -> Explain:
    def explain(item: int) -> Explanation:
        return explaining.explanation(serving.bundle.explain(user, item))

    return explain
