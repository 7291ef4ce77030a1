"""`python app.py`, as the CDK CLI runs it: repeatable, and without credentials.

The CDK's own validation of the templates is left to `make check`, which synthesizes both stages with it: it takes the
better part of a minute of processor time each.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from aws_cdk import App, Stack

import infra.functions
from infra.functions import LayerNotBuilt, Layers
from tests.infra.synthesis import ROOT, STACKS, Assembly, context


@pytest.fixture(scope="module")
def again(tmp_path_factory: pytest.TempPathFactory) -> Assembly:
    """The application in a process of its own, in an empty home, with no variable but what the CDK CLI sets."""
    folder = tmp_path_factory.mktemp("again")
    environment = {
        "PATH": f"{ROOT / '.venv' / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(folder),
        "CDK_VALIDATION": "false",
        "CDK_OUTDIR": str(folder / "cdk.out"),
        "CDK_CONTEXT_JSON": json.dumps(context(stage="dev", **{"aws:cdk:disable-asset-staging": True})),
    }
    done = subprocess.run(
        [sys.executable, "app.py"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return Assembly(folder / "cdk.out")


@pytest.mark.parametrize("stack", STACKS)
def test_synthesizing_again_gives_the_same_bytes(dev: Assembly, again: Assembly, stack: str) -> None:
    assert again.text(stack) == dev.text(stack)


def test_a_layer_that_was_not_built_says_what_to_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(infra.functions, "LAYERS", tmp_path / "layers")
    stack = Stack(App(outdir=str(tmp_path / "out")), "Stack")
    with pytest.raises(LayerNotBuilt, match=r"layers/numpy: run `make layers`"):
        Layers(stack, "Layers")


def test_a_layer_without_content_was_not_built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "numpy").mkdir()
    monkeypatch.setattr(infra.functions, "LAYERS", tmp_path)
    with pytest.raises(LayerNotBuilt):
        Layers(Stack(App(outdir=str(tmp_path / "out")), "Stack"), "Layers")
