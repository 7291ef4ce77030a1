from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.docs.markdown import Markdown


@pytest.fixture(scope="session")
def tracked(root: Path) -> list[Path]:
    """Every file that is committed or about to be."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(command, cwd=root, capture_output=True, check=True).stdout.decode()
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no git work tree at {root}: {error}")
    paths = (root / name for name in listed.split("\0") if name)
    return [path for path in paths if path.is_file()]


@pytest.fixture(scope="session")
def pages(tracked: list[Path]) -> list[Markdown]:
    """Every Markdown file."""
    return [Markdown.read(path) for path in tracked if path.suffix == ".md"]


@pytest.fixture(scope="session")
def readme(root: Path) -> Markdown:
    return Markdown.read(root / "README.md")
