"""The live model on the ratings that a new one is tested on: which of them it can be asked about, and who is better.

A champion is judged only on ratings that it held out as well: on what it has learnt from, it would look better than it
is, and no challenger would ever win. So both test channels are read, each scored by its own model, and joined by the
ids of users and items.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fm.errors import MetricError
from fm.evaluation.bootstrap import Resampling
from fm.evaluation.comparison import Comparison, Verdict, compare, judge
from fm.evaluation.samples import ClassifierSample, RegressorSample
from lambdas.logic.channels import Ratings, ScoredChannel
from prep.feature_space import FeatureSpace
from prep.features.ids import find

_DECIDES = {
    "given": ("kind", "name"),
    "leave_k_out": ("kind", "k", "seed"),
    "random": ("kind", "share", "seed"),
    "temporal": ("kind", "share", "per", "seed"),
}
"""Fields of a split that decide which ratings are tested on."""


class NotComparable(ValueError):
    """The champion cannot be held against the challenger; the message ends a sentence that says so."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Contestant:
    """A model's answers to its own test channel, and the space that names its users and items."""

    space: FeatureSpace
    ratings: Ratings
    scores: NDArray[np.float32]

    @classmethod
    def of(cls, space: FeatureSpace, scored: ScoredChannel) -> Contestant:
        """From its test channel."""
        return cls(space=space, ratings=scored.ratings, scores=scored.scores)


@dataclass(frozen=True, slots=True, kw_only=True)
class Encounter:
    """What came of the comparison. comparison, verdict: None where there was none, and ``reason`` says why not.

    verdict: whether the challenger is surely worse by more than is put up with. rows: compared. unknown: the
    challenger's test rows of users or items that the champion does not know. not_held_out: others that are not of its
    test channel.
    """

    reason: str
    comparison: Comparison | None = None
    verdict: Verdict | None = None
    rows: int = 0
    unknown: int = 0
    not_held_out: int = 0

    def as_json(self) -> dict[str, Any]:
        """The counts and the sentence; the comparison stands with the gate."""
        counts = {"rows": self.rows, "unknown": self.unknown, "not_held_out": self.not_held_out}
        return {"judged": self.comparison is not None, "reason": self.reason, **counts}


def check_same_holdout(challenger: Mapping[str, Any], champion: Mapping[str, Any]) -> None:
    """Of two `prepared.json`, whether the same ratings are tested on, for the same kind of answer.

    What is kept for validation does not matter: it is taken from what is left. Raises NotComparable.
    """
    for name, words in (("name", "dataset"), ("predictor_type", "kind of model")):
        if champion.get(name) != challenger[name]:
            raise NotComparable(f"its {words} was {champion.get(name)}, this one's is {challenger[name]}")
    theirs, ours = champion.get("split"), challenger["split"]
    if not isinstance(theirs, Mapping) or _decisive(theirs) != _decisive(ours):
        splits = f"its split was {_said(theirs)}; this one's is {_said(ours)}"
        raise NotComparable(f"it may have trained on these test ratings: {splits}")


def meet(challenger: Contestant, champion: Contestant, *, is_regressor: bool, tolerance: float = 0.0) -> Encounter:
    """Both on the ratings that both held out, by the paired bootstrap. Raises NotComparable.

    tolerance: the share of the champion's figure by which a challenger may be worse. The interval knows of the ratings
    that happened to be held out, not of the chance in training: two trainings on the same rows differ by a few
    thousandths of their cross-entropy on ml-100k, and surely so.
    """
    ours, theirs, unknown = _common(challenger, champion)
    left_out = {"unknown": unknown, "not_held_out": challenger.scores.size - unknown - ours.size}
    if not ours.size:
        raise NotComparable(f"it held out none of the {challenger.scores.size:,} test ratings")
    labels = challenger.ratings.labels[ours]
    if not np.array_equal(labels, champion.ratings.labels[theirs]):
        differing = int(np.count_nonzero(labels != champion.ratings.labels[theirs]))
        raise NotComparable(f"its labels follow another rule: {differing:,} of {ours.size:,} test ratings differ")
    sample, measure = (RegressorSample, "rmse") if is_regressor else (ClassifierSample, "cross_entropy")
    settings = Resampling()
    try:
        comparison = compare(
            sample(labels, champion.scores[theirs]),
            sample(labels, challenger.scores[ours]),
            measure,
            settings.generator(),
            settings,
        )
    except MetricError as error:
        raise NotComparable(f"on the {ours.size:,} ratings that both held out: {error}") from error
    verdict = judge(comparison, margin=round(tolerance * comparison.champion, 4))
    reason = f"{verdict.reason}; on {ours.size:,} test ratings{_left_out(**left_out)}"
    return Encounter(reason=reason, comparison=comparison, verdict=verdict, rows=ours.size, **left_out)


def not_judged(why: str) -> Encounter:
    """No comparison, in words."""
    return Encounter(reason=f"not compared with the champion: {why}")


def _common(challenger: Contestant, champion: Contestant) -> tuple[NDArray[np.intp], NDArray[np.intp], int]:
    """Places of the common ratings in either channel, (common,) each; how many of the challenger's are unknown."""
    known = champion.ratings
    users = find(champion.space.users, challenger.space.users)[challenger.ratings.users]
    items = find(champion.space.items, challenger.space.items)[challenger.ratings.items]
    is_known = (users >= 0) & (items >= 0)
    n_items = len(champion.space.items)
    wanted = users[is_known] * n_items + items[is_known]
    theirs, first = np.unique(known.users.astype(np.int64) * n_items + known.items, return_index=True)
    place = np.minimum(np.searchsorted(theirs, wanted), max(theirs.size - 1, 0))
    is_common = theirs[place] == wanted if theirs.size else np.zeros(wanted.size, np.bool_)
    return np.flatnonzero(is_known)[is_common], first[place[is_common]], int(np.count_nonzero(~is_known))


def _decisive(split: Mapping[str, Any]) -> dict[str, Any]:
    return {name: split.get(name) for name in _DECIDES.get(str(split.get("kind")), ("kind",))}


def _said(split: object) -> str:
    named = _decisive(split).items() if isinstance(split, Mapping) else ()
    return ", ".join(f"{name} {value}" for name, value in named) or "not told"


def _left_out(*, unknown: int, not_held_out: int) -> str:
    counts = {"of users or items that the champion does not know": unknown, "that it did not hold out": not_held_out}
    said = " and ".join(f"{count:,} {words}" for words, count in counts.items() if count)
    return f", without {said}" if said else ""
