"""Spot in the execution's input, and what of its price is told."""

from __future__ import annotations

from typing import Any

import pytest

from lambdas.logic.economy import told
from lambdas.logic.job import InvalidInput, complete
from lambdas.logic.report import words


@pytest.mark.parametrize(
    ("given", "wait_s"),
    [
        ({}, None),
        ({"spot": True}, 7200),
        ({"spot": True, "max_runtime_s": 600}, 4200),
        ({"spot": True, "max_wait_s": 3600.0}, 3600),
    ],
)
def test_only_spot_waits_and_an_hour_unless_said(given: dict[str, Any], wait_s: int | None) -> None:
    training = complete({"training": given})["training"]
    assert (training["spot"], training.get("max_wait_s")) == (bool(given), wait_s)
    assert complete({"training": training})["training"] == training


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"max_wait_s": 3600}, "training.max_wait_s: 3600, expected none: without training.spot"),
        ({"spot": True, "max_wait_s": 3599}, "expected at least training.max_runtime_s, 3600, which it includes"),
        ({"spot": True, "max_wait_s": 900, "max_runtime_s": 901}, "training.max_wait_s: 900, expected at least"),
        ({"spot": "yes"}, "training.spot: 'yes', expected boolean"),
    ],
)
def test_a_wait_that_cannot_be_is_refused(given: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        complete({"training": given})
    assert words in str(refusal.value)


def test_savings_are_those_of_the_billed_seconds() -> None:
    spot = {"spot": True, "attempts": [], "seconds": 200, "billable_seconds": 60}
    assert told(spot) == {"spot": True, "billable_seconds": 60, "saved": 0.7, "attempts": []}
    assert words.economy(told(spot)) == {
        "instances": "managed spot",
        "billed seconds": 60,
        "saved by managed spot": "70.0 %",
    }
    assert told({**spot, "billable_seconds": None})["saved"] is None
    assert told({"job": "of a version from before"}) == words.economy({}) == {}


def test_what_was_tried_before_is_told() -> None:
    attempts = [{"spot": True, "reason": "CapacityError"}, {"spot": False, "reason": "too many"}]
    found = told({"spot": False, "attempts": attempts, "seconds": 20, "billable_seconds": 20})
    assert (found["saved"], found["attempts"]) == (None, attempts), "nothing is saved on demand"
    assert words.economy(found) == {
        "instances": "on demand",
        "billed seconds": 20,
        "tried before, 1": "managed spot: CapacityError",
        "tried before, 2": "on demand: too many",
    }
