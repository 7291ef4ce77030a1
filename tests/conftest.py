"""Fixtures every test folder shares."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.local_server import LocalAws, running

ROOT = Path(__file__).resolve().parents[1]
ML_100K = ROOT.parent / "shared" / "data" / "ml-100k"


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Two workers (`pytest -n 2 --dist loadgroup`) share the work by file, and deploy the application once."""
    for item in items:
        folder = item.path.parent
        item.add_marker(pytest.mark.xdist_group("e2e" if folder.name == "e2e" else str(item.path)))


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's root folder."""
    return ROOT


@pytest.fixture(scope="session")
def ml_100k() -> Path:
    """The real ml-100k folder. MovieLens forbids redistribution, so it is never part of the repository."""
    if not ML_100K.is_dir():
        pytest.skip(f"no MovieLens ml-100k at {ML_100K}")
    return ML_100K


@pytest.fixture(scope="session")
def local_aws(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Iterator[LocalAws]:
    """One local AWS for the whole test session."""
    with running(root, tmp_path_factory.mktemp("local-aws")) as server:
        yield server


@pytest.fixture(scope="session")
def aws(local_aws: LocalAws) -> Callable[[str], Any]:
    """Clients of the account's operator: `aws("s3")`."""
    return local_aws.client
