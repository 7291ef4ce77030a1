"""Each channel holds exactly the ratings it should, whatever the format: against files read by plain Python."""

from __future__ import annotations

import csv
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from prep import keys
from prep.catalogue import Catalogue
from prep.errors import BadJob, OneClassOnly, PrepError, TooManyRejected, UnknownSplit
from prep.job import PrepareJob
from prep.prepare import check
from prep.sources import FolderSource
from tests.generated.custom import COLUMNS, own_columns
from tests.generated.movielens import as_zip, ml_1m, ml_10m, ml_25m
from tests.prep.preparing import (
    Rating,
    agree,
    files_in,
    liked,
    matched,
    prepared_in,
    records_in,
    space_in,
    table,
)

SIZES: dict[str, Any] = {"users": 60, "items": 90, "rows": 2_000}
DOCUMENTS = {keys.FEATURE_SPACE, keys.ITEMS, keys.REJECTED, keys.PREPARED}


class Format(NamedTuple):
    build: Callable[..., Any]
    read: Callable[[Path], list[Rating]]
    name: str
    columns: dict[str, str] | None = None


def own(folder: Path) -> list[Rating]:
    return table(folder / "purchases.csv", ",", tuple(COLUMNS.values()), ids=str)


MOVIELENS_CSV = ("userId", "movieId", "rating", "timestamp")
FORMATS = [
    Format(ml_1m, lambda folder: table(folder / "ratings.dat", "::"), "ml-1m"),
    Format(ml_10m, lambda folder: table(folder / "ratings.dat", "::"), "ml-10m"),
    Format(ml_25m, lambda folder: table(folder / "ratings.csv", ",", MOVIELENS_CSV), "ml-csv"),
    Format(own_columns, own, "csv", COLUMNS),
]


@pytest.mark.parametrize("split", ["ua", "u3"])
@pytest.mark.parametrize("liked_at_least", [4, 3])
def test_a_given_split_is_that_of_its_files(sample: Path, tmp_path: Path, split: str, liked_at_least: int) -> None:
    result = prepared_in(tmp_path, sample, split={"name": split}, label={"liked_at_least": liked_at_least})
    train, test = (table(sample / f"{split}.{part}", "\t") for part in ("base", "test"))
    assert Counter(records_in(tmp_path, "train")) == liked(train, liked_at_least)
    assert Counter(records_in(tmp_path, "test")) == liked(test, liked_at_least)
    # Training rows are in no order, held-out ones in that of the files, which ml-100k sorts by user and item.
    assert matched(tmp_path, train + test)["train"] != train
    assert matched(tmp_path, train + test)["test"] == test
    agree(tmp_path, result)
    assert set(files_in(tmp_path)) == {keys.TRAIN, keys.TEST, *DOCUMENTS}
    expected = {
        "name": "sample",
        "synthetic": True,
        "engine": "python",
        "format": "ml-100k",
        "task": "binary_classifier",
        "predictor_type": "binary_classifier",
        "features": [],
        "users": 40,
        "items": 70,
        "feature_dim": 110,
        "ratings": {"train": len(train), "validation": 0, "test": len(test)},
        "rejected": {},
        "cold_rows": 0,
        "shards": 1,
    }
    shown = result.as_dict()
    assert {name: shown[name] for name in expected} == expected
    assert shown["split"] == {**shown["split"], "kind": "given", "name": split, "seed": 0}


@pytest.mark.parametrize("packed", [False, True], ids=["folder", "zip"])
@pytest.mark.parametrize("kind", FORMATS, ids=lambda kind: kind.name)
def test_every_format_is_prepared_whole(tmp_path: Path, kind: Format, packed: bool) -> None:
    truth = kind.build(tmp_path / "data", **SIZES)
    ratings = kind.read(truth.folder)
    data = as_zip(truth.folder, tmp_path / "data.zip") if packed else truth.folder
    job = {"input": {"columns": kind.columns}} if kind.columns else {}
    split = {"kind": "leave_k_out", "k": 4, "seed": 2}
    result = prepared_in(tmp_path / "out", data, split=split, **job)
    agree(tmp_path / "out", result)
    assert result.format == kind.name
    assert result.ratings.test == 4 * SIZES["users"] == sum(min(4, n - 1) for n in truth.rows_per_user.values())
    assert sum((Counter(records_in(tmp_path / "out", name)) for name in ("train", "test")), Counter()) == liked(ratings)
    held_out = matched(tmp_path / "out", ratings)["test"]
    assert set(Counter(row.user for row in held_out).values()) == {4}
    assert space_in(tmp_path / "out").users.tolist() == truth.user_ids
    assert space_in(tmp_path / "out").items.tolist() == sorted(truth.films or truth.item_ids)


def test_the_titles_travel_with_the_channels(tmp_path: Path) -> None:
    truth = ml_25m(tmp_path / "data", **SIZES)
    prepared_in(tmp_path / "out", truth.folder)
    catalogue = Catalogue.from_json((tmp_path / "out" / keys.ITEMS).read_bytes())
    with (truth.folder / "movies.csv").open(encoding="utf-8", newline="") as stream:
        titles = {int(row["movieId"]): row["title"] for row in csv.DictReader(stream)}
    assert {item: catalogue.title(item) for item in titles} == titles
    assert len(catalogue) == len(titles)


def test_items_without_ratings_and_users_of_the_test_file_have_columns(sample: Path, tmp_path: Path) -> None:
    data = Path(shutil.copytree(sample, tmp_path / "data"))
    with (data / "u.item").open("a") as stream:
        stream.write(f"2000|Unseen||||{'|'.join('0' * 19)}\n")
    with (data / "ua.test").open("a") as stream:
        stream.write("1\t995\t3\t0\n990\t7\t3\t0\n")
    result = prepared_in(tmp_path / "out", data)
    assert space_in(tmp_path / "out").users.tolist() == [*range(1, 41), 990]
    assert space_in(tmp_path / "out").items.tolist() == [*range(1, 71), 995, 2000]
    assert result.rejected == {"user_not_in_train": 1}
    assert result.cold_items.test >= 1


def test_the_blogs_job_gives_the_blogs_bytes(ml_100k: Path, tmp_path: Path) -> None:
    result = prepared_in(tmp_path, ml_100k)
    agree(tmp_path, result)
    assert (result.bytes.train, result.bytes.test) == (5_796_480, 603_520)
    train, test = (table(ml_100k / f"ua.{part}", "\t") for part in ("base", "test"))
    assert Counter(records_in(tmp_path, "train")) == liked(train)
    assert Counter(records_in(tmp_path, "test")) == liked(test)
    assert (result.users, result.items, result.feature_dim) == (943, 1682, 2625)
    assert (result.ratings.train, result.ratings.test, result.synthetic) == (90_570, 9_430, False)


def test_every_given_split_of_ml_100k_can_be_prepared(ml_100k: Path) -> None:
    for split in ("ua", "ub", "u1", "u2", "u3", "u4", "u5"):
        job = PrepareJob.from_json({"split": {"name": split}, "input": {"duplicates": "error"}})
        found = check(FolderSource(ml_100k), job).prepared
        # u1 to u5 test on fifths of all ratings, among them users that have none in train.
        assert found.ratings.train + found.ratings.test + found.rejected_rows == 100_000
        assert found.feature_dim == 2625


def test_check_finds_the_same_and_writes_nothing(sample: Path, tmp_path: Path) -> None:
    before = sorted(sample.parent.rglob("*"))
    found = check(FolderSource(sample), PrepareJob(), scratch=tmp_path)
    assert not list(tmp_path.iterdir())
    result = prepared_in(tmp_path / "out", sample)
    without = ("bytes", "shards")
    shown, expected = found.prepared.as_dict(), result.as_dict()
    assert {k: v for k, v in shown.items() if k not in without} == {
        k: v for k, v in expected.items() if k not in without
    }
    assert found.feature_space.to_json() == (tmp_path / "out" / keys.FEATURE_SPACE).read_bytes()
    assert sorted(sample.parent.rglob("*")) == before


def test_a_threshold_that_leaves_one_class_is_refused(sample: Path) -> None:
    message = r"^liked_at_least 1: 1100 of 1100 ratings of the train channel are liked, expected both kinds$"
    with pytest.raises(OneClassOnly, match=message):
        check(FolderSource(sample), PrepareJob.from_json({"label": {"liked_at_least": 1}}))


@pytest.mark.parametrize(("stars", "found"), [("5", 400), ("1", 0)])
def test_a_test_split_of_one_class_is_refused_before_anything_is_paid_for(
    sample: Path, tmp_path: Path, stars: str, found: int
) -> None:
    data = Path(shutil.copytree(sample, tmp_path / "data"))
    rows = [line.split("\t") for line in (sample / "ua.test").read_text().splitlines()]
    (data / "ua.test").write_text("".join(f"{user}\t{item}\t{stars}\t0\n" for user, item, *_ in rows))
    message = f"^liked_at_least 4: {found} of 400 ratings of the test channel are liked, expected both kinds$"
    with pytest.raises(OneClassOnly, match=message):
        prepared_in(tmp_path / "out", data)
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


@pytest.mark.parametrize(
    ("job", "error", "message"),
    [
        ({"split": {"name": "u9"}}, UnknownSplit, "split 'u9'"),
        ({"split": {"kind": "given", "name": "given"}}, UnknownSplit, "split 'given' of kind given, expected"),
        ({"split": {"kind": "random", "name": "ua"}}, UnknownSplit, "split 'ua' of kind random, expected kind given"),
        ({"split": {"seed": -1}}, BadJob, "split.seed -1, expected a whole number from 0"),
        ({"label": {"liked_at_least": 6}}, BadJob, "liked_at_least 6, expected 0.5 to 5"),
        ({"label": {"liked_at_least": float("nan")}}, BadJob, "liked_at_least nan, expected a number"),
        ({"shards": 0}, BadJob, "shards 0, expected a whole number from 1"),
        ({"colour": 1}, BadJob, "no field 'colour', expected of input, split, label"),
        ({"features": ["genres", "genres"]}, BadJob, "features: "),
        ({"input": {"max_rejected": 2}}, BadJob, "input.max_rejected: 2, expected a share from 0 to 1"),
    ],
)
def test_a_job_that_cannot_be_done_is_refused(
    sample: Path, job: dict[str, Any], error: type[PrepError], message: str
) -> None:
    with pytest.raises(error) as raised:
        check(FolderSource(sample), PrepareJob.from_json(job))
    assert str(raised.value).startswith(message)
    assert type(raised.value) is error


def test_a_job_is_what_its_json_says() -> None:
    job = PrepareJob.from_json(
        {
            "input": {"format": "csv", "columns": {"user": "a", "item": 3}, "max_rejected": 0.5, "duplicates": "last"},
            "split": {"kind": "temporal", "per": "user", "share": 0.25, "validation": 0.1, "seed": 9},
            "label": {"task": "ranking", "negatives": 3},
            "features": ["week", "genres"],
            "shards": 3,
            "least_shards": 2,
        }
    )
    assert PrepareJob.from_json(job.as_json()) == job
    assert PrepareJob.from_json(PrepareJob().as_json()) == PrepareJob()


def test_neither_side_needs_scipy_and_readers_no_pyarrow(sample: Path, tmp_path: Path, root: Path) -> None:
    script = """
import sys
sys.modules["scipy"] = None
from pathlib import Path
from prep.job import PrepareJob
from prep.prepare import prepare
from prep.sinks import FolderSink
from prep.sources import FolderSource
job = PrepareJob(features=("genres", "rated_items", "user_attributes"))
for job, out in ((PrepareJob(), "plain"), (job, "blocks")):
    prepare(FolderSource(Path(sys.argv[1])), job, FolderSink(Path(sys.argv[2], out)))
"""
    reader = """
import sys
sys.modules["scipy"] = sys.modules["pyarrow"] = None
from pathlib import Path
from prep.catalogue import Catalogue
from prep.feature_space import FeatureSpace
from prep.features import Encoder, SideData
from prep.recordio import read_triplet
for name in ("plain", "blocks"):
    run = Path(sys.argv[1], name)
    space = FeatureSpace.from_json((run / "feature_space.json").read_bytes())
    x, _ = read_triplet((run / "prepared/test/test.protobuf").read_bytes())
    print(len(space.decode(x)[0]), len(Catalogue.from_json((run / "items.json").read_bytes())))
Encoder(space, SideData.from_bytes((run / "side_data.npz").read_bytes()))
"""
    subprocess.run([sys.executable, "-c", script, str(sample), str(tmp_path)], cwd=root, check=True)
    command = [sys.executable, "-c", reader, str(tmp_path)]
    printed = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout
    assert printed.split() == ["400", "70"] * 2


def test_bad_rows_beyond_the_limit_write_nothing(sample: Path, tmp_path: Path) -> None:
    data = Path(shutil.copytree(sample, tmp_path / "data"))
    with (data / "ua.test").open("a") as stream:
        stream.write("1\t2\tq\t4\n")
    job = {"input": {"max_rejected": 0}}
    with pytest.raises(TooManyRejected, match=r"not_a_number 1; the first: ua\.test:401: rating 'q'"):
        prepared_in(tmp_path / "out", data, **job)
    with pytest.raises(TooManyRejected):
        check(FolderSource(data), PrepareJob.from_json(job))
    assert [path.name for path in tmp_path.iterdir()] == ["data"]
