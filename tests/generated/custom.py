"""Somebody's own ratings: text ids, columns of other names, no order."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from tests.generated.taste import draw
from tests.generated.truth import Truth

COLUMNS = {"user": "customer", "item": "product", "rating": "stars", "timestamp": "when"}
"""What an input has to be told to read ``own_columns``."""
_NAMES = ("anna", "Zoë", "o'hara", "li wei", "Ñandú", "007")
_GOODS = ("mug", "Käse", "lamp, blue", 'frame 12"', "tea/green", "0042")


def own_columns(
    folder: Path,
    *,
    seed: int = 0,
    users: int = 200,
    items: int = 200,
    rows: int = 20_000,
    delimiter: str = ",",
    with_dates: bool = False,
    file: str = "purchases.csv",
) -> Truth:
    """A table of ``customer, product, stars, when`` and a column of no use, rows in no order, text quoted where needed.

    with_dates: ``when`` as ``2024-03-01T12:00:00Z``, else in seconds. Some ids look like numbers with zeros in front.
    """
    rng = np.random.default_rng(seed)
    drawn = draw(rng, users=users, items=items, rows=rows, halves=True).take(rng.permutation(rows))
    customers = np.array([f"{_NAMES[n % len(_NAMES)]}-{n:03d}" for n in range(users)], dtype=object)
    products = np.array([f"{_GOODS[n % len(_GOODS)]} {n}" for n in range(items)], dtype=object)
    customers[0], products[0] = "000123", "00450"
    truth = Truth(
        folder=folder,
        file=file,
        users=customers[drawn.user],
        items=products[drawn.item],
        values=drawn.values,
        times=drawn.times,
        liked_probability=drawn.liked_probability,
    )
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / file).open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, delimiter=delimiter, lineterminator="\n")
        writer.writerow(["order", COLUMNS["item"], COLUMNS["user"], COLUMNS["timestamp"], COLUMNS["rating"]])
        writer.writerows(_rows(truth, with_dates=with_dates))
    return truth


def _rows(truth: Truth, *, with_dates: bool) -> list[list[Any]]:
    columns = (truth.users, truth.items, truth.values, truth.times)
    rows = zip(*(column.tolist() for column in columns), strict=True)
    return [
        [f"#{n}", product, customer, _date(when) if with_dates else when, f"{stars:g}"]
        for n, (customer, product, stars, when) in enumerate(rows, start=1)
    ]


def _date(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
