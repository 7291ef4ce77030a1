"""How good a model is on the test channel, how surely, and beside what needs no model or hardly one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from fm.evaluation.bias_only import BiasOnly, fit_like_biases, fit_rating_biases
from fm.evaluation.documents import evaluate_classifier, evaluate_regressor
from fm.evaluation.samples import ClassifierSample, RegressorSample
from fm.evaluation.thresholds import Threshold, choose_threshold
from fm.metrics import classifier_baselines, mean_baseline
from fm.model import THRESHOLD
from lambdas.logic.channels import Answers, Ratings, ScoredChannel
from prep.feature_space import FeatureSpace

# The blog post's own figures for ml-100k, ua.base / ua.test.
BLOG = {"accuracy": 0.7159, "cross_entropy": 0.5811, "f1": 0.7456}
CURVES = "curves"
"""The part of the document that is too large for a state."""


class NoValidationRows(ValueError):
    """A threshold is to be chosen, and there is nothing to choose it on."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Evidence:
    """The channels: the held-out ones with the model's scores. validation: None where the split has none."""

    space: FeatureSpace
    train: Ratings
    validation: ScoredChannel | None
    test: ScoredChannel

    @property
    def sizes(self) -> dict[str, int]:
        """Of the catalogue."""
        return {"n_users": len(self.space.users), "n_items": len(self.space.items)}


def evaluate(evidence: Evidence, *, task: str, threshold: Mapping[str, Any]) -> dict[str, Any]:
    """`task`, `metrics`, `intervals`, `interval`, `baselines`; of a classifier `threshold` and `curves` too.

    threshold: how the input wants it chosen. Raises NoValidationRows, MetricError.
    """
    document = _regressor(evidence) if task == "regressor" else _classifier(evidence, threshold)
    return {"task": task, **document}


def chosen_threshold(asked: Mapping[str, Any], validation: Answers | None) -> Threshold:
    """The threshold as given, or the one that is best on validation rows. Raises NoValidationRows, MetricError."""
    measure = asked.get("measure", "fixed")
    if measure == "fixed":
        value = float(asked.get("value", THRESHOLD))
        return Threshold(value=value, measure="fixed", chosen_on="given", value_there=None)
    if validation is None:
        raise NoValidationRows(f"threshold by {measure}, expected split.validation above 0")
    costs = {name: float(asked[name]) for name in ("false_positive_cost", "false_negative_cost") if name in asked}
    return choose_threshold(validation.labels, validation.scores, measure, **costs)


def _classifier(evidence: Evidence, asked: Mapping[str, Any]) -> dict[str, Any]:
    labels, validation = evidence.test.ratings.labels, evidence.validation
    on = None if validation is None else Answers(validation.ratings.labels, validation.scores)
    found = evaluate_classifier(labels, evidence.test.scores, threshold=chosen_threshold(asked, on))
    prior = float(evidence.train.labels.mean())
    baselines = {
        **asdict(classifier_baselines(prior, labels)),
        "bias_only": _like_biases(evidence, asked),
        "blog_ml_100k": BLOG,
    }
    return {**found.as_json(), "baselines": baselines}


def _like_biases(evidence: Evidence, asked: Mapping[str, Any]) -> dict[str, Any]:
    """The measures of biases alone, whose threshold is chosen as the model's is."""
    train, validation = evidence.train, evidence.validation
    biases = fit_like_biases(train.users, train.items, train.labels, **evidence.sizes)
    on = None if validation is None else _likely(biases, validation.ratings)
    threshold = chosen_threshold(asked, on)
    answers = _likely(biases, evidence.test.ratings)
    return ClassifierSample(answers.labels, answers.scores, threshold=threshold.value).measures().as_json()


def _likely(biases: BiasOnly, ratings: Ratings) -> Answers:
    probabilities = biases.probability(ratings.users, ratings.items)
    return Answers(ratings.labels, probabilities.astype(np.float32))


def _regressor(evidence: Evidence) -> dict[str, Any]:
    train, test = evidence.train, evidence.test.ratings
    found = evaluate_regressor(test.labels, evidence.test.scores)
    biases = fit_rating_biases(train.users, train.items, train.labels, **evidence.sizes)
    by_bias = RegressorSample(test.labels, biases.score(test.users, test.items))
    baselines = {
        "mean": {**asdict(mean_baseline(train.labels, test.labels)), "rows": by_bias.size},
        "bias_only": by_bias.measures().as_json(),
    }
    return {**found.as_json(), "baselines": baselines}
