"""Invented film titles. Each names a place or person made of syllables, so that none can be a film's that exists."""

from __future__ import annotations

from typing import Final

import numpy as np

_STARTS: Final = ("Vel", "Oqu", "Thra", "Lum", "Zar", "Kord", "Myr", "Bré", "Sør", "Ixt", "Dunw", "Pel", "Quor", "Nad")
_MIDDLES: Final = ("a", "e", "i", "o", "andi", "ebru", "omi", "uva", "ethy", "ösi")
_ENDS: Final = ("dor", "via", "wyck", "ssa", "rune", "mmel", "thra", "lund", "véss", "quin", "zar", "ñolo")
_THINGS: Final = (
    "Lantern",
    "Orchard",
    "Telegram",
    "Clockmaker",
    "Lighthouse",
    "Harvest",
    "Masquerade",
    "Ferryman",
    "Almanac",
    "Tightrope",
    "Inheritance",
    "Snowfall",
    "Carousel",
    "Beekeeper",
)
_MOODS: Final = (
    "Reluctant",
    "Crooked",
    "Borrowed",
    "Moonlit",
    "Unfinished",
    "Paper",
    "Second",
    "Salt",
    "Velvet",
    "Hollow",
)
_SHAPES: Final = (
    "{thing} of {name}, The",
    "{mood} {thing} of {name}, The",
    "{name} and the {mood} {thing}",
    "Letters from {name}",
    "{name}: {mood} {thing}",
    "{thing} for {name}, A",
    "Farewell, {name}",
    "{mood} {name}",
    "{name} Without a {thing}",
    "Nine Days in {name}",
)
_FIRST_YEAR, _LAST_YEAR = 1931, 1998

MOST_TITLES: Final = 100_000
"""How many may be asked for: an eighth of those there are, so that few are drawn twice."""


def invent_titles(rng: np.random.Generator, count: int) -> list[str]:
    """Distinct titles with a year, as MovieLens writes them: ``Lantern of Oquavia, The (1974)``. All fit latin-1.

    count: up to ``MOST_TITLES``.
    """
    titles: dict[str, int] = {}
    while len(titles) < count:
        title = _pick(rng, _SHAPES).format(name=_name(rng), thing=_pick(rng, _THINGS), mood=_pick(rng, _MOODS))
        # Most films of a catalogue are recent: the year falls off backwards.
        titles.setdefault(title, max(_FIRST_YEAR, _LAST_YEAR - int(rng.exponential(12))))
    return [f"{title} ({year})" for title, year in titles.items()]


def _name(rng: np.random.Generator) -> str:
    return _pick(rng, _STARTS) + _pick(rng, _MIDDLES) + _pick(rng, _ENDS)


def _pick(rng: np.random.Generator, words: tuple[str, ...]) -> str:
    return words[int(rng.integers(len(words)))]
