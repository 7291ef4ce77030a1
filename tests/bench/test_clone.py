from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.clone import Clone, clone, fresh_environment
from bench.errors import CommandFailed
from bench.measure import SETUP
from runner.children import Children

MAKEFILE = """
.PHONY: note fail
note: ; @echo "home $$HOME" > noted
fail: ; @echo "the reason" >&2; exit 3
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A repository of one commit, and one file that is not in it."""
    path = tmp_path / "project"
    path.mkdir()
    (path / "Makefile").write_text(MAKEFILE)
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.com"]
    for arguments in (["init", "--quiet"], ["add", "Makefile"], ["commit", "--quiet", "-m", "Begin"]):
        subprocess.run([*git, *arguments], cwd=path, check=True)
    (path / "uncommitted").touch()
    return path


@pytest.fixture
def fresh(project: Path, tmp_path: Path) -> Iterator[Clone]:
    with Children() as children:
        yield clone(project, tmp_path, python=Path(sys.executable), children=children, log=tmp_path / "log")


def test_clones_what_is_committed_and_gives_it_an_empty_home(fresh: Clone, tmp_path: Path) -> None:
    assert sorted(path.name for path in fresh.path.iterdir()) == [".git", "Makefile"]
    fresh.make("note")
    assert (fresh.path / "noted").read_text().strip() == f"home {tmp_path / 'home'}"
    assert not any((tmp_path / "home").iterdir())


def test_a_command_that_fails_says_which_and_what_it_printed(fresh: Clone) -> None:
    with pytest.raises(CommandFailed, match=r"(?s)make fail: exit status 2.*the reason"):
        fresh.make("fail")


def test_keeps_what_reaches_the_package_index_and_nothing_of_ours(tmp_path: Path) -> None:
    venv = tmp_path / ".venv"
    given = {
        "PATH": os.pathsep.join([str(venv / "bin"), "/usr/bin", "/bin"]),
        "HOME": "/home/developer",
        "PIP_INDEX_URL": "https://index.example",
        "HTTPS_PROXY": "http://proxy.example",
        "AWS_PROFILE": "work",
        "MAKEFLAGS": "-j4",
        "PYTHONPATH": "/elsewhere",
        "VIRTUAL_ENV": str(venv),
        "PIP_CACHE_DIR": "/cache",
        "npm_config_cache": "/cache",
    }
    kept = fresh_environment(given, home=tmp_path / "home", venv=venv, python=Path("/usr/bin/python3.12"))
    assert kept == {
        "PATH": os.pathsep.join(["/usr/bin", "/bin"]),
        "HOME": str(tmp_path / "home"),
        "PYTHON": "/usr/bin/python3.12",
        "PIP_INDEX_URL": "https://index.example",
        "HTTPS_PROXY": "http://proxy.example",
    }


def test_times_every_tool_that_a_run_needs(root: Path) -> None:
    makefile = (root / "Makefile").read_text().splitlines()
    (tools,) = (line.partition(":=")[2].split() for line in makefile if line.startswith("RUN_TOOLS"))
    assert list(SETUP) == tools
