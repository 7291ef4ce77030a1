"""The synthesized app is made again when, and only when, something it is made of has changed."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from runner.assembly import Assembly, cached
from runner.fingerprint import SOURCES, fingerprint

TEMPLATE = b'{"Resources": {}}'


def manifest(*stacks: str) -> str:
    artifacts = {
        stack: {
            "type": "aws:cloudformation:stack",
            "properties": {"stackName": f"app-{stack}", "templateFile": f"{stack}.template.json"},
        }
        for stack in stacks
    }
    return json.dumps({"artifacts": {**artifacts, "Tree": {"type": "cdk:tree", "properties": {"file": "tree.json"}}}})


class Maker:
    """Writes an assembly of one stack, and counts how often it was asked to."""

    def __init__(self) -> None:
        self.made = 0

    def __call__(self, target: Path) -> None:
        self.made += 1
        (target / "manifest.json").write_text(manifest("Storage"))
        (target / "Storage.template.json").write_bytes(TEMPLATE)


@pytest.fixture
def make() -> Maker:
    return Maker()


def test_made_once_for_a_key(tmp_path: Path, make: Maker) -> None:
    first, second = (cached(tmp_path, "a" * 64, make=make) for _ in range(2))
    assert make.made == 1
    assert first == second
    assert first.templates == {"app-Storage": hashlib.sha256(TEMPLATE).hexdigest()}
    assert first.is_whole()


def test_made_again_for_another_key(tmp_path: Path, make: Maker) -> None:
    first, second = (cached(tmp_path, key * 64, make=make) for key in "ab")
    assert make.made == 2
    assert first.path != second.path
    assert first.is_whole()


@pytest.mark.parametrize(
    "harm",
    [
        lambda path: (path / "Storage.template.json").write_text("{}"),
        lambda path: (path / "Storage.template.json").unlink(),
        lambda path: (path / "manifest.json").write_text(manifest("Storage", "More")),
        lambda path: (path / "runner.json").write_text("half"),
    ],
    ids=["edited template", "no template", "one stack more", "half a stamp"],
)
def test_made_again_when_somebody_changed_it(tmp_path: Path, make: Maker, harm: Callable[[Path], object]) -> None:
    harm(cached(tmp_path, "a" * 64, make=make).path)
    assembly = cached(tmp_path, "a" * 64, make=make)
    assert make.made == 2
    assert assembly.is_whole()


def test_failure_leaves_nothing(tmp_path: Path) -> None:
    def fail(target: Path) -> None:
        (target / "manifest.json").write_text("{}")
        raise InterruptedError

    with pytest.raises(InterruptedError):
        cached(tmp_path, "a" * 64, make=fail)
    assert list(tmp_path.iterdir()) == []


def test_only_the_newest_are_kept(tmp_path: Path, make: Maker) -> None:
    for age, key in enumerate("abc"):
        os.utime(cached(tmp_path, key * 64, make=make).path, (age, age))
    newest = cached(tmp_path, "d" * 64, make=make)
    assert {path.name for path in tmp_path.iterdir()} == {"c" * 16, newest.path.name}


def test_edited_template_is_noticed(tmp_path: Path, make: Maker) -> None:
    assembly = cached(tmp_path, "a" * 64, make=make)
    (assembly.path / "Storage.template.json").write_bytes(TEMPLATE + b" ")
    assert not Assembly(assembly.path, assembly.templates).is_whole()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name in ("app.py", "infra/stack.py", "infra/deep/er.py", "build/layers/.ready", "unrelated.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    return tmp_path


@pytest.mark.parametrize(
    ("change", "matters"),
    [
        (lambda root: (root / "app.py").write_text("other"), True),
        (lambda root: (root / "infra/deep/er.py").write_text("other"), True),
        (lambda root: (root / "infra/deep/er.py").rename(root / "infra/deep/est.py"), True),
        (lambda root: (root / "infra/stack.py").unlink(), True),
        (lambda root: (root / "infra/new.json").write_text(""), True),
        (lambda root: os.utime(root / "build/layers/.ready", (1, 1)), True),
        (lambda root: os.utime(root / "app.py", (1, 1)), False),
        (lambda root: (root / "unrelated.py").write_text("other"), False),
        (lambda root: (root / "infra/__pycache__").mkdir(), False),
    ],
)
def test_fingerprint(project: Path, change: Callable[[Path], object], matters: bool) -> None:
    before = fingerprint(project)
    assert fingerprint(project) == before
    change(project)
    (project / "infra" / "__pycache__").mkdir(exist_ok=True)
    (project / "infra" / "__pycache__" / "stack.pyc").write_text("compiled")
    assert (fingerprint(project) != before) is matters


def test_fingerprint_reads_all_that_the_app_is_made_of(root: Path) -> None:
    """Whatever the CDK app or a deployed asset can import of this project, and the version of the CLI."""
    assert {"app.py", "cdk.json", "infra", "lambdas", "prep", "fm", "package-lock.json"} <= set(SOURCES)
    present = [name for name in SOURCES if (root / name).exists()]
    assert set(SOURCES) - set(present) <= {"cdk.context.json", "build/layers/.ready"}
