from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from prep.catalogue import Catalogue
from prep.errors import BadJob, MalformedRow, OneClassOnly, PrepError, UnknownSplit
from prep.feature_space import FeatureSpace
from prep.prepare import Prepared, PrepareJob, check, prepare
from prep.recordio import read_triplet
from prep.sample import generate
from prep.sources import FolderSink, FolderSource, ZipSource

KEYS = {
    "prepared/train/train.protobuf",
    "prepared/test/test.protobuf",
    "feature_space.json",
    "items.json",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("prepare") / "small"
    generate(folder, seed=3, users=40, items=70, ratings=1500)
    return folder


def prepared_in(to: Path, folder: Path, **job: object) -> Prepared:
    return prepare(FolderSource(folder), PrepareJob(**job), FolderSink(to))  # type: ignore[arg-type]


def written(to: Path) -> set[str]:
    return {path.relative_to(to).as_posix() for path in to.rglob("*") if path.is_file()}


def rows_of(to: Path, channel: str) -> list[tuple[int, int, float]]:
    """A channel's rows as (user, item, label), through the documents that travel with the model."""
    space = FeatureSpace.from_json((to / "feature_space.json").read_bytes())
    x, labels = read_triplet((to / f"prepared/{channel}/{channel}.protobuf").read_bytes())
    assert labels is not None
    users, items = space.decode(x)
    return list(zip(users.tolist(), items.tolist(), labels.tolist(), strict=True))


def expected_rows(file: Path, liked_at_least: int) -> list[tuple[int, int, float]]:
    fields = [line.split("\t") for line in file.read_text().splitlines()]
    return [(int(user), int(item), float(int(stars) >= liked_at_least)) for user, item, stars, _ in fields]


@pytest.mark.parametrize("liked_at_least", [4, 3])
def test_the_channels_hold_every_rating_once_with_its_label(folder: Path, tmp_path: Path, liked_at_least: int) -> None:
    result = prepared_in(tmp_path, folder, liked_at_least=liked_at_least)
    train, test = (expected_rows(folder / f"ua.{part}", liked_at_least) for part in ("base", "test"))
    assert sorted(rows_of(tmp_path, "train")) == sorted(train)
    assert rows_of(tmp_path, "train") != train
    assert rows_of(tmp_path, "test") == test
    assert result.as_dict() == {
        "name": "sample",
        "synthetic": True,
        "users": 40,
        "items": 70,
        "train_rows": 1100,
        "test_rows": 400,
        "rejected_rows": 0,
        "feature_dim": 110,
        "positives": {"train": int(sum(row[2] for row in train)), "test": int(sum(row[2] for row in test))},
        "bytes": {
            channel: (tmp_path / f"prepared/{channel}/{channel}.protobuf").stat().st_size
            for channel in ("train", "test")
        },
    }
    assert json.loads(json.dumps(result.as_dict())) == result.as_dict()


def test_the_documents_explain_the_columns(folder: Path, tmp_path: Path) -> None:
    prepared_in(tmp_path, folder)
    assert written(tmp_path) == KEYS
    titles = Catalogue.from_json((tmp_path / "items.json").read_bytes())
    first = (folder / "u.item").read_text("latin-1").splitlines()[0]
    assert titles.title(1) == first.split("|")[1]


def test_the_seed_decides_the_order_of_training_rows_and_nothing_else(folder: Path, tmp_path: Path) -> None:
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        prepared_in(tmp_path / name, folder, seed=seed)
    digests = {
        name: {key: hashlib.sha256((tmp_path / name / key).read_bytes()).hexdigest() for key in KEYS} for name in "abc"
    }
    assert digests["a"] == digests["b"]
    assert {key for key in KEYS if digests["a"][key] != digests["c"][key]} == {"prepared/train/train.protobuf"}


def test_a_zip_gives_the_same_bytes_as_its_folder(folder: Path, tmp_path: Path) -> None:
    prepared_in(tmp_path / "folder", folder)
    archive = Path(shutil.make_archive(str(tmp_path / "small"), "zip", folder.parent, folder.name))
    prepare(ZipSource(archive), PrepareJob(), FolderSink(tmp_path / "zip"))
    for key in KEYS:
        assert (tmp_path / "zip" / key).read_bytes() == (tmp_path / "folder" / key).read_bytes()


def test_the_blogs_job_gives_the_blogs_bytes(ml_100k: Path, tmp_path: Path) -> None:
    result = prepared_in(tmp_path, ml_100k)
    assert result.bytes.train == (tmp_path / "prepared/train/train.protobuf").stat().st_size == 5_796_480
    assert result.bytes.test == (tmp_path / "prepared/test/test.protobuf").stat().st_size == 603_520
    stars = {part: np.loadtxt(ml_100k / f"ua.{part}", dtype=np.int64)[:, 2] for part in ("base", "test")}
    assert result.positives.train == int((stars["base"] >= 4).sum())
    assert result.positives.test == int((stars["test"] >= 4).sum())
    shown = result.as_dict()
    assert [shown[key] for key in ("users", "items", "train_rows", "test_rows", "feature_dim", "synthetic")] == [
        943,
        1682,
        90_570,
        9_430,
        2625,
        False,
    ]


def test_bad_data_writes_nothing(folder: Path, tmp_path: Path) -> None:
    bad = Path(shutil.copytree(folder, tmp_path / "bad"))
    with (bad / "ua.test").open("a") as stream:
        stream.write("1\t2\tq\t4\n")
    with pytest.raises(MalformedRow, match=r"^ua\.test:401: rating 'q'"):
        prepared_in(tmp_path / "out", bad)
    with pytest.raises(MalformedRow):
        check(FolderSource(bad), PrepareJob())
    assert not (tmp_path / "out").exists()


def test_check_reads_the_same_and_writes_nothing(folder: Path) -> None:
    before = sorted(folder.parent.rglob("*"))
    dataset = check(FolderSource(folder), PrepareJob())
    assert (len(dataset.train), len(dataset.test), dataset.feature_space.feature_dim) == (1100, 400, 110)
    assert_array_equal(dataset.feature_space.items, np.arange(1, 71))
    assert sorted(folder.parent.rglob("*")) == before


def test_a_threshold_that_leaves_one_class_is_refused(folder: Path) -> None:
    message = r"^liked_at_least 1: 1100 of 1100 ratings of the train channel are liked, expected both kinds$"
    with pytest.raises(OneClassOnly, match=message):
        check(FolderSource(folder), PrepareJob(liked_at_least=1))


@pytest.mark.parametrize(("stars", "liked"), [("5", 400), ("1", 0)])
def test_a_test_split_of_one_class_is_refused_before_anything_is_paid_for(
    folder: Path, tmp_path: Path, stars: str, liked: int
) -> None:
    one_class = Path(shutil.copytree(folder, tmp_path / "one_class"))
    rows = [line.split("\t") for line in (folder / "ua.test").read_text().splitlines()]
    (one_class / "ua.test").write_text("".join(f"{user}\t{item}\t{stars}\t0\n" for user, item, *_ in rows))
    message = f"^liked_at_least 4: {liked} of 400 ratings of the test channel are liked, expected both kinds$"
    with pytest.raises(OneClassOnly, match=message):
        check(FolderSource(one_class), PrepareJob())


@pytest.mark.parametrize(
    ("job", "error", "message"),
    [
        ({"split": "u9"}, UnknownSplit, "split 'u9', expected one of ua"),
        ({"liked_at_least": 6}, BadJob, "liked_at_least 6, expected 0.5 to 5"),
        ({"liked_at_least": float("nan")}, BadJob, "liked_at_least nan, expected 0.5 to 5"),
        ({"seed": -1}, BadJob, "seed -1, expected a whole number from 0"),
    ],
)
def test_a_job_that_cannot_be_done_is_refused(job: dict[str, object], error: type[PrepError], message: str) -> None:
    with pytest.raises(error) as raised:
        PrepareJob(**job)  # type: ignore[arg-type]
    assert str(raised.value).startswith(message)


def test_neither_side_needs_scipy_and_readers_no_pyarrow(folder: Path, tmp_path: Path, root: Path) -> None:
    script = """
import sys
sys.modules["scipy"] = None
from pathlib import Path
from prep.prepare import PrepareJob, prepare
from prep.sources import FolderSink, FolderSource
prepare(FolderSource(Path(sys.argv[1])), PrepareJob(), FolderSink(Path(sys.argv[2])))
"""
    reader = """
import sys
sys.modules["scipy"] = sys.modules["pyarrow"] = None
from pathlib import Path
from prep.catalogue import Catalogue
from prep.feature_space import FeatureSpace
from prep.recordio import read_triplet
run = Path(sys.argv[1])
space = FeatureSpace.from_json((run / "feature_space.json").read_bytes())
x, _ = read_triplet((run / "prepared/test/test.protobuf").read_bytes())
print(len(space.decode(x)[0]), len(Catalogue.from_json((run / "items.json").read_bytes())))
"""
    subprocess.run([sys.executable, "-c", script, str(folder), str(tmp_path)], cwd=root, check=True)
    command = [sys.executable, "-c", reader, str(tmp_path)]
    assert subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout.split() == ["400", "70"]
