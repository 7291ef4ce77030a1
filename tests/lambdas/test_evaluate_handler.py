"""The evaluation of real channels, by every task and beside every kind of feature, against sums done by hand."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import lambdas.evaluate
from fm.model import FactorizationMachine
from lambdas.logic.evaluation import NoValidationRows
from lambdas.logic.reported import REPORTED, EvaluationMismatch
from prep import keys
from tests.lambdas.executions import EVERY_BLOCK, Executions, drawn, rated, scores, sigmoid

RUN = "runs/challenger/"
SPLIT = {"kind": "given", "name": "ua", "seed": 5}
FREE = {"beat_baseline": False, "champion": "ignore"}
FIXED = {"measure": "fixed", "value": 0.5}
MOST_BYTES = 8192
"""Of what a state remembers; all of a state's data may have 262,144."""


class Case:
    """The sample, prepared for a model that was drawn at random."""

    def __init__(self, executions: Executions, sample: Path, preparation: dict[str, Any]) -> None:
        self.executions, self.preparation = executions, {"split": SPLIT, **preparation}
        self.prepared = executions.prepare(RUN, sample, self.preparation)
        self.model = drawn(self.prepared["feature_dim"], kind=self.prepared["predictor_type"])
        self.uri = executions.put_model(RUN, self.model)

    def evaluate(self, **over: Any) -> dict[str, Any]:
        event: dict[str, Any] = {
            "run": RUN,
            "model_data": self.uri,
            "reported": [],
            "preparation": self.preparation,
            "prepared": self.prepared,
            "threshold": FIXED,
            "gate": FREE,
            "champion": None,
        }
        return lambdas.evaluate.handler({**event, **over}, None)

    def document(self) -> dict[str, Any]:
        return self.executions.json(f"{RUN}evaluation.json")

    def by_hand(self, key: str = keys.TEST) -> tuple[NDArray[np.float32], NDArray[np.float64], list[Any]]:
        """Labels, scores before any sigmoid, and pairs of ids."""
        dense, labels, pairs = self.executions.rows(RUN, key)
        return labels, scores(self.model, dense), pairs


def _cross_entropy(labels: NDArray[Any], p: NDArray[np.float64]) -> float:
    return float(-np.mean(np.where(labels == 1, np.log(p), np.log1p(-p))))


@pytest.mark.parametrize("features", [[], EVERY_BLOCK], ids=["plain", "every block"])
def test_measures_are_those_of_the_artifact_on_the_test_channel(
    executions: Executions, tiny_sample: Path, features: list[str]
) -> None:
    case = Case(executions, tiny_sample, {"features": features, "shards": 2})
    answer = case.evaluate()
    labels, score, _ = case.by_hand()
    p = sigmoid(score)
    assert answer["task"] == "binary_classifier"
    assert answer["metrics"]["accuracy"] == np.mean((p >= 0.5) == (labels == 1))
    assert answer["metrics"]["cross_entropy"] == pytest.approx(_cross_entropy(labels, p), rel=1e-5)
    assert answer["metrics"]["rows"] == labels.size == 300
    low, high = answer["intervals"]["cross_entropy"]
    assert low < answer["metrics"]["cross_entropy"] < high


def test_baselines_are_of_the_training_ratings(executions: Executions, tiny_sample: Path) -> None:
    """The prior counts all shards; biases alone are nearer to the planted truth than a model that was drawn."""
    case = Case(executions, tiny_sample, {"shards": 3})
    baselines = case.evaluate()["baselines"]
    stars = rated(tiny_sample, "ua.base").values()
    prior = np.mean([value >= 4 for value in stars])
    labels, score, _ = case.by_hand()
    assert baselines["prior_cross_entropy"] == pytest.approx(
        _cross_entropy(labels, np.full(labels.size, prior)), rel=1e-6
    )
    assert baselines["majority_accuracy"] == np.mean((prior >= 0.5) == (labels == 1))
    assert baselines["bias_only"].keys() == case.document()["metrics"].keys()
    assert baselines["bias_only"]["cross_entropy"] < _cross_entropy(labels, sigmoid(score))


def test_the_state_gets_no_curves_and_the_bucket_everything(executions: Executions, tiny_sample: Path) -> None:
    case = Case(executions, tiny_sample, {})
    answer = case.evaluate()
    assert len(json.dumps(answer, allow_nan=False)) < MOST_BYTES
    assert answer.pop("key") == f"s3://{executions.bucket}/{RUN}evaluation.json"
    document = case.document()
    assert set(document.pop("curves")) == {"roc", "precision_recall", "thresholds", "calibration", "scores"}
    quality = document.pop("binary_classification_metrics")
    assert quality["accuracy"]["value"] == answer["metrics"]["accuracy"], "in the form that SageMaker Studio shows"
    assert document == answer


def test_of_the_ordinal_task_only_the_threshold_that_decides_is_judged(
    executions: Executions, tiny_sample: Path
) -> None:
    """By the stars in the files, and by the model's sum over the row with the column "at least 4"."""
    case = Case(executions, tiny_sample, {"label": {"task": "ordinal"}})
    dense, labels, pairs = executions.rows(RUN)
    thresholds = executions.space(RUN).thresholds
    assert thresholds == ("2", "3", "4", "5")
    decides = dense[:, -4 + thresholds.index("4")] == 1
    stars = rated(tiny_sample, "ua.test")
    liked = np.array([stars[pair] >= 4 for pair, is_one in zip(pairs, decides, strict=True) if is_one])
    p = sigmoid(scores(case.model, dense))
    everything = {
        "accuracy": float(np.mean((p >= 0.5) == (labels == 1))),
        "cross_entropy": _cross_entropy(labels, p),
    }
    reported = [{"name": REPORTED[name], "value": value} for name, value in everything.items()]
    answer = case.evaluate(reported=reported)
    assert (answer["task"], answer["metrics"]["rows"], labels.size) == ("ordinal", len(stars), 4 * len(stars))
    assert answer["metrics"]["positives"] == liked.sum()
    assert answer["metrics"]["accuracy"] == np.mean((p[decides] >= 0.5) == liked)
    assert answer["metrics"]["cross_entropy"] == pytest.approx(_cross_entropy(liked, p[decides]), rel=1e-5)
    assert answer["reported"]["figures"] == everything
    assert answer["reported"]["largest_gap"] < 1e-5
    gap = abs(everything["cross_entropy"] - answer["metrics"]["cross_entropy"])
    assert gap > 0.01, "the two sets of rows should not happen to agree"
    prior = np.mean([value >= 4 for value in rated(tiny_sample, "ua.base").values()])
    assert answer["baselines"]["prior_cross_entropy"] == pytest.approx(
        _cross_entropy(liked, np.full(liked.size, prior)), rel=1e-6
    )


def test_a_regressor_is_measured_in_stars(executions: Executions, tiny_sample: Path) -> None:
    case = Case(executions, tiny_sample, {"label": {"task": "regressor"}})
    labels, score, pairs = case.by_hand()
    stars = rated(tiny_sample, "ua.test")
    assert labels.tolist() == [stars[pair] for pair in pairs]
    rmse = math.sqrt(np.mean((score - labels) ** 2))
    mean = np.mean(list(rated(tiny_sample, "ua.base").values()))
    answer = case.evaluate(reported=[{"name": "test:rmse", "value": rmse}], gate={"beat_baseline": True})
    assert answer["metrics"]["rmse"] == pytest.approx(rmse, rel=1e-5)
    assert answer["metrics"]["mae"] == pytest.approx(np.mean(np.abs(score - labels)), rel=1e-5)
    assert answer["baselines"]["mean"]["rmse"] == pytest.approx(math.sqrt(np.mean((mean - labels) ** 2)), rel=1e-6)
    assert answer["baselines"]["bias_only"]["rmse"] < answer["baselines"]["mean"]["rmse"]
    assert answer["baselines"]["mean"].keys() == answer["baselines"]["bias_only"].keys() == answer["metrics"].keys()
    assert answer["gate"]["decision"] == "rejected", "a drawn model answers far below any star"
    assert answer["gate"]["reasons"] == [
        f"rmse {rmse:.4f}, always predicting the mean rating has {answer['baselines']['mean']['rmse']:.4f}"
    ]
    assert "curves" not in case.document()


def test_the_threshold_is_chosen_on_validation_and_applied_to_test(executions: Executions, tiny_sample: Path) -> None:
    case = Case(executions, tiny_sample, {"split": {**SPLIT, "validation": 0.3}})
    answer = case.evaluate(threshold={"measure": "f1", "value": 0.5})
    labels, score, _ = case.by_hand(keys.VALIDATION)
    p = sigmoid(score)
    best = max(_f1(labels, p >= cut) for cut in p)
    chosen = answer["threshold"]
    assert (chosen["measure"], chosen["chosen_on"]) == ("f1", "validation")
    assert _f1(labels, p >= chosen["value"]) == pytest.approx(best)
    assert chosen["value_there"] == pytest.approx(best)
    labels, score, _ = case.by_hand()
    assert answer["metrics"]["threshold"] == chosen["value"] != 0.5
    assert answer["metrics"]["f1"] == pytest.approx(_f1(labels, sigmoid(score) >= chosen["value"]))


def _f1(labels: NDArray[Any], taken: NDArray[np.bool_]) -> float:
    hits = np.sum(taken & (labels == 1))
    return float(2 * hits / (taken.sum() + labels.sum()))


def test_a_threshold_to_be_chosen_needs_validation_rows(executions: Executions, tiny_sample: Path) -> None:
    case = Case(executions, tiny_sample, {})
    with pytest.raises(NoValidationRows, match=r"threshold by cost, expected split\.validation above 0"):
        case.evaluate(threshold={"measure": "cost", "false_positive_cost": 2, "false_negative_cost": 1})


def test_a_model_that_the_job_did_not_report_is_refused(executions: Executions, tiny_sample: Path) -> None:
    case = Case(executions, tiny_sample, {})
    with pytest.raises(EvaluationMismatch, match=r"accuracy is .* expected the job's 0\.123000"):
        case.evaluate(reported=[{"name": REPORTED["accuracy"], "value": 0.123}])
    with pytest.raises(Exception, match="NoSuchKey"):
        case.document()


def test_the_gate_sees_all_that_was_measured(executions: Executions, tiny_sample: Path) -> None:
    case = Case(executions, tiny_sample, {})
    gate = {"beat_baseline": True, "min_auc": 0.99, "champion": "not_worse"}
    answer = case.evaluate(gate=gate)
    assert answer["gate"]["decision"] == "rejected"
    assert [reason.split()[0] for reason in answer["gate"]["reasons"]] == ["auc", "cross_entropy"]
    assert answer["champion"] is None


def test_the_model_is_of_the_prepared_width(executions: Executions, tiny_sample: Path) -> None:
    case = Case(executions, tiny_sample, {})
    narrow: FactorizationMachine = drawn(case.prepared["feature_dim"] - 1)
    with pytest.raises(ValueError, match=r"80 columns, expected 79"):
        case.evaluate(model_data=executions.put_model("runs/other/", narrow))
