"""The synthesized app (a CDK cloud assembly), made by the stock CDK CLI and kept until one of its sources changes."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runner.children import Children
from runner.errors import CdkFailed
from runner.files import ROOT, last_lines
from runner.fingerprint import fingerprint
from runner.tools import cdk_command, cdk_variables

_STAMP = "runner.json"
_KEPT = 2


@dataclass(frozen=True)
class Assembly:
    """`templates`: sha256 of each stack's template file as synthesis wrote it, by the stack's name."""

    path: Path
    templates: Mapping[str, str]

    def is_whole(self) -> bool:
        """Whether every template still is what synthesis wrote."""
        return self.templates == _template_hashes(self.path)


def synthesize(children: Children, *, cache: Path, log: Path) -> Assembly:
    """The assembly of the project as it stands. Raises CdkFailed, ToolMissing."""
    return cached(
        cache.resolve() / "assembly",
        fingerprint(ROOT),
        make=lambda target: _run_cdk(children, target, log),
    )


def cached(folder: Path, key: str, *, make: Callable[[Path], None]) -> Assembly:
    """The assembly `key` below `folder`; `make` writes it anew when it is absent or somebody has edited it."""
    path = folder / key[:16]
    assembly = _read(path)
    if assembly is not None:
        path.touch()
        return assembly
    folder.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(dir=folder, prefix=f".{path.name}."))
    try:
        make(partial)
        made = Assembly(path, _template_hashes(partial))
        (partial / _STAMP).write_text(json.dumps({"templates": made.templates}, indent=2))
        shutil.rmtree(path, ignore_errors=True)
        partial.rename(path)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    _forget_old(folder)
    return made


def _run_cdk(children: Children, target: Path, log: Path) -> None:
    # The validation of templates takes most of a synthesis; `make check` does it.
    args = [*cdk_command(), "synth", "--quiet", "--no-notices", "--output", str(target)]
    if children.run(args, env={**cdk_variables(), "CDK_VALIDATION": "false"}, cwd=ROOT, log=log) != 0:
        raise CdkFailed(f"cdk synth failed (log: {log}):{last_lines(log)}")


def _read(path: Path) -> Assembly | None:
    try:
        assembly = Assembly(path, json.loads((path / _STAMP).read_text())["templates"])
        return assembly if assembly.is_whole() else None
    except (OSError, ValueError, KeyError):
        return None


def _template_hashes(path: Path) -> dict[str, str]:
    return {
        str(properties["stackName"]): hashlib.sha256((path / properties["templateFile"]).read_bytes()).hexdigest()
        for properties in _stacks(path)
    }


def _stacks(path: Path) -> list[dict[str, Any]]:
    """Properties of each stack in the assembly's manifest (cloud-assembly-schema, `aws:cloudformation:stack`)."""
    manifest = json.loads((path / "manifest.json").read_text())
    return [
        artifact["properties"]
        for artifact in manifest["artifacts"].values()
        if artifact["type"] == "aws:cloudformation:stack"
    ]


def _forget_old(folder: Path) -> None:
    """Each is a copy of every layer: the newest few are enough to go back and forth between branches."""
    newest_first = sorted(folder.glob("[!.]*"), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in newest_first[_KEPT:]:
        shutil.rmtree(path, ignore_errors=True)
