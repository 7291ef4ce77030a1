"""Fixtures every test folder shares."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from playwright.sync_api import Browser

from prep.sources import ZipSource
from tests.browser import launched
from tests.local_server import LocalAws, running

ROOT = Path(__file__).resolve().parents[1]
SECOND_CLOUD = {
    "api",
    "api_schema",
    "aws_cli",
    "champion",
    "formats",
    "page",
    "pipeline",
    "registry",
    "releases",
    "run_command",
    "stack_updates",
    "watching",
}
"""Modules of tests/e2e."""
SPARK_PYTHON = ROOT / "build" / "spark" / "bin" / "python"
# How long an example takes says how busy the machine is, and nothing of what is tested.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Two workers (`pytest -n 2 --dist loadgroup`) share the work by file, and deploy the application once each.

    Tests marked `spark` are skipped where it is not installed, but not by `make test-spark`: there they must fail.
    """
    for item in items:
        item.add_marker(pytest.mark.xdist_group(_group(item.path)))
        is_needed = SPARK_PYTHON.exists() or "LOCAL_AWS_NEEDS_SPARK" in os.environ
        if item.get_closest_marker("spark") and not is_needed:
            item.add_marker(pytest.mark.skip(reason="no Spark in build/spark: make spark"))


def _group(file: Path) -> str:
    """End to end, files are dealt to two clouds, so that each takes as long. Those of tests/infra share a synthesis."""
    if file.parent.name == "infra":
        return "infra"
    if file.parent.name != "e2e":
        return str(file)
    return "e2e, second" if file.stem.removeprefix("test_") in SECOND_CLOUD else "e2e, first"


@pytest.fixture(scope="session")
def spark_python() -> Path:
    """The Python that has PySpark; for tests marked `spark`."""
    assert SPARK_PYTHON.exists(), f"{SPARK_PYTHON} is missing: make spark"
    return SPARK_PYTHON


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's root folder."""
    return ROOT


@pytest.fixture(scope="session")
def ml_100k(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The real ml-100k folder. MovieLens forbids redistribution, so it is never part of the repository."""
    places = ml_100k_places(os.environ, ROOT)
    found = find_ml_100k(places, unpack_below=tmp_path_factory)
    if found is None:
        pytest.skip(f"no MovieLens ml-100k at {', '.join(map(str, places))}")
    return found


def ml_100k_places(environment: Mapping[str, str], root: Path) -> list[Path]:
    """Where it may be: where ML_100K says, beside the project, and where a run of the project leaves the download."""
    named = [Path(environment["ML_100K"])] if environment.get("ML_100K") else []
    cache = root / ".cache"
    return [*named, root.parent / "shared" / "data" / "ml-100k", cache / "ml-100k", cache / "ml-100k.zip"]


def find_ml_100k(places: Iterable[Path], *, unpack_below: pytest.TempPathFactory) -> Path | None:
    """The first folder of these, or the first zip, unpacked."""
    for place in places:
        if place.is_dir():
            return place
        if place.is_file():
            source, folder = ZipSource(place), unpack_below.mktemp("ml-100k") / "ml-100k"
            folder.mkdir()
            for name in source.names():
                with source.open(name) as stream:
                    (folder / name).write_bytes(stream.read())
            return folder
    return None


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One for the whole session: Playwright refuses a second at a time in a process."""
    with launched() as started:
        yield started


@pytest.fixture(scope="session")
def local_aws(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Iterator[LocalAws]:
    """One local AWS for the whole test session."""
    with running(root, tmp_path_factory.mktemp("local-aws")) as server:
        yield server


@pytest.fixture(scope="session")
def aws(local_aws: LocalAws) -> Callable[[str], Any]:
    """Clients of the account's operator: `aws("s3")`."""
    return local_aws.client
