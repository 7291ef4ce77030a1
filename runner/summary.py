"""`summary.json`: everything a run did and found, in one document whose keys do not change.

Parts that an execution did not reach are null or empty, so a reader needs no case for a failed one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runner.data import Ratings
from runner.execution import Ended
from runner.history import failed_state

_ORDER_NOTES = {
    "ranking": "ordered by the ranking model: by how likely each movie is to be the next like, among all not rated yet",
    "like": "ordered by the like model: by the probability of a like if the movie is rated, not by what a user would "
    "choose next",
}
Json = dict[str, Any]


def assemble(
    *,
    ended: Ended,
    ratings: Ratings,
    given: Mapping[str, Any],
    scored: Mapping[str, Any],
    iam: Mapping[str, Any],
    seconds: float,
    seconds_by_part: Mapping[str, float],
) -> Json:
    """The summary of one run.

    `scored` is the execution's predictions.json, empty where nothing was deployed; `iam` the audit of this run alone;
    `seconds` the wall-clock time of the whole command.
    """
    result = _reached(ended.variables) if ended.output is None else ended.output
    return {
        "status": ended.status,
        "seconds": seconds,
        "seconds_by_part": dict(seconds_by_part),
        "execution": {"arn": ended.arn, "input": dict(given)},
        **_failure(ended),
        "decision": result.get("decision"),
        "dataset": {**checked_facts(ratings), **result.get("dataset", {})},
        "states": _states(ended),
        "training": result.get("training"),
        "metrics": result.get("metrics"),
        "intervals": result.get("intervals"),
        "ranking": result.get("ranking"),
        "reported": result.get("reported"),
        "baselines": result.get("baselines"),
        "gate": result.get("gate"),
        "drift": result.get("drift"),
        "release": result.get("release"),
        "version": result.get("version"),
        "package": result.get("package"),
        "endpoint": result.get("endpoint"),
        "cost": result.get("cost"),
        "verified": result.get("verified"),
        "predictions": scored.get("predictions", []),
        "recommendations": scored.get("recommendations", []),
        "recommendations_note": _ORDER_NOTES[scored.get("model", "like")],
        "iam": dict(iam),
        "artifacts": result.get("artifacts", {}),
    }


def _reached(variables: Mapping[str, Any]) -> Json:
    """What a failed execution had found before it failed, in the shape of an output."""
    prepared = variables.get("prepared") or variables.get("like_prepared") or {}
    training, evaluation = (variables.get(name, {}) for name in ("training", "evaluation"))
    artifacts = {"model": training.get("model_data"), "evaluation": evaluation.get("key")}
    return {
        "dataset": prepared,
        "training": {key: training[key] for key in ("job", "hyperparameters", "seconds")} if training else None,
        **{key: evaluation.get(key) for key in ("metrics", "intervals", "reported", "baselines", "gate", "drift")},
        "package": variables.get("package"),
        "artifacts": {name: where for name, where in artifacts.items() if where},
    }


def iam_since(before: Mapping[str, Any], after: Mapping[str, Any]) -> Json:
    """The audit's counts between two looks at it: a local AWS that stays up has those of earlier runs as well."""
    return {
        "enforced": after["enforced"],
        "calls": after["calls"] - before["calls"],
        "denied": after["denied"] - before["denied"],
        "denials": _rows_since(before.get("denials", []), after.get("denials", [])),
        "unenforced": _rows_since(before.get("unenforced", []), after.get("unenforced", [])),
    }


def _rows_since(before: list[Json], after: list[Json]) -> list[Json]:
    counted = {_key(row): row["count"] for row in before}
    rows = ({**row, "count": row["count"] - counted.get(_key(row), 0)} for row in after)
    return [row for row in rows if row["count"]]


def _key(row: Mapping[str, Any]) -> tuple[str, str, str]:
    return row["role"], row["action"], row["resource"]


def _failure(ended: Ended) -> Json:
    if ended.output is not None:
        return {"failed_state": None, "error": None, "cause": None}
    return {"failed_state": failed_state(ended.seen, ended.cause), "error": ended.error, "cause": ended.cause}


def _states(ended: Ended) -> list[Json]:
    """An error that the machine caught and then ended in is that state's failure, whatever tidied up after it."""
    rows = [visit.as_dict() for visit in ended.seen]
    failed = _failure(ended)["failed_state"]
    last = next((row for row in reversed(rows) if row["name"] == failed), None)
    if last is not None:
        last["status"] = "FAILED"
    return rows


def checked_facts(ratings: Ratings) -> Json:
    """The data as it was read and checked before the run, in the shape of the summary's `dataset`."""
    prepared = ratings.checked.prepared
    return {
        **prepared.as_dict(),
        # One that no description names has the name it gets in the bucket.
        "name": ratings.name if prepared.name == ratings.source.name else prepared.name,
        "origin": ratings.how,
    }
