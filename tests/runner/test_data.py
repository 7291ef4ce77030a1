"""Which ratings a run uses."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prep import fetch
from prep.errors import DownloadFailed, TooManyRejected
from prep.known import KNOWN, KnownDataset
from runner.data import Places, bucket_name, choose
from runner.errors import BadInput


@pytest.fixture
def places(tmp_path: Path) -> Places:
    (tmp_path / "scratch").mkdir()
    return Places(cache=tmp_path / "cache", scratch=tmp_path / "scratch")


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every download goes to a proxy that is not there."""
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")


def test_folder(tiny: Path, places: Places) -> None:
    ratings = choose(str(tiny), {}, places, say=pytest.fail)
    assert (ratings.name, ratings.how) == ("tiny-set", str(tiny))
    prepared = ratings.checked.prepared
    assert (prepared.train_rows, prepared.test_rows) == (4, 2)
    assert prepared.split["name"] == "ua"
    assert not prepared.synthetic


def test_zip_is_the_same_as_its_folder(tiny: Path, places: Places, tmp_path: Path) -> None:
    archive = Path(shutil.make_archive(str(tmp_path / "packed"), "zip", tiny.parent, tiny.name))
    ratings = choose(str(archive), {}, places, say=pytest.fail)
    folder = choose(str(tiny), {}, places, say=pytest.fail)
    assert ratings.name == "packed"
    assert {**ratings.checked.prepared.as_dict(), "name": ""} == {**folder.checked.prepared.as_dict(), "name": ""}


def test_sample_is_generated_and_says_that_it_is_synthetic(places: Places) -> None:
    ratings = choose("sample", {}, places, say=pytest.fail)
    assert ratings.name == ratings.checked.prepared.name == "sample"
    assert ratings.checked.prepared.synthetic
    assert "SYNTHETIC" in ratings.how


@pytest.mark.usefixtures("no_network")
def test_default_falls_back_to_the_sample_and_says_why(places: Places) -> None:
    said: list[str] = []
    ratings = choose("", {}, places, say=said.append)
    assert ratings.checked.prepared.synthetic
    assert len(said) == 1
    assert said[0].startswith("ml-100k cannot be had, so the ratings will be generated: https://files.grouplens.org/")


@pytest.mark.usefixtures("no_network")
def test_dataset_that_the_input_names_never_falls_back(places: Places) -> None:
    with pytest.raises(DownloadFailed):
        choose("", {"dataset": {"name": "ml-100k"}}, places, say=pytest.fail)


@pytest.mark.usefixtures("no_network")
def test_default_comes_from_the_cache(tiny: Path, places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    places.cache.mkdir()
    with zipfile.ZipFile(places.cache / "ml-100k.zip", "w") as archive:
        for file in tiny.iterdir():
            archive.write(file, f"ml-100k/{file.name}")
    content = (places.cache / "ml-100k.zip").read_bytes()
    entry = KnownDataset(
        url=KNOWN["ml-100k"].url,
        plain_url=KNOWN["ml-100k"].plain_url,
        zip_bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
    )
    monkeypatch.setattr(fetch, "known", lambda name, table: entry)
    ratings = choose("", {}, places, say=pytest.fail)
    assert ratings.name == "ml-100k"
    assert ratings.how == "MovieLens ml-100k (cache, sha256 checked)"
    assert ratings.checked.prepared.train_rows == 4


def test_input_names_the_sample(places: Places) -> None:
    assert choose("", {"dataset": {"name": "sample"}}, places, say=pytest.fail).checked.prepared.synthetic


def test_sample_does_not_pass_for_a_dataset_of_another_name(places: Places) -> None:
    with pytest.raises(BadInput, match="names dataset 'ml-100k', but the data is 'sample'"):
        choose("sample", {"dataset": {"name": "ml-100k"}}, places, say=pytest.fail)


def test_split_and_label_of_the_input_are_checked_too(tiny: Path, places: Places) -> None:
    (tiny / "ua.base").rename(tiny / "ub.base")
    (tiny / "ua.test").rename(tiny / "ub.test")
    ratings = choose(str(tiny), {"split": {"name": "ub"}}, places, say=pytest.fail)
    assert ratings.checked.prepared.train_rows == 4


def _shop(folder: Path) -> Path:
    """Ratings of no known format, of people and things with names."""
    folder.mkdir()
    people, things = ("ann", "bo", "cy", "di", "ed", "flo"), ("tea", "jam", "rye", "oil", "fig")
    rows = [f"{who};{what};{(a + b) % 5 + 0.5}" for a, who in enumerate(people) for b, what in enumerate(things)]
    (folder / "shop.csv").write_text("\n".join(["buyer;product;stars", *rows, "ann;tea;oops"]) + "\n")
    return folder


def test_anyones_ratings_as_the_input_describes_them(tmp_path: Path, places: Places) -> None:
    columns = {"user": "buyer", "item": "product", "rating": "stars", "delimiter": ";"}
    dataset = {"columns": columns, "max_rejected": 0.5}
    given = {"dataset": dataset, "split": {"k": 1}, "label": {"liked_at_least": 2}}
    ratings = choose(str(_shop(tmp_path / "My Shop")), given, places, say=pytest.fail)
    prepared = ratings.checked.prepared
    assert (ratings.name, prepared.format) == ("my-shop", "csv")
    assert (prepared.users, prepared.items, prepared.ratings.train) == (6, 5, 24)
    assert (prepared.rejected_rows, prepared.rejected) == (1, {"not_a_number": 1})
    assert ratings.checked.layout.files == ("shop.csv",)
    assert ratings.checked.feature_space.users.tolist() == ["ann", "bo", "cy", "di", "ed", "flo"]


def test_too_many_bad_rows_are_refused_before_anything_starts(tmp_path: Path, places: Places) -> None:
    columns = {"user": "buyer", "item": "product", "rating": "stars", "delimiter": ";"}
    with pytest.raises(TooManyRejected, match="1 of 31 rows rejected, expected at most 1 %: not_a_number 1"):
        choose(str(_shop(tmp_path / "shop")), {"dataset": {"columns": columns}}, places, say=pytest.fail)


def test_files_called_like_a_known_dataset_get_a_name_of_their_own(tiny: Path, places: Places) -> None:
    """Without the file that tells it is whole, the state machine would download the known one over them."""
    folder = tiny.rename(tiny.with_name("ml-100k"))
    assert choose(str(folder), {}, places, say=pytest.fail).name == "ml-100k"
    (folder / "u.item").unlink()
    assert choose(str(folder), {}, places, say=pytest.fail).name == "own-ml-100k"
    with pytest.raises(BadInput, match="names dataset 'ml-100k', but the data is 'own-ml-100k'"):
        choose(str(folder), {"dataset": {"name": "ml-100k"}}, places, say=pytest.fail)


def test_a_csv_called_like_a_known_dataset_does_too(tmp_path: Path, places: Places) -> None:
    columns = {"user": "buyer", "item": "product", "rating": "stars", "delimiter": ";"}
    given = {"dataset": {"columns": columns, "max_rejected": 0.5}, "label": {"liked_at_least": 2}}
    assert choose(str(_shop(tmp_path / "ml-25m")), given, places, say=pytest.fail).name == "own-ml-25m"


@given(st.text())
def test_every_name_becomes_one_that_the_execution_input_takes(name: str) -> None:
    schema = Path(__file__).parents[2] / "lambdas" / "logic" / "execution_input.schema.json"
    pattern = json.loads(schema.read_text())["properties"]["dataset"]["properties"]["name"]["pattern"]
    assert re.search(pattern, bucket_name(name))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("ml-100k", "ml-100k"),
        ("My Ratings (2)", "my-ratings-2"),
        ("ünïcode", "n-code"),
        ("…", "dataset"),
        ("a" * 80, "a" * 63),
    ],
)
def test_bucket_names(name: str, expected: str) -> None:
    assert bucket_name(name) == expected
