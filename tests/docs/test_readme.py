"""What the README tells people to type can be typed."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.docs.markdown import Markdown, plain

BASH = shutil.which("bash") or "bash"


@pytest.fixture(scope="module")
def targets(root: Path) -> set[str]:
    return set(re.findall(r"^([a-z][a-z-]*):", (root / "Makefile").read_text(), re.MULTILINE))


def _named_targets(page: Markdown) -> set[str]:
    """The words after `make` in code, with or without variables between."""
    code = [fence.code for fence in page.fences() if fence.language in ("bash", "")]
    code += re.findall(r"`([^`\n]+)`", page.text)
    return {target for text in code for target in re.findall(r"(?:^|[;&|] )make ([a-z-]+)", text, re.MULTILINE)}


def test_every_make_target_that_is_named_exists(pages: list[Markdown], targets: set[str]) -> None:
    named = {page.path.name: _named_targets(page) for page in pages}
    assert {"run", "test", "serve", "synth", "deploy", "destroy", "bench"} <= named["README.md"] <= targets
    assert {(name, target) for name, found in named.items() for target in found - targets} == set()


def test_shell_blocks_parse(readme: Markdown) -> None:
    blocks = [fence.code for fence in readme.fences() if fence.language == "bash"]
    assert any("invoke-endpoint" in block for block in blocks)
    for block in blocks:
        checked = subprocess.run([BASH, "-n"], input=block, capture_output=True, text=True, check=False)
        assert (checked.returncode, checked.stderr) == (0, ""), block


def test_python_blocks_compile(readme: Markdown) -> None:
    blocks = [fence.code for fence in readme.fences() if fence.language == "python"]
    assert any("invoke_endpoint" in block for block in blocks)
    for block in blocks:
        compile(block, "README.md", "exec")


def test_the_layout_is_the_folders(readme: Markdown, root: Path, tracked: list[Path]) -> None:
    listed = {plain(cells[0]) for cells in readme.table("path")}
    missing = {path for path in listed if not (root / path).exists()}
    assert not missing
    packages = {f"{path.relative_to(root).parts[0]}/" for path in tracked if path.suffix == ".py"} - {"app.py/"}
    assert packages <= listed


def test_outputs_are_the_stacks(readme: Markdown, root: Path) -> None:
    source = (root / "infra" / "stacks" / "pipeline_stack.py").read_text()
    assert {plain(cells[0]) for cells in readme.table("output")} == set(re.findall(r'_output\(\s*"(\w+)"', source))


def test_synthetic_transcripts_say_so(readme: Markdown) -> None:
    transcripts = [fence.code for fence in readme.fences() if fence.language == "text" and "Gate:" in fence.code]
    assert transcripts
    for transcript in transcripts:
        assert transcript.startswith("╭─ SYNTHETIC DATA")
