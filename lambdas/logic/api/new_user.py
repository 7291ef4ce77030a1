"""/recommendations: for somebody whom the model has never seen, by what they like and dislike."""

from __future__ import annotations

import numpy as np

from fm.fold_in import fold_in
from lambdas.logic.api import explaining
from lambdas.logic.api.answers import Explanation, Recommendations
from lambdas.logic.api.call import Call
from lambdas.logic.api.problems import BadRequest, Complaints, UnknownIds, refuse
from lambdas.logic.api.recommending import recommended
from lambdas.logic.api.requests import NewUser
from lambdas.logic.api.serving import Positions
from lambdas.logic.api.users import check_explained


def recommend(call: Call) -> Recommendations:
    """Folds a vector in and goes on as for any user. Raises BadRequest, UnknownIds."""
    wish: NewUser = call.body
    _check(wish)
    serving = call.serving
    liked, disliked = _places(call, wish)
    model = serving.bundle.recommender
    user = fold_in(model, liked, disliked, prior=serving.prior, settings=serving.fold_in)

    def explain(item: int) -> Explanation:
        return explaining.of_vector(model, user, item)

    items = recommended(
        serving,
        user,
        wish.n,
        excluded=np.concatenate((liked, disliked)),
        allowed=serving.allowed(wish.genre, wish.min_year),
        liked=liked,
        explain=explain if wish.explain else None,
    )
    return Recommendations(None, known=False, source="fold-in", model=serving.version, items=items)


def _check(wish: NewUser) -> None:
    complaints = Complaints("body")
    if not wish.liked and not wish.disliked:
        complaints.add("liked", "empty, as is disliked, expected at least one item in either")
    disliked = {(type(id_), id_) for id_ in wish.disliked}
    for at, id_ in enumerate(wish.liked):
        if (type(id_), id_) in disliked:
            complaints.add(f"liked[{at}]", f"{id_!r}, which is disliked too, expected in one of both")
    refuse(BadRequest, complaints)
    check_explained(wish.n, is_explained=wish.explain, where="body")


def _places(call: Call, wish: NewUser) -> tuple[Positions, Positions]:
    complaints, found = Complaints("body"), []
    for name, ids in (("liked", wish.liked), ("disliked", wish.disliked)):
        places = call.items(ids)
        for at in np.flatnonzero(places < 0).tolist():
            complaints.add(f"{name}[{at}]", f"no item {ids[at]!r}")
        found.append(places)
    refuse(UnknownIds, complaints)
    return found[0], found[1]
