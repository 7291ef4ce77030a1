"""Blocks of features say what plain Python finds in training rows and side files, and nothing of what is held out."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from prep import keys
from prep.errors import NoTimestamps, UnusableBlock
from tests.generated.custom import COLUMNS, own_columns
from tests.generated.movielens import ml_1m, ml_25m
from tests.prep.preparing import CHANNELS, Rating, Record, files_in, matched, prepared_in, records_in, space_in, table

WEEK_S = 7 * 24 * 3600
SIZES: dict[str, Any] = {"users": 50, "items": 90, "rows": 1_800}
CSV = ("userId", "movieId", "rating", "timestamp")
ALL = ["genres", "year", "user_attributes", "rated_items", "item_raters", "week"]


def even(columns: list[int]) -> dict[int, float]:
    """1/√n in each of n columns."""
    return {column: 1 / math.sqrt(len(columns)) for column in columns}


@pytest.mark.parametrize("split", [{"kind": "leave_k_out", "k": 5}, {"kind": "temporal", "per": "user", "share": 0.3}])
def test_every_block_is_what_plain_python_finds(tmp_path: Path, split: dict[str, Any]) -> None:
    truth = ml_1m(tmp_path / "data", **SIZES)
    out = tmp_path / "out"
    prepared_in(out, truth.folder, split={**split, "validation": 0.2}, features=ALL)
    space = space_in(out)
    block = {block.name: block for block in space.blocks}
    names = {name: {category: n for n, category in enumerate(b.categories)} for name, b in block.items()}
    place = {id_: n for n, id_ in enumerate(space.users.tolist())}
    item_place = {id_: n for n, id_ in enumerate(space.items.tolist())}
    channels = matched(out, table(truth.folder / "ratings.dat", "::"))
    first = min(row.time for row in channels["train"])
    last_week = (max(row.time for row in channels["train"]) - first) // WEEK_S
    assert block["week"].width == last_week + 1
    rated: dict[Any, list[int]] = defaultdict(list)
    raters: dict[Any, list[int]] = defaultdict(list)
    for row in channels["train"]:
        rated[row.user].append(item_place[row.item])
        raters[row.item].append(place[row.user])

    def expected(row: Rating) -> dict[int, float]:
        film, person = truth.films[row.item], truth.people[row.user]
        week = min(max(row.time - first, 0) // WEEK_S, last_week)
        found = even([block["genres"].first + names["genres"][genre] for genre in film.genres])
        year = next(n for n, bucket in enumerate(block["year"].categories) if film.year in years(bucket))
        found[block["year"].first + year] = 1
        said = {"age": AGES[person["age"]], "gender": person["gender"]}
        for attribute, word in {**said, "occupation": OCCUPATIONS[int(person["occupation"])]}.items():
            found[block[f"user.{attribute}"].first + names[f"user.{attribute}"][word]] = 1
        found |= even([block["rated_items"].first + column for column in rated[row.user]])
        found |= even([block["item_raters"].first + column for column in raters[row.item]])
        return found | {block["week"].first + week: 1}

    for channel in CHANNELS:
        for record, row in zip(records_in(out, channel), channels[channel], strict=True):
            assert dict(record.others) == pytest.approx(expected(row), abs=1e-6)


def years(bucket: str) -> range:
    """``before 1930``, ``1970-1979`` or ``1994``."""
    if bucket.startswith("before "):
        return range(1, int(bucket.split()[1]))
    first, _, last = bucket.partition("-")
    return range(int(first), int(last or first) + 1)


# MovieLens 1M's README, "USERS FILE DESCRIPTION".
AGES = {"1": "under 18", "18": "18-24", "25": "25-34", "35": "35-44", "45": "45-49", "50": "50-55", "56": "56+"}
OCCUPATIONS = [
    "other",
    "academic/educator",
    "artist",
    "clerical/admin",
    "college/grad student",
    "customer service",
    "doctor/health care",
    "executive/managerial",
    "farmer",
    "homemaker",
    "K-12 student",
    "lawyer",
    "programmer",
    "retired",
    "sales/marketing",
    "scientist",
    "self-employed",
    "technician/engineer",
    "tradesman/craftsman",
    "unemployed",
    "writer",
]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return ml_25m(tmp_path_factory.mktemp("features") / "data", **SIZES).folder


Change = Callable[[Rating], Rating]
STARS: Change = lambda row: row._replace(stars=5.5 - row.stars)  # noqa: E731
LATER: Change = lambda row: row._replace(time=row.time + 10**8)  # noqa: E731


@pytest.mark.parametrize("task", ["binary_classifier", "regressor", "ordinal", "ranking"])
@pytest.mark.parametrize(
    ("split", "changes"),
    [
        ({"kind": "leave_k_out", "k": 4}, [STARS, LATER]),
        ({"kind": "random", "share": 0.3, "validation": 0.2}, [STARS, LATER]),
        ({"kind": "temporal", "per": "user", "share": 0.3, "validation": 0.2}, [STARS, LATER]),
        ({"kind": "temporal", "share": 0.3}, [STARS, LATER]),
    ],
    ids=lambda given: given.get("kind", "") + given.get("per", "") if isinstance(given, dict) else "",
)
def test_what_is_held_out_tells_training_nothing(
    tmp_path: Path, data: Path, task: str, split: dict[str, Any], changes: list[Change]
) -> None:
    """Other stars, and other times, of the test rows leave every byte of the training channel and its documents."""
    ratings = spread(table(data / "ratings.csv", ",", CSV))
    job = {"split": split, "label": {"task": task}, "features": ["genres", "rated_items", "item_raters", "week"]}
    write(tmp_path / "before", data, ratings)
    prepared_in(tmp_path / "out", tmp_path / "before", **job)
    before = trained_on(tmp_path / "out")
    plain = {**job, "label": {}, "features": []}
    prepared_in(tmp_path / "plain", tmp_path / "before", **plain)
    test = {(record.user, record.item) for record in records_in(tmp_path / "plain", "test")}
    for number, change in enumerate(changes):
        changed = [change(row) if (row.user, row.item) in test else row for row in ratings]
        write(tmp_path / f"after{number}", data, changed)
        prepared_in(tmp_path / f"out{number}", tmp_path / f"after{number}", **job)
        assert trained_on(tmp_path / f"out{number}") == before
        others = records_in(tmp_path / f"out{number}", "test")
        assert change is LATER or Counter(others) != Counter(records_in(tmp_path / "out", "test"))


@pytest.mark.parametrize("task", ["binary_classifier", "ranking"])
def test_other_test_rows_of_a_given_split_change_nothing_for_training(tmp_path: Path, data: Path, task: str) -> None:
    """Also which items they are about: what is unseen in training is unseen whatever the test rows are."""
    ratings = table(data / "ratings.csv", ",", CSV)
    train, left = [row for n, row in enumerate(ratings) if n % 3], ratings[::3]
    outs = []
    for number, test in enumerate((left[::2], left[1::2])):
        write(tmp_path / f"{number}", data, train, "train.csv")
        write(tmp_path / f"{number}", data, test, "test.csv")
        job = {"label": {"task": task}, "features": ["genres", "rated_items", "item_raters", "week"]}
        prepared_in(tmp_path / f"out{number}", tmp_path / f"{number}", **job)
        outs.append(trained_on(tmp_path / f"out{number}"))
    assert outs[0] == outs[1]


def spread(ratings: list[Rating]) -> list[Rating]:
    """The same at times that are spread evenly over all users, each at its own."""
    return [row._replace(time=10**9 + 7919 * n % len(ratings) * 3600) for n, row in enumerate(ratings)]


def write(folder: Path, like: Path, rows: list[Rating], name: str = "ratings.csv") -> None:
    folder.mkdir(exist_ok=True)
    (folder / "movies.csv").write_bytes((like / "movies.csv").read_bytes())
    lines = (f"{row.user},{row.item},{row.stars:g},{row.time}\n" for row in rows)
    (folder / name).write_text(",".join(CSV) + "\n" + "".join(lines))


def trained_on(out: Path) -> dict[str, bytes]:
    """The training channel and what explains its columns."""
    files = files_in(out)
    return {key: files[key] for key in (keys.TRAIN, keys.FEATURE_SPACE, keys.SIDE_DATA, keys.ITEMS)}


@pytest.mark.parametrize(
    ("feature", "message"),
    [
        ("genres", "features: 'genres' of a dataset without, expected an item file"),
        ("year", "features: 'year' of a dataset without, expected an item file"),
        ("user_attributes", "features: 'user_attributes' of a dataset without, expected a user file"),
    ],
)
def test_a_block_that_the_dataset_has_nothing_for_is_refused(tmp_path: Path, feature: str, message: str) -> None:
    truth = own_columns(tmp_path / "data", **SIZES)
    with pytest.raises(UnusableBlock) as raised:
        prepared_in(tmp_path / "out", truth.folder, input={"columns": COLUMNS}, features=[feature])
    assert str(raised.value) == message
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


@pytest.mark.parametrize(
    ("job", "message"),
    [
        ({"features": ["week"]}, "features: 'week': no column of mine.csv is known for the timestamp, expected one"),
        ({"split": {"kind": "temporal"}}, "split temporal: no column of mine.csv is known for the timestamp"),
        ({"split": {"kind": "temporal", "per": "user"}}, "split temporal: no column of mine.csv is known for"),
    ],
)
def test_what_needs_timestamps_is_refused_where_there_are_none(
    tmp_path: Path, job: dict[str, Any], message: str
) -> None:
    (tmp_path / "data").mkdir()
    lines = [f"u{user},i{item},{1 + (user + item) % 5}" for user in range(9) for item in range(8)]
    (tmp_path / "data" / "mine.csv").write_text("\n".join(["user,item,rating", *lines]))
    with pytest.raises(NoTimestamps) as raised:
        prepared_in(tmp_path / "out", tmp_path / "data", **job)
    assert str(raised.value).startswith(message)
    assert [path.name for path in tmp_path.iterdir()] == ["data"]
    prepared_in(tmp_path / "out", tmp_path / "data")


def test_text_ids_have_a_history_too(tmp_path: Path) -> None:
    truth = own_columns(tmp_path / "data", **SIZES)
    ratings = table(truth.folder / truth.file, ",", tuple(COLUMNS.values()), ids=str)
    prepared_in(tmp_path / "out", truth.folder, input={"columns": COLUMNS}, features=["rated_items"])
    space = space_in(tmp_path / "out")
    items, first = space.items.tolist(), space.blocks[0].first
    channels = matched(tmp_path / "out", ratings)
    rated: dict[Any, set[Any]] = defaultdict(set)
    for row in channels["train"]:
        rated[row.user].add(row.item)
    records: list[Record] = records_in(tmp_path / "out", "test")
    assert records
    for record in records:
        assert {items[column - first] for column, _ in record.others} == rated[record.user]
