"""What is answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from lambdas.logic.api.rules import ABSENT, Absent, Id, Rule

Version = Annotated[str, Rule(description="The version that answered: the name of the execution that made it")]
Score = Annotated[
    float | None,
    Rule(description="What the recommending model says: a probability, of a regressor a rating; null of popular items"),
]
Ratings = Annotated[int, Rule(description="How many ratings in training")]


@dataclass(frozen=True)
class Item:
    """An item as people know it."""

    item: Id
    title: str
    year: int | None
    genres: list[str]


@dataclass(frozen=True)
class CountedItem(Item):
    """An item, and how often it was rated."""

    ratings: Ratings


@dataclass(frozen=True)
class ItemDetails(CountedItem):
    """All that is known of an item."""

    likes: Annotated[int, Rule(description="How many likes in training")]
    popularity_rank: Annotated[int, Rule(description="1 for the item with the most ratings in training")]


@dataclass(frozen=True)
class SimilarItem(Item):
    """An item beside another."""

    similarity: Annotated[float, Rule(description="Cosine of the items' vectors, −1 to 1")]


@dataclass(frozen=True)
class Share:
    """What one feature adds to a raw score, or what all other features of a block add together."""

    block: Annotated[str, Rule(description="Kind of feature: user, item, genres, …")]
    contribution: float
    feature: Annotated[int | Absent, Rule(description="Its column in the feature space")] = ABSENT
    value: Annotated[float | Absent, Rule(description="Of the feature in the row")] = ABSENT
    others: Annotated[int | Absent, Rule(description="How many features stand together here")] = ABSENT


@dataclass(frozen=True)
class PairShare:
    """What the pairs of features of two blocks, or within one, add to a raw score."""

    blocks: list[str]
    contribution: float


@dataclass(frozen=True)
class Explanation:
    """A raw score, and its parts, which sum to it."""

    score: Annotated[float, Rule(description="Before the sigmoid")]
    bias: float
    linear: list[Share]
    pairs: list[PairShare]


@dataclass(frozen=True)
class RecommendedItem(Item):
    """An item, and why it is recommended."""

    score: Score
    popularity_rank: Annotated[int, Rule(description="1 for the item with the most ratings in training")]
    because: Annotated[list[SimilarItem], Rule(description="What the user liked that is nearest to it, at most three")]
    explanation: Annotated[
        Explanation | Absent, Rule(description="With explain=true, where a model recommends: what makes up the score")
    ] = ABSENT


@dataclass(frozen=True)
class Recommendations:
    """A list, best first; equal scores in the order of the items' ids."""

    user: Annotated[Id | None, Rule(description="null for a new user")]
    known: Annotated[bool, Rule(description="Whether the model knows the user")]
    source: Annotated[
        Literal["ranking", "like", "popular", "fold-in"],
        Rule(
            description="The model for ranking, the one for likes, the most rated items, a vector made for a new user"
        ),
    ]
    model: Version
    items: list[RecommendedItem]


@dataclass(frozen=True)
class CountedUser:
    """A user, and how much they have rated."""

    user: Id
    ratings: Annotated[int, Rule(description="How many, those held out for the test among them")]


@dataclass(frozen=True)
class Users:
    """Users in the order of their ids."""

    users: list[CountedUser]
    total: Annotated[int, Rule(description="How many there are, shown or not")]


@dataclass(frozen=True)
class UserDetails:
    """A user, and what they liked in training."""

    user: Id
    known: bool
    ratings: Annotated[int, Rule(description="How many, those held out for the test among them")]
    likes: list[Item]


@dataclass(frozen=True)
class Items:
    """Items, the most rated first."""

    items: list[CountedItem]
    total: Annotated[int, Rule(description="How many there are, shown or not")]


@dataclass(frozen=True)
class Similar:
    """What is nearest to an item."""

    item: Id
    items: list[SimilarItem]


@dataclass(frozen=True)
class Prediction:
    """What the model for likes says of a user and an item."""

    user: Id
    item: Id
    title: str
    score: Annotated[float, Rule(description="Probability of a like, or of a regressor the rating")]
    predicted_label: Annotated[
        int | None, Rule(description="1 where the score reaches the threshold; null of a regressor")
    ]


@dataclass(frozen=True)
class Predictions:
    """In the order of the pairs."""

    source: Annotated[Literal["endpoint", "artifact"], Rule(description="Who answered; both say the same")]
    reason: Annotated[str | None, Rule(description="Why not the endpoint")]
    model: Version
    threshold: Annotated[float | None, Rule(description="null of a regressor")]
    predictions: list[Prediction]


@dataclass(frozen=True)
class ModelDetails:
    """The live version."""

    version: Version
    created: Annotated[str, Rule(description="ISO 8601, UTC")]
    execution: Annotated[str, Rule(description="ARN of the execution that made it")]
    task: Annotated[str, Rule(description="What the model for likes was trained on")]
    recommends_by: Literal["ranking", "like"]
    threshold: float | None
    dataset: Annotated[Mapping[str, Any], Rule(description="What it was trained on")]
    users: int
    items: int
    genres: Annotated[list[str], Rule(description="What genre= takes")]
    metrics: Annotated[Mapping[str, Any], Rule(description="Of the model for likes on the test")]
    baselines: Mapping[str, Any]
    ranking: Annotated[Mapping[str, Any] | None, Rule(description="Of the model for ranking on the test")]
    endpoint: Annotated[Mapping[str, Any] | None, Rule(description="Name, configuration and mode; null without one")]
    models: Annotated[Mapping[str, Any], Rule(description="Where the artifacts are")]
