"""What a dataset says of itself, and what it is called where it says nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from prep.description import Description, read_description
from prep.errors import BadDescription
from prep.inputs import InputSpec, detect
from prep.sources import FolderSource, ZipSource
from tests.generated.movielens import as_zip, ml_25m


def described(folder: Path, text: str) -> Description:
    (folder / "dataset.json").write_text(text)
    return read_description(FolderSource(folder))


def test_without_a_description_it_has_the_places_name_and_is_real(tmp_path: Path) -> None:
    folder = tmp_path / "ml-25m"
    ml_25m(folder, users=20, items=40, rows=400)
    assert read_description(FolderSource(folder)) == Description("ml-25m", synthetic=False)
    assert read_description(ZipSource(as_zip(folder, tmp_path / "packed.zip"))) == Description("packed")


def test_a_description_names_the_dataset_and_says_that_it_is_synthetic(tmp_path: Path) -> None:
    assert described(tmp_path, '{"synthetic": true}') == Description(tmp_path.name, synthetic=True)
    assert described(tmp_path, '{"name": "mine"}') == Description("mine")
    assert described(tmp_path, '{"name": "Žluť 100%", "synthetic": false, "seed": 3}') == Description("Žluť 100%")


def test_a_description_goes_with_the_files_and_is_none_of_ratings(tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text("user,item,rating\n1,2,3\n")
    (tmp_path / "dataset.json").write_text(json.dumps({"name": "mine"}))
    layout = detect(FolderSource(tmp_path), InputSpec())
    assert (layout.ratings, layout.files) == (("mine.csv",), ("mine.csv", "dataset.json"))


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
def test_a_description_that_cannot_be_read_is_refused_in_one_line(tmp_path: Path, text: str) -> None:
    with pytest.raises(BadDescription, match=r"^dataset\.json: ") as raised:
        described(tmp_path, text)
    assert "\n" not in str(raised.value)
