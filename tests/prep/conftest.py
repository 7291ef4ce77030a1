"""A small generated set in the layout of ml-100k."""

from __future__ import annotations

from pathlib import Path

import pytest

from prep.sample import generate


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """40 users, 70 items, 1,500 ratings of whole stars; ``ua`` holds out 400 of them. Not to be changed."""
    folder = tmp_path_factory.mktemp("prepare") / "small"
    generate(folder, seed=3, users=40, items=70, ratings=1500)
    return folder
