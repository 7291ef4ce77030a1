"""What the report calls things."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

METRICS: Mapping[str, str] = {
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced accuracy",
    "auc": "ROC-AUC",
    "pr_auc": "PR-AUC",
    "f1": "F1",
    "precision": "precision",
    "recall": "recall",
    "cross_entropy": "cross-entropy",
    "brier": "Brier score",
    "rmse": "RMSE",
    "mae": "MAE",
    "mse": "MSE",
}
"""In the order they are shown; figures that are no measure (threshold, counts) are not here."""
LOWER_IS_BETTER = frozenset({"cross_entropy", "brier", "rmse", "mae", "mse"})

RIVALS: Mapping[str, str] = {
    "user and item biases only": "what is left of a model without factors: how much each user likes in general, and "
    "how much each movie is liked.",
    "no model": "the majority label, the share of likes, everything liked, chance or the mean rating, whichever the "
    "measure is to beat.",
    "the blog post": "what the AWS post reports of ml-100k that this project starts from; one run, no interval.",
}
"""What a model is measured against."""
RANKING_TERMS: Mapping[str, str] = {
    "precision, recall": "the share of a list that was a find, and of all possible finds that are in the list.",
    "NDCG, MAP": "the same, where a find counts more the higher it stands.",
    "coverage": "the share of the catalogue that stands in anybody's list.",
    "novelty": "how little known what is recommended is: −log2 of its share of all likes.",
}
"""What lists are measured by."""

_FEATURES: Mapping[str, str] = {
    "genres": "the movie's genres",
    "year": "its year of release",
    "user_attributes": "what is known of the user",
    "rated_items": "the movies the user has rated",
    "item_raters": "the users who rated the movie",
    "week": "the week of the rating",
}
_DECISIONS: Mapping[str, str] = {
    "deployed": "the model is deployed",
    "trained": "a model was trained, and no endpoint deployed",
    "rejected": "the gate rejected the model",
    "awaiting_approval": "the model waits for its approval",
    "rolled back": "an alarm sent the release back",
    "on_trial": "the model is on trial beside the live one",
}


def metric(name: str) -> str:
    """What a key of `metrics` is called."""
    return METRICS.get(name) or _at_k(name)


def _at_k(name: str) -> str:
    measure, at, k = name.partition("@")
    names = {"ndcg": "NDCG", "map": "MAP", "coverage": "catalogue coverage"}
    return f"{names.get(measure, measure.replace('_', ' '))}{at}{k}"


def decision(name: str) -> str:
    """What became of the model."""
    return _DECISIONS.get(name, name)


def task(name: str, liked_at_least: float | None) -> str:
    """What the model learns."""
    liked = "a rating counts as liked" if liked_at_least is None else f"liked means {liked_at_least:g} or more"
    return {
        "binary_classifier": f"whether a user likes a movie they rate ({liked})",
        "ordinal": f"which ratings a user's rating reaches, and by that whether they like the movie ({liked})",
        "regressor": "the rating itself",
        "ranking": "which movie a user picks and likes, against movies they have not seen",
    }.get(name, name)


def features(blocks: list[str]) -> str:
    """The columns of a row."""
    return ", ".join(["the user", "the movie", *(_FEATURES.get(block, block.replace("_", " ")) for block in blocks)])


def split(rule: Mapping[str, Any]) -> str:
    """Which ratings are held out: what of the rule decided."""
    whose = "each user's" if rule["per"] == "user" else "all"
    words = {
        "given": f"{rule['name']}, given by the dataset",
        "leave_k_out": f"{rule['k']} ratings of each user",
        "random": f"{rule['share']:g} of all ratings at random",
        "temporal": f"the latest {rule['share']:g} of {whose} ratings",
    }
    validation = f"; of the rest {rule['validation']:g} for validation" if rule["validation"] else ""
    return f"{words[rule['kind']]}{validation}"


def economy(training: Mapping[str, Any]) -> dict[str, Any]:
    """Which instances trained and what they cost, where that is known."""
    if "spot" not in training:
        return {}
    tried = {
        f"tried before, {number}": f"{'managed spot' if one['spot'] else 'on demand'}: {one['reason']}"
        for number, one in enumerate(training["attempts"], start=1)
    }
    saved = {} if training["saved"] is None else {"saved by managed spot": share(training["saved"])}
    instances = "managed spot" if training["spot"] else "on demand"
    return {"instances": instances, "billed seconds": training["billable_seconds"], **saved, **tried}


def share(value: float) -> str:
    """0.781 → 78.1 %."""
    return f"{value:.1%}".replace("%", " %")


def interval(bounds: Sequence[float] | None) -> str | None:
    """The two ends, or nothing."""
    return None if bounds is None else f"{bounds[0]:.4f} to {bounds[1]:.4f}".replace("-", "−")
