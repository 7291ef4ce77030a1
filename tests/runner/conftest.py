"""A tiny dataset in the MovieLens 100K layout, and the runner as its users start it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from runner.cloud import Cloud
from runner.data import Places, Ratings, choose
from tests.local_server import running

RunnerProcess = Callable[..., subprocess.CompletedProcess[str]]


def write_tiny_dataset(folder: Path) -> Path:
    """Two users, three items, liked and not liked in train; made up."""
    folder.mkdir(parents=True)
    (folder / "ua.base").write_text("1\t1\t5\t880000000\n1\t2\t2\t880000001\n2\t1\t4\t880000002\n2\t3\t1\t880000003\n")
    (folder / "ua.test").write_text("1\t3\t3\t880000004\n2\t2\t5\t880000005\n")
    genres = "|".join("0" for _ in range(19))
    rows = [f"{item}|Invented {item} (1990)|01-Jan-1990||http://films.invalid/{item}|{genres}" for item in (1, 2, 3)]
    (folder / "u.item").write_text("\n".join(rows) + "\n", encoding="latin-1")
    return folder


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    return write_tiny_dataset(tmp_path / "Tiny Set")


@pytest.fixture
def runner(root: Path, tmp_path: Path) -> RunnerProcess:
    """`python -m runner …`, its results below a folder of this test, its user with an AWS account to protect."""

    def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        places = ["--out", str(tmp_path / "out"), "--cache", str(tmp_path / "cache")]
        return subprocess.run(
            [sys.executable, "-m", "runner", *arguments, *places],
            cwd=root,
            env={**environment, "AWS_PROFILE": "the-users-own", **variables},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run


@pytest.fixture(scope="session")
def cloud(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """A local AWS of the runner's own tests, whose audit and endpoints nobody else changes."""
    with running(root, tmp_path_factory.mktemp("runner-local-aws")) as server:
        yield Cloud(server.endpoint_url, server.region)


@pytest.fixture
def ratings(tiny: Path, tmp_path: Path) -> Ratings:
    return choose(str(tiny), {}, Places(cache=tmp_path / "cache", scratch=tmp_path), say=pytest.fail)
