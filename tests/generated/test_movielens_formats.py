"""The builders, read back with nothing but Python's own csv module and str.split."""

from __future__ import annotations

import csv
import zipfile
from pathlib import Path

import numpy as np
import pytest

from tests.generated.custom import COLUMNS, own_columns
from tests.generated.movielens import GENRES, GENRES_1M, NO_GENRES, as_zip, ml_1m, ml_10m, ml_25m
from tests.generated.truth import Builder, Truth

BUILDERS: list[Builder] = [ml_1m, ml_10m, ml_25m, own_columns]


def lines(folder: Path, name: str, encoding: str = "utf-8") -> list[str]:
    return (folder / name).read_bytes().decode(encoding).removesuffix("\n").split("\n")


def written(truth: Truth, rows: list[tuple[object, ...]]) -> None:
    """These rows are the truth's, one by one."""
    columns = (truth.users, truth.items, truth.values, truth.times)
    assert rows == list(zip(*(column.tolist() for column in columns), strict=True))


def test_ml_1m_is_written_as_its_readme_says(tmp_path: Path) -> None:
    truth = ml_1m(tmp_path / "ml-1m", users=40, items=60, rows=900)
    rows = [line.split("::") for line in lines(truth.folder, "ratings.dat")]
    written(truth, [(int(user), int(item), float(stars), int(when)) for user, item, stars, when in rows])
    assert {stars for _, _, stars, _ in rows} == {"1", "2", "3", "4", "5"}
    assert truth.user_ids == list(range(1, 41))
    movies = [line.split("::") for line in lines(truth.folder, "movies.dat", "latin-1")]
    assert {int(item): (title, tuple(genres.split("|"))) for item, title, genres in movies} == {
        item: (film.title, film.genres) for item, film in truth.films.items()
    }
    assert all(set(film.genres) <= set(GENRES_1M) for film in truth.films.values())
    assert set(truth.item_ids) < set(truth.films), "some are described and never rated"
    with pytest.raises(UnicodeDecodeError):
        (truth.folder / "movies.dat").read_bytes().decode("utf-8")
    people = [line.split("::") for line in lines(truth.folder, "users.dat")]
    assert {int(user): about for user, *about in people} == {
        user: list(person.values()) for user, person in truth.people.items()
    }
    assert len(people) == 40


def test_ml_10m_has_half_stars_and_gaps_in_all_ids(tmp_path: Path) -> None:
    truth = ml_10m(tmp_path / "ml-10m", users=40, items=60, rows=900)
    rows = [line.split("::") for line in lines(truth.folder, "ratings.dat")]
    written(truth, [(int(user), int(item), float(stars), int(when)) for user, item, stars, when in rows])
    assert {"5", "3.5"} <= {stars for _, _, stars, _ in rows} <= {f"{half / 2:g}" for half in range(1, 11)}
    assert len(truth.user_ids) == 40
    assert max(truth.user_ids) == 80
    movies = [line.split("::") for line in lines(truth.folder, "movies.dat")]
    assert [title for _, title, _ in movies] == [film.title for _, film in sorted(truth.films.items())]
    assert sum(genres == NO_GENRES for _, _, genres in movies) == 1


@pytest.mark.parametrize("line_end", ["\r\n", "\n"])
def test_ml_25m_is_a_csv_with_quoted_titles(tmp_path: Path, line_end: str) -> None:
    truth = ml_25m(tmp_path / "ml-25m", users=40, items=60, rows=900, line_end=line_end)
    content = (truth.folder / "ratings.csv").read_bytes().decode()
    assert content.count("\n") == content.count(line_end) == 901
    header, *rows = csv.reader(content.splitlines())
    assert header == ["userId", "movieId", "rating", "timestamp"]
    written(truth, [(int(user), int(item), float(stars), int(when)) for user, item, stars, when in rows])
    assert {stars for _, _, stars, _ in rows} == {f"{half / 2}" for half in range(1, 11)}
    with (truth.folder / "movies.csv").open(encoding="utf-8", newline="") as stream:
        header, *movies = csv.reader(stream)
    assert header == ["movieId", "title", "genres"]
    expected = [(item, film.title, "|".join(film.genres) or NO_GENRES) for item, film in sorted(truth.films.items())]
    assert [(int(item), title, genres) for item, title, genres in movies] == expected
    assert sum(film.genres == () for film in truth.films.values()) == 1
    assert all(set(film.genres) <= set(GENRES) for film in truth.films.values())
    raw = (truth.folder / "movies.csv").read_text(encoding="utf-8")
    assert '"""Quoted""' in raw, "a quote in a quoted title is doubled"
    assert max(truth.films) == 209_171
    assert [film.year for film in truth.films.values()].count(0) == 1


def test_the_zip_has_the_same_files_below_one_folder(tmp_path: Path) -> None:
    truth = ml_25m(tmp_path / "ml-25m", users=40, items=60, rows=900)
    with zipfile.ZipFile(as_zip(truth.folder, tmp_path / "ml-25m.zip")) as archive:
        packed = {info.filename: archive.read(info) for info in archive.infolist() if not info.is_dir()}
        assert archive.infolist()[0].filename == "ml-25m/"
    assert packed == {f"ml-25m/{file.name}": file.read_bytes() for file in truth.folder.iterdir()}


@pytest.mark.parametrize("with_dates", [False, True])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_own_columns_can_be_read_by_the_mapping(tmp_path: Path, delimiter: str, with_dates: bool) -> None:
    truth = own_columns(tmp_path, users=40, items=60, rows=900, delimiter=delimiter, with_dates=with_dates)
    with (tmp_path / "purchases.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream, delimiter=delimiter))
    seconds = (lambda text: np.datetime64(text.rstrip("Z"), "s").astype(int)) if with_dates else int
    roles = ("user", "item", "rating", "timestamp")
    user, item, stars, when = ([row[COLUMNS[role]] for row in rows] for role in roles)
    read = zip(user, item, map(float, stars), map(int, map(seconds, when)), strict=True)
    written(truth, list(read))
    assert "000123" in truth.user_ids
    assert any("," in product for product in truth.item_ids)
    assert any('"' in product for product in truth.item_ids)
    assert any(not customer.isascii() for customer in truth.user_ids)
    assert truth.users.tolist() != sorted(truth.users.tolist())


@pytest.mark.parametrize("build", BUILDERS)
def test_the_same_seed_gives_the_same_bytes(tmp_path: Path, build: Builder) -> None:
    sizes = {"users": 25, "items": 45, "rows": 520}
    for name, seed in (("one", 5), ("two", 5), ("three", 6)):
        build(tmp_path / name, seed=seed, **sizes)
    one, two, three = ({f.name: f.read_bytes() for f in (tmp_path / n).iterdir()} for n in ("one", "two", "three"))
    assert one == two
    assert one != three


@pytest.mark.parametrize("build", BUILDERS)
def test_the_truth_is_consistent_and_worth_learning(tmp_path: Path, build: Builder) -> None:
    truth = build(tmp_path)
    assert truth.rows == sum(truth.rows_per_user.values()) == len(truth.values) == len(truth.times)
    assert min(truth.rows_per_user.values()) >= 20
    assert len(set(zip(truth.users.tolist(), truth.items.tolist(), strict=True))) == truth.rows
    assert truth.likes == sum(value >= 4 for value in truth.values.tolist())
    assert not truth.films or set(truth.item_ids) <= set(truth.films)
    assert truth.best_accuracy > truth.majority_accuracy + 0.1
    expected = np.maximum(truth.liked_probability, 1 - truth.liked_probability)
    error = np.sqrt((expected * (1 - expected)).sum()) / truth.rows
    assert abs(truth.best_accuracy - expected.mean()) < 4 * error
