"""What each task learns of a rating, against plain Python: the rating, a row a threshold, likes and what nobody saw."""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from prep.errors import BadJob, ConstantRatings, OneClassOnly
from prep.recordio import read_triplet
from tests.generated.movielens import ml_25m
from tests.prep.preparing import CHANNELS, Rating, Record, agree, prepared_in, records_in, shards_in, space_in, table

COLUMNS = ("userId", "movieId", "rating", "timestamp")
SPLIT = {"kind": "random", "share": 0.2, "validation": 0.2, "seed": 3}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return ml_25m(tmp_path_factory.mktemp("tasks") / "data", users=50, items=90, rows=1_800).folder


@pytest.fixture(scope="module")
def ratings(data: Path) -> list[Rating]:
    return table(data / "ratings.csv", ",", COLUMNS)


@pytest.fixture(scope="module")
def channel_of(data: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[Any, Any], str]:
    """Of each pair, as the plain task divides them: what is learnt of a rating does not decide where it goes."""
    out = tmp_path_factory.mktemp("plain") / "out"
    prepared_in(out, data, split=SPLIT)
    return {(record.user, record.item): channel for channel in CHANNELS for record in records_in(out, channel)}


def test_a_regressor_gets_the_rating_itself(
    tmp_path: Path, data: Path, ratings: list[Rating], channel_of: dict[tuple[Any, Any], str]
) -> None:
    result = prepared_in(tmp_path, data, split=SPLIT, label={"task": "regressor"})
    agree(tmp_path, result)
    assert (result.predictor_type, result.positives.train, result.positives.test) == ("regressor", 0, 0)
    for channel in CHANNELS:
        of_channel = [row for row in ratings if channel_of[row.user, row.item] == channel]
        expected = Counter(Record(row.user, row.item, row.stars) for row in of_channel)
        assert Counter(records_in(tmp_path, channel)) == expected


@pytest.mark.parametrize("thresholds", [[2, 3, 4, 5], [1.5, 4.5]])
def test_the_ordinal_task_gets_a_row_a_threshold(
    tmp_path: Path,
    data: Path,
    ratings: list[Rating],
    channel_of: dict[tuple[Any, Any], str],
    thresholds: list[float],
) -> None:
    label = {"task": "ordinal", "thresholds": thresholds}
    result = prepared_in(tmp_path, data, split=SPLIT, label=label, shards=3)
    agree(tmp_path, result)
    assert result.predictor_type == "binary_classifier"
    first = result.users + result.items
    assert result.feature_dim == first + len(thresholds)
    assert space_in(tmp_path).thresholds == tuple(f"{threshold:g}" for threshold in thresholds)
    for channel in CHANNELS:
        expected = Counter(
            Record(row.user, row.item, float(row.stars >= threshold), ((first + place, 1.0),))
            for row in ratings
            for place, threshold in enumerate(thresholds)
            if channel_of[row.user, row.item] == channel
        )
        assert Counter(records_in(tmp_path, channel)) == expected
    assert result.train_rows == len(thresholds) * result.ratings.train


@pytest.mark.parametrize(("negatives", "repeated"), [(1, 1), (3, 2)])
def test_ranking_holds_likes_against_items_that_were_not_seen(
    tmp_path: Path,
    data: Path,
    ratings: list[Rating],
    channel_of: dict[tuple[Any, Any], str],
    negatives: int,
    repeated: int,
) -> None:
    label = {"task": "ranking", "negatives": negatives, "likes_repeated": repeated}
    result = prepared_in(tmp_path, data, split=SPLIT, label=label)
    agree(tmp_path, result)
    seen: dict[Any, set[Any]] = defaultdict(set)  # by this channel and those before it
    for channel in CHANNELS:
        times = repeated if channel == "train" else 1
        rows = [row for row in ratings if channel_of[row.user, row.item] == channel]
        for row in rows:
            seen[row.user].add(row.item)
        likes = Counter({(row.user, row.item): times for row in rows if row.stars >= 4})
        records = records_in(tmp_path, channel)
        assert Counter((record.user, record.item) for record in records if record.label == 1) == likes
        drawn = [record for record in records if record.label == 0]
        assert not [record for record in drawn if record.item in seen[record.user]]
        per_user = Counter(user for user, _ in likes.elements())
        assert Counter(record.user for record in drawn) == {user: negatives * n for user, n in per_user.items()}


def test_another_seed_draws_other_items_and_all_items_are_drawn(tmp_path: Path, data: Path) -> None:
    drawn = {}
    for seed in (1, 2):
        split = {"kind": "leave_k_out", "k": 1, "seed": seed}
        prepared_in(tmp_path / str(seed), data, split=split, label={"task": "ranking"})
        records = records_in(tmp_path / str(seed), "train")
        drawn[seed] = Counter((record.user, record.item) for record in records if record.label == 0)
    assert drawn[1] != drawn[2]
    items = Counter(item for user, item in drawn[1].elements())
    assert set(items) == set(space_in(tmp_path / "1").items.tolist())


@pytest.mark.parametrize("task", ["binary_classifier", "regressor", "ordinal", "ranking"])
def test_all_blocks_go_with_every_task(tmp_path: Path, data: Path, task: str) -> None:
    features = ["genres", "year", "rated_items", "item_raters", "week"]
    result = prepared_in(tmp_path, data, split=SPLIT, label={"task": task}, features=features)
    blocks = space_in(tmp_path).blocks
    assert [block.kind for block in blocks] == [*features, *(["thresholds"] if task == "ordinal" else [])]
    assert result.feature_dim == result.users + result.items + sum(block.width for block in blocks)
    x, _ = read_triplet(shards_in(tmp_path, "train")[0].read_bytes())
    assert x.rows == result.train_rows
    rows = np.repeat(np.arange(x.rows), np.diff(x.indptr))
    for block in blocks:
        of_block = (x.indices >= block.first) & (x.indices < block.stop)
        lengths = np.bincount(rows[of_block], weights=x.data[of_block].astype(np.float64) ** 2, minlength=x.rows)
        assert np.all(np.isclose(lengths, 1, atol=1e-5) | (lengths == 0))
        assert lengths.any()


@pytest.mark.parametrize(
    ("stars", "label", "error", "message"),
    [
        ([3, 3], {"task": "regressor"}, ConstantRatings, "regressor: all 40 ratings of the train channel are 3,"),
        ([3, 2], {"task": "ranking"}, OneClassOnly, "liked_at_least 4: 0 of 40 ratings of the train channel are liked"),
        ([1, 1.5], {"task": "ordinal"}, OneClassOnly, "thresholds 4: 0 of 40 ratings of the train channel are liked"),
        ([5, 1], {"task": "ordinal", "thresholds": [2, 7]}, BadJob, "thresholds 7, expected 0.5 to 5"),
    ],
)
def test_nothing_to_learn_is_refused(
    tmp_path: Path, stars: list[float], label: dict[str, Any], error: type[Exception], message: str
) -> None:
    """5 users have rated the same 9 items, and one rating of each is held out."""
    lines = [f"{user},{item},{stars[(user + item) % 2]},1" for user in range(5) for item in range(9)]
    write(tmp_path / "data", mine=lines)
    with pytest.raises(error) as raised:
        prepared_in(tmp_path / "out", tmp_path / "data", split={"kind": "leave_k_out", "k": 1}, label=label)
    assert message in str(raised.value)
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_whoever_has_rated_everything_gets_no_negatives(tmp_path: Path) -> None:
    everything = [f"1,{item},5,1" for item in range(9)]
    label = {"task": "ranking", "negatives": 2, "likes_repeated": 1}
    write(tmp_path / "one", train=[*everything, *(f"2,{item},1,1" for item in range(8))], test=["2,8,5,1"])
    with pytest.raises(OneClassOnly, match=r"^ranking: every user with a like in the train channel has rated every"):
        prepared_in(tmp_path / "out", tmp_path / "one", label=label)
    assert [path.name for path in tmp_path.iterdir()] == ["one"]
    write(tmp_path / "two", train=[*everything, "2,0,5,1", "3,0,5,1"], test=["2,8,5,1"])
    prepared_in(tmp_path / "out", tmp_path / "two", label=label)
    assert Counter((record.user, record.label) for record in records_in(tmp_path / "out", "train")) == {
        (1, 1): 9,
        (2, 1): 1,
        (2, 0): 2,
        (3, 1): 1,
        (3, 0): 2,
    }


def write(folder: Path, **files: list[str]) -> None:
    folder.mkdir()
    for name, lines in files.items():
        (folder / f"{name}.csv").write_text("\n".join(["user,item,rating,timestamp", *lines]))
