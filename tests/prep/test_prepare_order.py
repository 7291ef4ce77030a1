"""The seed and what it decides; shards of even size; a shuffle of everything; the same bytes from a zip."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from prep import keys
from tests.generated.custom import COLUMNS, own_columns
from tests.generated.movielens import as_zip, ml_25m
from tests.prep.preparing import agree, files_in, liked, prepared_in, records_in, shards_in, table

SIZES: dict[str, Any] = {"users": 60, "items": 90, "rows": 2_000}


def test_a_zip_gives_the_same_bytes_as_its_folder(tmp_path: Path) -> None:
    truth = ml_25m(tmp_path / "data", **SIZES)
    features = ["genres", "year", "rated_items", "week"]
    for name, data in (("folder", truth.folder), ("zip", as_zip(truth.folder, tmp_path / "data.zip"))):
        prepared_in(tmp_path / name, data, features=features, shards=3)
    assert files_in(tmp_path / "folder") == files_in(tmp_path / "zip")


def test_the_same_job_gives_the_same_bytes(tmp_path: Path) -> None:
    truth = own_columns(tmp_path / "data", **SIZES)
    for name in ("one", "two"):
        prepared_in(tmp_path / name, truth.folder, input={"columns": COLUMNS}, shards=2)
    assert files_in(tmp_path / "one") == files_in(tmp_path / "two")


def test_of_a_given_split_the_seed_decides_the_order_of_training_rows_and_nothing_else(
    sample: Path, tmp_path: Path
) -> None:
    for seed in (1, 2):
        prepared_in(tmp_path / str(seed), sample, split={"seed": seed}, features=["genres", "rated_items"])
    one, two = files_in(tmp_path / "1"), files_in(tmp_path / "2")
    assert {key for key in one if one[key] != two[key]} == {keys.TRAIN, keys.PREPARED}
    assert Counter(records_in(tmp_path / "1", "train")) == Counter(records_in(tmp_path / "2", "train"))


@pytest.mark.parametrize("split", [{"kind": "leave_k_out", "k": 3}, {"kind": "random", "validation": 0.2}])
def test_of_a_seeded_split_the_seed_decides_who_is_held_out_too(tmp_path: Path, split: dict[str, Any]) -> None:
    truth = ml_25m(tmp_path / "data", **SIZES)
    for seed in (1, 2):
        prepared_in(tmp_path / str(seed), truth.folder, split={**split, "seed": seed})
    one, two = ({name: Counter(records_in(tmp_path / seed, name)) for name in ("train", "test")} for seed in "12")
    assert one["test"] != two["test"]
    assert (tmp_path / "1" / keys.FEATURE_SPACE).read_bytes() == (tmp_path / "2" / keys.FEATURE_SPACE).read_bytes()


@pytest.mark.parametrize(
    ("shards", "least", "expected"), [(None, 1, 1), (1, 1, 1), (4, 1, 4), (None, 3, 3), (2, 5, 5), (7, 2, 7)]
)
def test_shards_are_of_even_size_and_together_the_whole(
    sample: Path, tmp_path: Path, shards: int | None, least: int, expected: int
) -> None:
    result = prepared_in(tmp_path, sample, shards=shards, least_shards=least)
    agree(tmp_path, result)
    paths = shards_in(tmp_path, "train")
    assert [path.relative_to(tmp_path).as_posix() for path in paths] == keys.shards(keys.TRAIN, expected)
    sizes = [path.stat().st_size // 64 for path in paths]  # 64 bytes each: SageMaker's record of two keys
    assert max(sizes) - min(sizes) <= 1
    assert Counter(records_in(tmp_path, "train")) == liked(table(sample / "ua.base", "\t"))


def test_the_order_of_training_rows_is_a_shuffle_of_all_of_them(sample: Path, tmp_path: Path) -> None:
    """Of a uniform shuffle, rank and place correlate by 1 / √n at most a few times over, in every shard."""
    prepared_in(tmp_path, sample, shards=2)
    rank = {(row.user, row.item): place for place, row in enumerate(table(sample / "ua.base", "\t"))}
    ranks = np.array([rank[row.user, row.item] for row in records_in(tmp_path, "train")])
    for part in (ranks, *np.array_split(ranks, 2)):
        assert abs(np.corrcoef(part, np.arange(part.size))[0, 1]) < 4 / np.sqrt(part.size)
        assert abs(part.mean() - ranks.size / 2) < 4 * ranks.size / np.sqrt(12 * part.size)
