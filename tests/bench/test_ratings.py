"""The generated ratings.csv, read back by Python's own csv module or by Arrow, and compared with ml-25m's figures."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from pyarrow import csv as arrow_csv

from bench import ratings
from bench.ratings import ITEMS, LARGEST_ITEM_ID, ROWS, USERS, Generated, generated_ratings

STARS = [f"{half / 2}" for half in range(1, 11)]


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def million(cache: Path) -> Generated:
    return generated_ratings(1_000_000, cache=cache)


def test_the_file_is_a_csv_as_of_ml_25m(cache: Path) -> None:
    made = generated_ratings(2_000, seed=3, cache=cache)
    content = (made.folder / "ratings.csv").read_bytes()
    assert content.startswith(b"userId,movieId,rating,timestamp\r\n1,")
    assert content.endswith(b"\r\n")
    assert content.count(b"\n") == content.count(b"\r\n") == 2_001
    _, *rows = csv.reader(content.decode("ascii").splitlines())
    assert len(rows) == made.rows == 2_000
    pairs = [(int(user), int(item)) for user, item, _, _ in rows]
    assert pairs == sorted(set(pairs)), "in order of user and item, each pair once"
    assert {user for user, _ in pairs} == set(range(1, made.users + 1))
    assert all(1 <= item <= LARGEST_ITEM_ID for _, item in pairs)
    assert all(stars in STARS for _, _, stars, _ in rows)
    assert all(789_652_009 <= int(when) <= 1_574_327_703 for *_, when in rows)


def test_it_says_that_it_is_synthetic(million: Generated) -> None:
    facts = json.loads((million.folder / "dataset.json").read_text())
    assert facts["synthetic"] is True
    assert facts["ratings"] == 1_000_000
    assert "synthetic" in million.folder.name
    assert "1000000-rows-seed-0" in million.folder.name


def test_its_shape_is_that_of_ml_25m(million: Generated) -> None:
    """Figures of ml-25m: 71 ratings a user in the median, 153.8 in the mean; half of the ratings on ids below 2,948."""
    table = arrow_csv.read_csv(million.folder / "ratings.csv")
    users, items, stars = (table.column(name).to_numpy() for name in ("userId", "movieId", "rating"))
    assert million.users == round(1_000_000 * USERS / ROWS) == users.max()
    assert (np.diff(users * (LARGEST_ITEM_ID + 1) + items) > 0).all()
    per_user = np.bincount(users)[1:]
    assert per_user.min() == 20
    assert 65 < np.median(per_user) < 77
    assert 2_500 < np.median(items) < 3_500
    assert items.max() == LARGEST_ITEM_ID
    expected = np.array(ratings._STARS) / sum(ratings._STARS)
    assert np.abs(np.bincount((stars * 2).astype(int), minlength=11)[1:] / len(stars) - expected).max() < 0.002
    assert million.ratings_bytes / million.rows == pytest.approx(26, abs=1.5)


def test_the_stars_sum_to_the_rows_of_ml_25m() -> None:
    assert sum(ratings._STARS) == ROWS


def test_ids_of_items_are_distinct_and_leave_gaps() -> None:
    ids = ratings._item_ids()
    assert len(ids) == ITEMS
    assert (np.diff(ids) >= 1).all()
    assert (ids[0], ids[-1]) == (1, LARGEST_ITEM_ID)


def test_the_same_seed_gives_the_same_bytes_in_another_process(cache: Path, tmp_path: Path, root: Path) -> None:
    here = generated_ratings(30_000, seed=7, cache=cache)
    script = "import sys; from pathlib import Path; from bench.ratings import generated_ratings as make;"
    script += "make(30_000, seed=7, cache=Path(sys.argv[1]))"
    subprocess.run([sys.executable, "-c", script, str(tmp_path)], cwd=root, check=True)
    assert (here.folder / "ratings.csv").read_bytes() == (tmp_path / here.folder.name / "ratings.csv").read_bytes()
    other = generated_ratings(30_000, seed=8, cache=cache)
    assert (here.folder / "ratings.csv").read_bytes() != (other.folder / "ratings.csv").read_bytes()


def test_what_is_there_is_not_made_again(cache: Path) -> None:
    first = generated_ratings(5_000, cache=cache)
    before = (first.folder / "ratings.csv").stat()
    again = generated_ratings(5_000, cache=cache)
    assert first.seconds > 0
    assert again == Generated(first.folder, 5_000, first.users, before.st_size, 0.0)
    assert (first.folder / "ratings.csv").stat().st_mtime_ns == before.st_mtime_ns


def test_an_interrupt_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(ratings, "_places", interrupted)
    with pytest.raises(KeyboardInterrupt):
        generated_ratings(5_000, cache=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_too_few_rows_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"^19 rows, expected 20 or more$"):
        generated_ratings(19, cache=tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("per_user", [[20], [1, ITEMS, 1, ITEMS], [20] * 50, [ITEMS // 2, 20, ITEMS - 1]])
def test_nobody_rates_an_item_twice_however_much_he_rates(per_user: list[int]) -> None:
    counts = np.array(per_user)
    owner = np.repeat(np.arange(len(counts), dtype=np.int32), counts)
    rng = np.random.default_rng(0)
    places = ratings._places(rng, ratings._popularity(rng), counts, owner)
    assert places.min() >= 0
    assert places.max() < ITEMS
    assert (np.diff(owner * np.int64(ITEMS) + places) > 0).all()
