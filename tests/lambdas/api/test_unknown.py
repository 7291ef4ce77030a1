"""Requests that name ids which the live version does not know, as the log counts them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.lambdas.api.asking import Asker

PAIR = {"user": 1, "item": 10}


@pytest.mark.parametrize(
    ("path", "unknown", "share"),
    [
        ("/users/1", 0, 0),
        ("/users/nobody", 1, 1),
        ("/users/1/recommendations", 0, 0),
        ("/users/99/recommendations", 1, 1),
        ("/items/10", 0, 0),
        ("/items/11", 1, 1),
        ("/items/11/similar", 1, 1),
        ("/users", 0, None),
        ("/items", 0, None),
        ("/model", 0, None),
        ("/nothing", 0, None),
    ],
)
def test_ids_in_paths(asker: Asker, path: str, unknown: int, share: int | None) -> None:
    asker.get(path)
    assert (asker.lines[-1]["unknown"], asker.lines[-1]["UnknownIds"]) == (unknown, share)


@pytest.mark.parametrize(
    ("path", "body", "unknown", "share"),
    [
        ("/predictions", {"pairs": [PAIR, PAIR]}, 0, 0),
        ("/predictions", {"pairs": [PAIR, {"user": 99, "item": 11}, {"user": "1", "item": 10}]}, 3, 1),
        ("/predictions", {"pairs": []}, 0, None),
        ("/recommendations", {"liked": [10], "disliked": [12]}, 0, 0),
        ("/recommendations", {"liked": [10, 11], "disliked": [13]}, 2, 1),
        ("/recommendations", {"liked": []}, 0, None),
    ],
)
def test_ids_in_bodies(asker: Asker, path: str, body: dict[str, Any], unknown: int, share: int | None) -> None:
    asker.post(path, body)
    assert (asker.lines[-1]["unknown"], asker.lines[-1]["UnknownIds"]) == (unknown, share)
