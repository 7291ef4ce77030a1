"""Estimates, against sums done by hand; what is not known is said to be, and never counted as nothing."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import lambdas.logic.cost.prices
from lambdas.logic.cost.estimate import after, as_document, before
from lambdas.logic.cost.prices import Prices
from lambdas.logic.cost.words import dollars, lines, sentence
from lambdas.logic.job import complete

ROWS = 90_570
HOURLY = {"ml.c5.xlarge": 0.204, "ml.m5.large": 0.115}
TABLE = Path(lambdas.logic.cost.prices.__file__).with_name("prices.json")


def _before(**given: Any) -> dict[str, Any]:
    return as_document(before(complete(given), rows=ROWS))


def _item(document: dict[str, Any], what: str) -> dict[str, Any]:
    (found,) = (item for item in document["items"] if item["what"] == what)
    return dict(found)


def test_each_price_says_where_it_is_from() -> None:
    table = json.loads(TABLE.read_text())
    assert date.fromisoformat(table["read"]) <= date.today()
    for name, entry in table["prices"].items():
        assert entry["usd"] > 0, name
        assert len(entry["source"]) > 20, name
        assert entry["unit"], name


def test_the_blogs_job_by_hand() -> None:
    document = _before(models=["like"])
    seconds = 130 + ROWS * 50 / 220_000
    assert _item(document, "like model")["usd"] == pytest.approx(seconds / 3600 * HOURLY["ml.c5.xlarge"], abs=1e-4)
    assert document["usd"] == {
        "execution": pytest.approx(0.0085, abs=2e-4),
        "day": pytest.approx(24 * HOURLY["ml.m5.large"]),
    }


def test_more_instances_trainings_and_models_cost_more() -> None:
    one = _before(models=["like"])["usd"]["execution"]
    assert _before(models=["like"], training={"instance_count": 3})["usd"]["execution"] == pytest.approx(3 * one, 0.01)
    tuned = _before(models=["like"], split={"validation": 0.1}, tune={"jobs": 4, "num_factors": [8, 16]})
    assert tuned["usd"]["execution"] == pytest.approx(9 * one, 0.01)
    ranking = _item(_before(), "ranking model")
    rows = ROWS * 0.55 * 8 * 9
    assert ranking["usd"] == pytest.approx((130 + rows * 4 / 220_000) / 3600 * HOURLY["ml.c5.xlarge"], abs=1e-4)
    spark = _item(_before(models=["like"], prepare={"engine": "glue"}), "preparation by Spark")
    assert spark["usd"] == pytest.approx(180 / 3600 * 2 * 0.44)


@pytest.mark.parametrize(
    ("deploy", "day", "how"),
    [
        ({"instance_count": 2}, 2 * 24 * 0.115, "24 hours of 2 ml.m5.large"),
        ({"mode": "serverless"}, 0, "serverless, while nobody asks it; 4e-05 dollars a second of answering"),
        ({"mode": "none"}, 0, "none: deploy.mode is none"),
    ],
    ids=["realtime", "serverless", "none"],
)
def test_endpoints_by_the_day(deploy: dict[str, Any], day: float, how: str) -> None:
    document = _before(deploy=deploy)
    assert document["usd"]["day"] == pytest.approx(day)
    assert _item(document, "endpoint")["how"].startswith(how)


def test_an_unknown_price_is_not_nothing() -> None:
    document = _before(models=["like"], training={"instance_type": "ml.p4d.24xlarge"})
    assert document["usd"]["execution"] is None
    assert _item(document, "like model")["usd"] is None
    assert "ml.p4d.24xlarge is not known" in _item(document, "like model")["how"]
    assert sentence(document).startswith("in AWS about not known for the execution")


def test_afterwards_it_is_what_was_billed() -> None:
    job = complete({"deploy": {"mode": "none"}})
    tuning = {"jobs": [{"trainings": {"Completed": 3, "Failed": 1, "InProgress": 0}}]}
    trainings: dict[str, dict[str, Any]] = {
        "like": {"seconds": 360, "tuning": tuning},
        "ranking": {"seconds": 36, "tuning": None},
    }
    states = [{"name": "Prepare Ratings with Spark", "seconds": 90.0}, {"name": "Train Model", "seconds": 400.0}]
    document = as_document(after(job, trainings=trainings, states=states, is_deployed=False))
    price = HOURLY["ml.c5.xlarge"]
    assert [(item["what"], item["usd"]) for item in document["items"]] == [
        ("like model", pytest.approx(0.1 * price)),
        ("4 trainings of the tuning", pytest.approx(0.4 * price)),
        ("ranking model", pytest.approx(0.01 * price, abs=1e-4)),
        ("preparation by Spark", pytest.approx(90 * 2 / 3600 * 0.44)),
        ("storage", 0.023),
    ]
    assert document["usd"]["day"] == 0


def test_words() -> None:
    assert [dollars(usd) for usd in (None, 0, 0.004, 2.756)] == [
        "not known",
        "0 USD",
        "less than 0.01 USD",
        "2.76 USD",
    ]
    said = lines(_before(deploy={"mode": "none"}))
    assert "endpoint: 0 USD a day (none: deploy.mode is none)" in said
    assert said[-1].startswith("Not counted: functions")
    assert f"a snapshot of {Prices.load().read}" in sentence(_before())
