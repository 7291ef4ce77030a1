"""What may be asked: the query parameters and bodies of the routes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Final, Literal

from lambdas.logic.api.rules import Id, Rule

GENRES: Final = "genres"
"""The name of the list of the data's genres."""
MOST: Final = 1_000
MOST_EXPLAINED: Final = 100
MOST_PAIRS: Final = 10_000

N = Annotated[int, Rule(description="How many at most", minimum=1, maximum=MOST)]
Genre = Annotated[str | None, Rule(description="Only of this genre, in any case; /model names them", choices=GENRES)]
MinYear = Annotated[int | None, Rule(description="Only of this year or later", minimum=0, maximum=9999)]
Explain = Annotated[bool, Rule(description=f"With what makes up each score; then n is at most {MOST_EXPLAINED}")]


@dataclass(frozen=True)
class NoQuery:
    """A route without parameters."""


@dataclass(frozen=True)
class UsersQuery:
    """Which users."""

    prefix: Annotated[str, Rule(description="What their ids begin with", max_length=200)] = ""
    n: N = 10


@dataclass(frozen=True)
class ItemsQuery:
    """Which items."""

    search: Annotated[
        str, Rule(description="Words that their titles have, whatever their case and accents", max_length=200)
    ] = ""
    genre: Genre = None
    min_year: MinYear = None
    n: N = 10


@dataclass(frozen=True)
class SimilarQuery:
    """How many."""

    n: N = 10


@dataclass(frozen=True)
class RecommendationsQuery:
    """What to recommend."""

    n: N = 10
    exclude_seen: Annotated[
        Literal["true", "false", "training"],
        Rule(
            description="true: nothing that the user has rated. training: nothing that they had rated when the model "
            "was trained and tuned, so that ratings held out for the test may be found. false: anything"
        ),
    ] = "true"
    genre: Genre = None
    min_year: MinYear = None
    explain: Explain = False


_Likes = Annotated[list[Id], Rule(description="Ids of items", max_items=MOST, is_unique=True)]


@dataclass(frozen=True)
class NewUser:
    """Somebody whom the model has never seen; at least one item is to be liked or disliked, and none both."""

    liked: _Likes = field(default_factory=list)
    disliked: _Likes = field(default_factory=list)
    n: N = 10
    genre: Genre = None
    min_year: MinYear = None
    explain: Explain = False


@dataclass(frozen=True)
class Pair:
    """A user and an item."""

    user: Id
    item: Id


@dataclass(frozen=True)
class Pairs:
    """What to predict."""

    pairs: Annotated[list[Pair], Rule(description="Users and items", min_items=1, max_items=MOST_PAIRS)]
