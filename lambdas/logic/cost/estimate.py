"""What an execution will cost before it starts, and what it has cost afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from lambdas.logic.cost.prices import NOT_COUNTED, Item, Prices, total

START_S: Final = 130
"""Of a training's billed time, what is not training: a public job of 2023 was billed 148 seconds and trained for 17."""
ROWS_PER_S: Final = 220_000
"""Which that job went through, on an ml.c4.xlarge, with 64 factors."""
LIKED: Final = 0.55
"""Share of ratings that are likes, of which the ranking model's rows are made: that of ml-100k."""
GLUE_S: Final = 180
GLUE_WORKERS: Final = 2
ASSUMED: Final = (
    f"a training is billed {START_S} seconds and one more for {ROWS_PER_S:,} rows and epoch; {LIKED:.0%} of the "
    f"ratings are likes; spot instances are taken to cost what others do; Spark takes {GLUE_S // 60} minutes on "
    f"{GLUE_WORKERS} workers"
)


def before(job: Mapping[str, Any], *, rows: int) -> list[Item]:
    """job: complete. rows: ratings to train on."""
    prices = Prices.load()
    like_s = _training_s(rows, job["hyperparameters"])
    lines = [_training(job, "like model", like_s)]
    if "ranking" in job["models"]:
        ranking = job["ranking"]
        pairs = rows * LIKED * ranking["likes_repeated"] * (1 + ranking["negatives"])
        lines.append(_training(job, "ranking model", _training_s(pairs, ranking["hyperparameters"])))
    if count := job["tune"]["jobs"] * len(job["tune"].get("num_factors") or [0]):
        lines.append(_training(job, f"{count} trainings of the tuning", count * like_s))
    if job["prepare"]["engine"] == "glue":
        lines.append(_glue(prices, GLUE_S * len(job["models"])))
    return [*lines, *endpoint(job["deploy"]), _storage(prices)]


def after(
    job: Mapping[str, Any],
    *,
    trainings: Mapping[str, Mapping[str, Any]],
    states: Iterable[Mapping[str, Any]],
    is_deployed: bool,
) -> list[Item]:
    """By the seconds that were billed. trainings: what is remembered of each, by the name of its model.

    Of a tuning's trainings only the number is known: each is taken to be as long as the one that followed.
    """
    lines = []
    for model, training in trainings.items():
        seconds = training.get("billable_seconds") or training.get("seconds")
        if seconds is None or "training" not in job:
            continue
        lines.append(_training(job, f"{model} model", seconds))
        tunings = (training.get("tuning") or {}).get("jobs", [])
        if count := sum(sum(tuning["trainings"].values()) for tuning in tunings):
            lines.append(_training(job, f"{count} trainings of the tuning", count * seconds))
    glue_s = sum(state["seconds"] or 0 for state in states if state["name"].endswith("with Spark"))
    if glue_s:
        lines.append(_glue(Prices.load(), glue_s))
    return [*lines, *(endpoint(job["deploy"]) if is_deployed and "deploy" in job else []), _storage(Prices.load())]


def as_document(items: list[Item]) -> dict[str, Any]:
    """What an execution's output says of its cost; sums are null where a price is not known."""
    prices = Prices.load()
    return {
        "usd": {per: _rounded(total(items, per)) for per in ("execution", "day")},
        "items": [item.as_dict() for item in items],
        "prices": f"{prices.region}, a snapshot of {prices.read}",
        "not_counted": NOT_COUNTED,
    }


def endpoint(deploy: Mapping[str, Any]) -> Iterator[Item]:
    """What serves, by the day; nothing where nothing does."""
    prices = Prices.load()
    if deploy["mode"] == "realtime":
        count, kind = deploy["instance_count"], deploy["instance_type"]
        yield prices.item("endpoint", kind, 24 * count, per="day", how=f"24 hours of {count} {kind}")
    elif deploy["mode"] == "serverless":
        memory = deploy["serverless"]["memory_mb"] / 1024
        second = prices.item("", "serverless", memory, per="day", how="").usd
        yield Item(
            "endpoint", 0.0, "day", f"serverless, while nobody asks it; {second:g} dollars a second of answering"
        )
    else:
        yield Item("endpoint", 0.0, "day", "none: deploy.mode is none")


def _training_s(rows: float, hyperparameters: Mapping[str, Any]) -> float:
    return START_S + rows * float(hyperparameters.get("epochs", 1)) / ROWS_PER_S


def _training(job: Mapping[str, Any], what: str, seconds: float) -> Item:
    count, kind = job["training"]["instance_count"], job["training"]["instance_type"]
    hours = seconds * count / 3600
    how = f"{seconds / 60:.1f} minutes of {count} {kind}"
    return Prices.load().item(what, kind, hours, per="execution", how=how)


def _glue(prices: Prices, seconds: float) -> Item:
    how = f"{seconds / 60:.1f} minutes of {GLUE_WORKERS} DPU"
    return prices.item("preparation by Spark", "glue", max(seconds, 60) * GLUE_WORKERS / 3600, per="execution", how=how)


def _storage(prices: Prices) -> Item:
    return prices.item("storage", "s3", 1, per="month", how="each GB that is kept")


def _rounded(usd: float | None) -> float | None:
    return None if usd is None else round(usd, 4)
