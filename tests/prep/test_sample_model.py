"""What the generated ratings are drawn from: titles without end, films that are better known, users with tastes."""

from __future__ import annotations

import dataclasses
import math
from itertools import product

import numpy as np
import pytest

from prep.sample import titles
from prep.sample.model import draw_pairs, plant, plant_genres


def test_there_are_many_more_titles_than_may_be_asked_for() -> None:
    names = {start + middle + end for start, middle, end in product(titles._STARTS, titles._MIDDLES, titles._ENDS)}
    possible = sum(
        len(names)
        * (len(titles._THINGS) if "{thing}" in shape else 1)
        * (len(titles._MOODS) if "{mood}" in shape else 1)
        for shape in titles._SHAPES
    )
    assert possible > 4 * titles.MOST_TITLES
    assert len(set(titles.invent_titles(np.random.default_rng(0), 5000))) == 5000


def test_popular_films_are_a_little_better() -> None:
    """Half of a bias's variance comes of popularity, so their correlation is 1 / √2."""
    rng = np.random.default_rng(3)
    planted = plant(rng, users=2, genres=plant_genres(rng, 5000))
    correlation = np.corrcoef(planted.popularity, planted.item_bias)[0, 1]
    assert correlation == pytest.approx(1 / math.sqrt(2), abs=0.05)


def test_users_seek_what_they_like() -> None:
    """Where all films are as popular, those that a user has seen appeal more to it than those it has not."""
    rng = np.random.default_rng(3)
    planted = plant(rng, users=400, genres=plant_genres(rng, 200))
    planted = dataclasses.replace(planted, popularity=np.zeros(200))
    users, items = draw_pairs(rng, planted, ratings=20_000, fewest=20)
    everybody = np.repeat(np.arange(1, 401), 200)
    appeal = planted.appeal(everybody, np.tile(np.arange(1, 201), 400)).reshape(400, 200)
    is_seen = np.zeros((400, 200), dtype=bool)
    is_seen[users - 1, items - 1] = True
    error = appeal.std() / math.sqrt(is_seen.sum())
    assert appeal[is_seen].mean() - appeal[~is_seen].mean() > 10 * error
