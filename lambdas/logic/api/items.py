"""/items: what there is, and what is like it."""

from __future__ import annotations

import numpy as np

from fm.similar import nearest
from lambdas.logic.api.answers import CountedItem, ItemDetails, Items, Similar, SimilarItem
from lambdas.logic.api.call import Call
from lambdas.logic.api.problems import UnknownItem
from lambdas.logic.api.requests import ItemsQuery, SimilarQuery
from lambdas.logic.api.serving import Positions, Serving, plain


def find(call: Call) -> Items:
    """Items by words of their titles, by genre and year."""
    query: ItemsQuery = call.query
    serving = call.serving
    places = _filtered(serving, query)
    if words := plain(query.search).split():
        titles = serving.titles
        places = np.array([at for at in places.tolist() if all(word in titles[at] for word in words)], np.int64)
    ratings = serving.bundle.ratings
    items = [CountedItem(**serving.described(at), ratings=int(ratings[at])) for at in places[: query.n].tolist()]
    return Items(items, total=int(places.size))


def show(call: Call) -> ItemDetails:
    """One item. Raises UnknownItem."""
    serving, place = call.serving, _place(call)
    return ItemDetails(
        **serving.described(place),
        ratings=int(serving.bundle.ratings[place]),
        likes=int(serving.bundle.likes[place]),
        popularity_rank=int(serving.popularity_ranks[place]),
    )


def similar(call: Call) -> Similar:
    """What is nearest to it by the recommending model's vectors. Raises UnknownItem."""
    query: SimilarQuery = call.query
    serving, place = call.serving, _place(call)
    places, cosines = nearest(serving.bundle.recommender.items, place, query.n)
    found = zip(places.tolist(), cosines.tolist(), strict=True)
    items = [SimilarItem(**serving.described(other), similarity=cosine) for other, cosine in found]
    return Similar(serving.item(place).item, items)


def _place(call: Call) -> int:
    text = call.path["item"]
    place = int(call.items([call.serving.item_id(text)])[0])
    if place < 0:
        ids = call.serving.bundle.space.items
        raise UnknownItem(f"no item {text!r}, expected one of {ids.size} from {ids[0]!s} to {ids[-1]!s}")
    return place


def _filtered(serving: Serving, query: ItemsQuery) -> Positions:
    """The most popular first."""
    allowed = serving.allowed(query.genre, query.min_year)
    return serving.by_popularity if allowed is None else serving.by_popularity[allowed[serving.by_popularity]]
