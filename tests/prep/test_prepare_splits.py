"""Each kind of split of a set with text ids in no order, against what plain Python makes of its lines."""

from __future__ import annotations

import csv
import math
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from prep.errors import EmptyChannel, OneMomentOnly, TooFewIds, TooManyRejected
from tests.generated.custom import COLUMNS, own_columns
from tests.prep.preparing import (
    CHANNELS,
    Rating,
    agree,
    liked,
    matched,
    prepared_in,
    records_in,
    space_in,
    table,
)

INPUT: dict[str, Any] = {"input": {"columns": COLUMNS}}
ROWS = 3_000
VALIDATION = (0, 0.25)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("splits") / "own"
    own_columns(folder, seed=4, users=80, items=120, rows=ROWS)
    return folder


@pytest.fixture(scope="module")
def ratings(data: Path) -> list[Rating]:
    return table(data / "purchases.csv", ",", tuple(COLUMNS.values()), ids=str)


def divided(out: Path, data: Path, ratings: list[Rating], **split: Any) -> dict[str, list[Rating]]:
    """The channels' ratings, each with the label it should have, no rating in two."""
    out = out / "out"
    result = prepared_in(out, data, **INPUT, split={"seed": 5, **split})
    agree(out, result)
    channels = matched(out, ratings)
    for name, rows in channels.items():
        assert Counter(records_in(out, name)) == liked(rows)
    everything = Counter(row for rows in channels.values() for row in rows)
    assert max(everything.values()) == 1
    assert len(everything) + result.cold_rows == len(ratings)
    assert (len(channels["validation"]) > 0) == bool(split.get("validation"))
    return channels


def by_user(rows: list[Rating]) -> dict[str, list[Rating]]:
    found = defaultdict(list)
    for row in rows:
        found[row.user].append(row)
    return found


@pytest.mark.parametrize("validation", VALIDATION)
@pytest.mark.parametrize("k", [1, 7, 1000])
def test_k_of_each_users_ratings_are_held_out_but_never_all(
    tmp_path: Path, data: Path, ratings: list[Rating], k: int, validation: float
) -> None:
    job: dict[str, Any] = {"kind": "leave_k_out", "k": k, "validation": validation}
    if k == 1000 and validation:
        with pytest.raises(EmptyChannel, match=r"^split leave_k_out: no row for the validation channel"):
            prepared_in(tmp_path / "out", data, **INPUT, split=job)
        assert not list(tmp_path.iterdir())
        return
    channels = divided(tmp_path, data, ratings, **job)
    counts = {user: len(rows) for user, rows in by_user(ratings).items()}
    assert {user: len(rows) for user, rows in by_user(channels["test"]).items()} == {
        user: min(k, count - 1) for user, count in counts.items()
    }
    assert set(by_user(channels["train"])) == set(counts)
    # A share of what is left, each row by itself: 4 standard deviations, and a few that stay so that a user has one.
    rest = sum(max(count - k, 1) for count in counts.values())
    assert abs(len(channels["validation"]) - validation * rest) <= 4 * math.sqrt(validation * rest)


@pytest.mark.parametrize("validation", VALIDATION)
def test_a_random_share_is_held_out(tmp_path: Path, data: Path, ratings: list[Rating], validation: float) -> None:
    channels = divided(tmp_path, data, ratings, kind="random", share=0.3, validation=validation)
    assert abs(len(channels["test"]) - 0.3 * ROWS) < 4 * math.sqrt(0.3 * 0.7 * ROWS)
    expected = validation * 0.7 * ROWS
    assert abs(len(channels["validation"]) - expected) <= 4 * math.sqrt(expected)
    assert set(by_user(channels["train"])) == set(by_user(ratings))


@pytest.mark.parametrize("validation", VALIDATION)
def test_the_latest_of_each_user_are_held_out(
    tmp_path: Path, data: Path, ratings: list[Rating], validation: float
) -> None:
    channels = divided(tmp_path, data, ratings, kind="temporal", per="user", share=0.2, validation=validation)
    parts = {name: by_user(rows) for name, rows in channels.items()}
    for user, rows in by_user(ratings).items():
        held_out = round(0.2 * len(rows))
        assert len(parts["test"][user]) == held_out
        assert len(parts["validation"][user]) == round(validation * (len(rows) - held_out))
        times = [[row.time for row in parts[name][user]] for name in CHANNELS]
        in_order = [sorted(part) for part in times]
        assert [time for part in in_order for time in part] == sorted(row.time for row in rows)


@pytest.mark.parametrize("validation", VALIDATION)
def test_everything_from_a_moment_on_is_held_out(tmp_path: Path, ratings: list[Rating], validation: float) -> None:
    """All users come back now and then, but for two who come late."""
    times = np.random.default_rng(1).permutation([row.time for row in ratings]).tolist()
    late = set(sorted(by_user(ratings))[:2])
    ratings = [row._replace(time=t + 10**8 * (row.user in late)) for row, t in zip(ratings, times, strict=True)]
    write(tmp_path / "data" / "purchases.csv", ratings)
    channels = divided(tmp_path, tmp_path / "data", ratings, kind="temporal", share=0.2, validation=validation)
    times = sorted(row.time for row in ratings)
    moment = times[math.floor(0.8 * len(times))]
    earlier = [time for time in times if time < moment]
    second = earlier[math.floor((1 - validation) * len(earlier))] if validation else moment
    train = [row for row in ratings if row.time < second]
    known = set(by_user(train))
    expected = {
        "train": train,
        "validation": [row for row in ratings if second <= row.time < moment and row.user in known],
        "test": [row for row in ratings if row.time >= moment and row.user in known],
    }
    assert not known & late
    assert {name: Counter(rows) for name, rows in channels.items()} == {
        name: Counter(rows) for name, rows in expected.items()
    }


def write(path: Path, rows: list[Rating]) -> None:
    path.parent.mkdir(exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([tuple(COLUMNS.values()), *rows])


def some_ratings(users: int, rows_each: int, start: int = 0) -> list[Rating]:
    """Each user rates a few items, one after another, with both kinds of labels."""
    return [
        Rating(f"u{user}", f"i{(user + n) % 11}", 1.0 + (user + n) % 5, start + 100 * user + n)
        for user in range(users)
        for n in range(rows_each)
    ]


def test_who_comes_after_the_moment_is_counted_and_keeps_a_column(tmp_path: Path) -> None:
    old = some_ratings(8, 9)
    late = [Rating("late", item, stars, 10_000) for item, stars in (("i1", 5.0), ("i2", 1.0), ("new", 3.0))]
    both = [Rating("u1", "new", 5.0, 10_000), Rating("u2", "i1", 2.0, 10_000), Rating("u1", "i1", 1.0, 10_001)]
    old = [row for row in old if (row.user, row.item) not in {(row.user, row.item) for row in both}]
    write(tmp_path / "data" / "mine.csv", old + late + both)
    share = (len(late) + len(both)) / len(old + late + both)
    result = prepared_in(tmp_path / "out", tmp_path / "data", **INPUT, split={"kind": "temporal", "share": share})
    assert (result.cold_rows, result.rejected_rows) == (3, 0)
    assert result.ratings.train == len(old)
    assert result.ratings.test == len(both)
    assert result.cold_items.test == 1
    assert Counter(records_in(tmp_path / "out", "test")) == liked(both)
    assert {"late", "u1"} <= set(space_in(tmp_path / "out").users.tolist())
    assert "new" in space_in(tmp_path / "out").items.tolist()


def test_of_given_files_a_user_without_training_rows_is_rejected_by_line(tmp_path: Path) -> None:
    train = some_ratings(20, 9)
    test = [row._replace(item="i10", stars=1.0 + n % 5) for n, row in enumerate(train[::9][:11])]
    train = [row for row in train if (row.user, row.item) not in {(row.user, row.item) for row in test}]
    cold = [Rating("nobody", "i1", 5.0, 1), Rating("nobody", "i2", 1.0, 1)]
    write(tmp_path / "data" / "train.csv", train)
    write(tmp_path / "data" / "test.csv", [*test[:4], cold[0], *test[4:], cold[1]])
    shown = r"user_not_in_train 2; the first: test\.csv:6: user nobody, item i1, expected users of the training rows$"
    with pytest.raises(TooManyRejected, match=shown):
        prepared_in(tmp_path / "out", tmp_path / "data", input={**INPUT["input"], "max_rejected": 0.001})
    assert [path.name for path in tmp_path.iterdir()] == ["data"]
    result = prepared_in(tmp_path / "out", tmp_path / "data", input={**INPUT["input"], "max_rejected": 0.02})
    agree(tmp_path / "out", result)
    assert result.rejected == {"user_not_in_train": 2}
    assert (result.split["kind"], result.split["name"]) == ("given", "given")
    assert Counter(records_in(tmp_path / "out", "train")) == liked(train)
    assert Counter(records_in(tmp_path / "out", "test")) == liked(test)


@pytest.mark.parametrize(
    ("rows", "split", "error", "message"),
    [
        ([Rating("a", f"i{n}", 1 + n % 5, n) for n in range(9)], {}, TooFewIds, "all ratings are of user a, expected"),
        ([Rating(f"u{n}", "i", 1 + n % 5, n) for n in range(9)], {}, TooFewIds, "all ratings are of item i, expected"),
        (
            [row._replace(time=7) for row in some_ratings(8, 9)],
            {"kind": "temporal"},
            OneMomentOnly,
            "72 ratings with the same timestamp, expected at least two moments",
        ),
        (
            [row._replace(time=min(row.time, 1)) for row in some_ratings(8, 9)],
            {"kind": "temporal", "validation": 0.5},
            OneMomentOnly,
            "validation 0.5: no rating is earlier than second 0",
        ),
        ([Rating(f"u{n}", f"i{n}", 1 + n % 5, n) for n in range(9)], {}, EmptyChannel, "no row for the test channel"),
    ],
)
def test_what_cannot_be_divided_is_said(
    tmp_path: Path, rows: list[Rating], split: dict[str, Any], error: type[Exception], message: str
) -> None:
    write(tmp_path / "data" / "mine.csv", rows)
    with pytest.raises(error) as raised:
        prepared_in(tmp_path / "out", tmp_path / "data", **INPUT, split=split)
    assert message in str(raised.value)
    assert "\n" not in str(raised.value)
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_a_user_of_one_rating_is_trained_on(tmp_path: Path) -> None:
    rows = [*some_ratings(8, 9), Rating("once", "i1", 5.0, 0)]
    write(tmp_path / "data" / "mine.csv", rows)
    for kind in (
        {"kind": "leave_k_out", "k": 3},
        {"kind": "random", "share": 0.9},
        {"kind": "temporal", "per": "user"},
    ):
        prepared_in(tmp_path / str(kind["kind"]), tmp_path / "data", **INPUT, split=kind)
        train = records_in(tmp_path / str(kind["kind"]), "train")
        assert "once" in {record.user for record in train}
        assert {record.user for record in train} == {row.user for row in rows}
