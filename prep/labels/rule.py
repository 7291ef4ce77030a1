"""The label task of a job, checked as what people write in JSON.

    binary_classifier   1 where the rating is at least ``liked_at_least``, else 0
    regressor           the rating itself
    ordinal             a row per threshold: 1 where the rating is at least it, else 0
    ranking             likes as 1, items that the user has not rated as 0; ratings below the cut-off are left out

A classifier of observed ratings ranks worse than popularity (NDCG@10 .079 against .133 on ml-100k), because people rate
what they expect to like; trained on likes versus unseen items the same algorithm reaches .307. Ordinal rows let a
classifier use all of the scale: log loss .5532 against .5567.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Final

from prep.documents import excerpt
from prep.errors import BadJob

TASKS: Final = ("binary_classifier", "regressor", "ordinal", "ranking")
MOST_THRESHOLDS: Final = 50
MOST_NEGATIVES: Final = 1_000
MOST_REPEATS: Final = 100
_MOST: Final = 1e6


def predictor_type(task: str) -> str:
    """SageMaker's hyperparameter of that name for a task."""
    return "regressor" if task == "regressor" else "binary_classifier"


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelRule:
    """What a label says.

    liked_at_least: the rating from which one counts as a like. thresholds: of the ordinal task, ascending. negatives:
    unseen items for each row of a like in the ranking task. likes_repeated: how often each like of train stands there,
    each time with negatives of its own; a like is 8 × (1 + 8) rows by default, the static file that ranked best.
    Raises BadJob naming the field.
    """

    task: str = "binary_classifier"
    liked_at_least: float = 4.0
    thresholds: tuple[float, ...] = (2.0, 3.0, 4.0, 5.0)
    negatives: int = 8
    likes_repeated: int = 8

    def __post_init__(self) -> None:
        if self.task not in TASKS:
            raise BadJob(f"task {excerpt(self.task)}, expected one of {', '.join(TASKS)}")
        if not _is_number(self.liked_at_least):
            raise BadJob(f"liked_at_least {excerpt(self.liked_at_least)}, expected a number")
        self._check_thresholds()
        for name, most in (("negatives", MOST_NEGATIVES), ("likes_repeated", MOST_REPEATS)):
            value = getattr(self, name)
            if type(value) is not int or not 1 <= value <= most:
                raise BadJob(f"{name} {excerpt(value)}, expected a whole number from 1 to {most}")

    def _check_thresholds(self) -> None:
        given = self.thresholds
        is_list = isinstance(given, tuple) and 1 <= len(given) <= MOST_THRESHOLDS and all(map(_is_number, given))
        # Two thresholds that are written alike would be one column's name twice.
        if not is_list or list(given) != sorted(given) or len({f"{value:g}" for value in given}) < len(given):
            raise BadJob(f"thresholds {excerpt(given)}, expected 1 to {MOST_THRESHOLDS} different numbers, ascending")

    @property
    def predictor_type(self) -> str:
        """SageMaker's hyperparameter of that name."""
        return predictor_type(self.task)

    @property
    def space_thresholds(self) -> tuple[float, ...]:
        """The thresholds that need columns: those of the ordinal task."""
        return self.thresholds if self.task == "ordinal" else ()

    @property
    def decision(self) -> int:
        """The position of the threshold nearest ``liked_at_least``, which predictions are made with.

        Of two as near it is the higher one: of whole stars, at least 3.5 means at least 4.
        """
        return min(range(len(self.thresholds)), key=lambda k: (abs(self.thresholds[k] - self.liked_at_least), -k))

    @property
    def cut(self) -> float:
        """The rating from which a prediction of this task says "liked"."""
        return self.thresholds[self.decision] if self.task == "ordinal" else self.liked_at_least

    def rows_per_rating(self) -> int:
        """Rows that ``expand`` makes of one rating, at most."""
        most = {"ordinal": len(self.thresholds), "ranking": self.likes_repeated * (1 + self.negatives)}
        return most.get(self.task, 1)

    def held_out(self) -> LabelRule:
        """The rule for channels that are measured on, where each like counts once."""
        return replace(self, likes_repeated=1)

    def check_scale(self, lowest: float, highest: float) -> None:
        """Raises BadJob for a cut-off or a threshold that no rating of the scale is at least, or not at least."""
        named = [("liked_at_least", self.liked_at_least)] if self.task in ("binary_classifier", "ranking") else []
        named += [("thresholds", threshold) for threshold in self.space_thresholds]
        for name, value in named:
            if not lowest <= value <= highest:
                raise BadJob(f"{name} {value:g}, expected {lowest:g} to {highest:g}")

    @classmethod
    def from_json(cls, given: Mapping[str, Any]) -> LabelRule:
        """Every field optional, and none beside them. Raises BadJob naming the field."""
        known = [field.name for field in fields(cls)]
        if not isinstance(given, Mapping) or set(given) - set(known):
            found = sorted(map(str, set(given) - set(known))) if isinstance(given, Mapping) else given
            raise BadJob(f"label: {excerpt(found)}, expected an object of {', '.join(known)}")
        values = dict(given)
        if isinstance(values.get("thresholds"), list):
            values["thresholds"] = tuple(values["thresholds"])
        return cls(**values)

    def as_json(self) -> dict[str, Any]:
        """What ``from_json`` reads."""
        return asdict(self) | {"thresholds": list(self.thresholds)}


def _is_number(value: object) -> bool:
    """Of a size that a scale may have; no NaN, no infinity, and no true."""
    return isinstance(value, int | float) and not isinstance(value, bool) and -_MOST <= value <= _MOST
