"""Files that hold what the synthesis wrote last, for people to read in a diff.

`UPDATE_SNAPSHOTS=1 .venv/bin/pytest tests/infra` writes them anew.
"""

from __future__ import annotations

import difflib
import json
import os
from pathlib import Path

import pytest

from tests.infra.rendering import Json

FOLDER = Path(__file__).with_name("snapshots")
UPDATE = "UPDATE_SNAPSHOTS"


def check(name: str, content: Json) -> None:
    """Fail with a unified diff unless the file of that name holds `content`."""
    path, text = FOLDER / name, json.dumps(content, indent=2, ensure_ascii=False) + "\n"
    if os.environ.get(UPDATE):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    stored = path.read_text() if path.exists() else ""
    if stored != text:
        difference = difflib.unified_diff(stored.splitlines(), text.splitlines(), name, "synthesized", lineterm="")
        pytest.fail(f"{UPDATE}=1 accepts this:\n" + "\n".join(difference), pytrace=False)
