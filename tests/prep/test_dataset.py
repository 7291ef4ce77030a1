from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from prep.dataset import SPLITS, read_dataset, refuse_repeated_ratings
from prep.errors import BadDescription, DuplicateRating, EmptyFile, MissingFile, UnknownSplit
from prep.sample import generate
from prep.sources import FolderSource
from prep.tables import Ratings


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dataset") / "small"
    generate(folder, seed=5, users=30, items=60, ratings=700)
    return folder


@pytest.fixture
def folder(pristine: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(pristine, tmp_path / "small"))


def ratings(*pairs: tuple[int, int]) -> Ratings:
    users, items = (np.array(ids, dtype=np.int64) for ids in zip(*pairs, strict=True))
    return Ratings(users, items, np.full(len(pairs), 3, dtype=np.float32), np.zeros(len(pairs), dtype=np.int64))


def test_every_split_of_ml_100k_has_its_files_and_columns(ml_100k: Path) -> None:
    for split in SPLITS:
        dataset = read_dataset(FolderSource(ml_100k), split)
        assert len(dataset.train) + len(dataset.test) == 100_000
        assert dataset.feature_space.feature_dim == 943 + 1682 == 2625
        assert dataset.synthetic is False
        assert dataset.name == "ml-100k"


def test_columns_cover_users_of_either_file_and_items_nobody_rated(folder: Path) -> None:
    with (folder / "ua.test").open("a") as stream:
        stream.write("990\t7\t3\t0\n991\t995\t3\t0\n")
    flags = "|".join("0" * 19)
    with (folder / "u.item").open("a") as stream:
        stream.write(f"2000|Unseen||||{flags}\n")
    space = read_dataset(FolderSource(folder), "ua").feature_space
    assert space.users.tolist() == [*range(1, 31), 990, 991]
    assert space.items.tolist() == [*range(1, 61), 995, 2000]


def test_an_unknown_split_names_those_there_are(folder: Path) -> None:
    with pytest.raises(UnknownSplit, match=r"^split 'u6', expected one of ua, ub, u1, u2, u3, u4, u5$"):
        read_dataset(FolderSource(folder), "u6")


def test_a_split_the_folder_lacks_names_its_files(folder: Path) -> None:
    for part in ("base", "test"):
        (folder / f"ub.{part}").unlink()
    with pytest.raises(MissingFile) as raised:
        read_dataset(FolderSource(folder), "ub")
    assert str(raised.value) == f"{folder}: no ub.base, ub.test; expected u.item, ub.base, ub.test"


def test_an_empty_file_is_named(folder: Path) -> None:
    (folder / "ua.test").write_bytes(b"")
    with pytest.raises(EmptyFile, match=r"^ua\.test: "):
        read_dataset(FolderSource(folder), "ua")


def test_a_pair_within_train_and_across_train_and_test_is_named_with_both_lines(folder: Path) -> None:
    base = (folder / "ua.base").read_text().splitlines()
    (folder / "ua.base").write_text("\n".join([*base, base[4]]))
    last = len(base) + 1
    with pytest.raises(DuplicateRating, match=rf"^ua\.base:{last}: user 1, item \d+, already rated at ua\.base:5;"):
        read_dataset(FolderSource(folder), "ua")
    (folder / "ua.base").write_text("\n".join(base))
    (folder / "ua.test").write_text(base[4] + "\n")
    with pytest.raises(DuplicateRating, match=r"^ua\.test:1: user 1, item \d+, already rated at ua\.base:5;"):
        read_dataset(FolderSource(folder), "ua")


def test_the_first_of_several_repeats_is_named() -> None:
    parts = {"a": ratings((9, 9), (1, 2), (3, 4), (3, 4), (1, 2)), "b": ratings((9, 9))}
    with pytest.raises(DuplicateRating, match=r"^a:4: user 3, item 4, already rated at a:3; expected each pair once"):
        refuse_repeated_ratings(parts)
    refuse_repeated_ratings({"a": ratings((1, 2), (2, 1), (1, 1)), "b": ratings((2, 2))})


def test_the_description_names_the_dataset_and_says_that_it_is_synthetic(folder: Path) -> None:
    assert read_dataset(FolderSource(folder), "ua").synthetic is True
    (folder / "dataset.json").write_text(json.dumps({"name": "mine"}))
    dataset = read_dataset(FolderSource(folder), "ua")
    assert (dataset.name, dataset.synthetic) == ("mine", False)


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        '{"synthetic": "yes"}',
        "[" * 100_000,
        '{"name": null}',
        '{"name": 7}',
        '{"name": ""}',
        '{"name": " "}',
        '{"name": "two\\nlines"}',
        '{"name": "../elsewhere"}',
        '{"name": "a\\\\b"}',
        f'{{"name": "{"x" * 101}"}}',
    ],
    ids=lambda text: text[:20],
)
def test_a_description_that_cannot_be_read_is_refused(folder: Path, text: str) -> None:
    (folder / "dataset.json").write_text(text)
    with pytest.raises(BadDescription, match=r"^dataset\.json: "):
        read_dataset(FolderSource(folder), "ua")
