"""An execution's output, gathered from what its steps remembered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from lambdas.logic.cost.estimate import after, as_document
from lambdas.logic.economy import told

_OF_ENDPOINT = ("name", "config", "status", "expires")
_BESIDE_FIGURES = ("frequency", "key")


def summarise(
    *,
    job: Mapping[str, Any],
    fetched: Mapping[str, Any],
    prepared: Mapping[str, Any],
    training: Mapping[str, Any],
    evaluation: Mapping[str, Any],
    endpoint: Mapping[str, Any],
    predictions: Mapping[str, Any] | None,
    ranking: Mapping[str, Any] | None = None,
    ranked: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Counts, figures and `s3://` addresses; nothing of the data itself.

    `ranking` is the preparation and the training of the ranking model, `ranked` its evaluation; both None without one.
    """
    gates = [evaluation["gate"], *([ranked["gate"]] if ranked and "gate" in ranked else [])]
    accepted = "deployed" if predictions else "trained"
    return {
        "decision": accepted if all(gate["decision"] == "accepted" for gate in gates) else "rejected",
        "dataset": {**prepared, "source": fetched["source"], "how": fetched["how"]},
        "training": _trained(training),
        "metrics": evaluation["metrics"],
        "intervals": evaluation.get("intervals"),
        "reported": evaluation["reported"],
        "baselines": evaluation["baselines"],
        "gate": evaluation["gate"],
        "drift": evaluation.get("drift"),
        "ranking": _ranking(ranking, ranked) if ranking and ranked else None,
        "endpoint": {key: endpoint[key] for key in _OF_ENDPOINT if key in endpoint} if predictions else None,
        "verified": dict(predictions) if predictions else None,
        "artifacts": {
            "model": training["model_data"],
            "evaluation": evaluation["key"],
            **({"ranking_model": ranking["training"]["model_data"]} if ranking else {}),
            **({"ranking_evaluation": ranked["key"]} if ranked and "key" in ranked else {}),
        },
    }


def with_version(
    result: Mapping[str, Any],
    published: Mapping[str, Any] | None,
    batch: Mapping[str, Any] | None,
    package: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The same with the version that goes live next, None for a rejected model, and where all users' lists are.

    package: the version's ARN and status in the model registry; one that waits for its approval decides.
    """
    places = {name: written["uri"] for name, written in (("bundle", published), ("batch", batch)) if written}
    version = published["version"] if published else None
    registered = _registered(package) if package else None
    waits = {"decision": "awaiting_approval"} if registered and "approve" in registered else {}
    return {
        **result,
        **waits,
        "version": version,
        "package": registered,
        "artifacts": {**result["artifacts"], **places},
    }


def _registered(package: Mapping[str, Any]) -> dict[str, Any]:
    """With how it is approved where it waits for that."""
    if package["status"] != "PendingManualApproval":
        return dict(package)
    command = "aws sagemaker update-model-package --model-approval-status Approved --model-package-arn"
    return {**package, "approve": f"{command} {package['arn']}"}


def with_release(result: Mapping[str, Any], released: Mapping[str, Any] | None) -> dict[str, Any]:
    """The same with the verdict of a release that was rolled back, or began a trial; None of any other."""
    verdict = {"decision": released["decision"]} if released else {}
    return {**result, **verdict, "release": released}


def with_cost(
    result: Mapping[str, Any],
    job: Mapping[str, Any],
    *,
    training: Mapping[str, Any],
    ranking: Mapping[str, Any] | None,
    states: Iterable[Mapping[str, Any]],
) -> dict[str, Any]:
    """The same with what the execution has cost in AWS, about, and what its endpoint costs a day."""
    trainings = {"like": training, **({"ranking": ranking["training"]} if ranking else {})}
    items = after(job, trainings=trainings, states=states, is_deployed=result["endpoint"] is not None)
    return {**result, "cost": as_document(items)}


def _ranking(ranking: Mapping[str, Any], ranked: Mapping[str, Any]) -> dict[str, Any]:
    """The ranking model's figures, without what each item was recommended."""
    figures = {name: value for name, value in ranked.items() if name not in _BESIDE_FIGURES}
    return {**figures, "training": _trained(ranking["training"])}


def _trained(training: Mapping[str, Any]) -> dict[str, Any]:
    """What it took; what tuning found is told where there was any."""
    tuning = {"tuning": training["tuning"]} if training.get("tuning") else {}
    known = {key: training[key] for key in ("job", "hyperparameters", "seconds")}
    return {**known, **told(training), **tuning}
