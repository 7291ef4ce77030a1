"""The README's examples of the preparation by itself do what they say."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from prep import keys
from prep.__main__ import main
from tests.generated.movielens import ml_25m


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the dataset that the README names, and the current one."""
    ml_25m(tmp_path / "my-shop", users=60, items=200, rows=3_000)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _section(root: Path) -> str:
    return (root / "README.md").read_text().partition("### Preparation by itself")[2].partition("\n## ")[0]


def test_the_command_prepares(root: Path, shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (command,) = re.findall(r"```bash\n(.*?)```", _section(root), re.DOTALL)
    python, module, name, *arguments = shlex.split(command)
    assert (python, module, name) == (".venv/bin/python", "-m", "prep")
    assert main(arguments) == 0
    printed = json.loads(capsys.readouterr().out)
    assert (printed["task"], printed["split"]["kind"]) == ("ranking", "temporal")
    assert printed["validation_rows"] > 0
    assert (shop / "prepared" / keys.PREPARED).is_file()


def test_the_program_prepares(root: Path, shop: Path) -> None:
    (program,) = re.findall(r"```python\n(.*?)```", _section(root), re.DOTALL)
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=shop, env={"PYTHONPATH": str(root)}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "'features': ['week']" in done.stdout
    assert (shop / "prepared" / keys.TRAIN).is_file()
