"""Where the tests look for MovieLens data, which no repository may hold, and how workers share the tests."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from prep.fetch import KNOWN
from tests.conftest import find_ml_100k, ml_100k_places


def test_the_variable_comes_first_then_the_folder_beside_then_what_runs_download(tmp_path: Path) -> None:
    root = tmp_path / "project"
    found = ml_100k_places({"ML_100K": "/named"}, root)
    assert found[0] == Path("/named")
    assert found[1:] == ml_100k_places({}, root) == ml_100k_places({"ML_100K": ""}, root)
    assert found[-2:] == [root / ".cache" / "ml-100k", root / ".cache" / "ml-100k.zip"]
    assert "ml-100k" in KNOWN, "the cache's name for it"


def test_the_first_place_that_is_there_is_taken(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    places = [tmp_path / name for name in ("absent", "folder", "ml.zip")]
    assert find_ml_100k(places, unpack_below=tmp_path_factory) is None
    with zipfile.ZipFile(tmp_path / "ml.zip", "w") as archive:
        archive.writestr("ml-100k/u.data", "1\t2\t3\t4\n")
    unpacked = find_ml_100k(places, unpack_below=tmp_path_factory)
    assert unpacked is not None
    assert {path.name: path.read_text() for path in unpacked.iterdir()} == {"u.data": "1\t2\t3\t4\n"}
    assert unpacked.name == "ml-100k"
    (tmp_path / "folder").mkdir()
    assert find_ml_100k(places, unpack_below=tmp_path_factory) == tmp_path / "folder"


def test_one_worker_has_all_tests_of_a_file(request: pytest.FixtureRequest) -> None:
    """Not so, and nothing fails: github.com/pytest-dev/pytest-xdist/issues/1386."""
    if not getattr(request.config.option, "loadgroup", False):
        pytest.skip("not a worker of `pytest -n 2 --dist loadgroup`")
    assert request.node.nodeid.endswith(f"@{request.path}")
