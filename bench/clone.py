"""A fresh clone as on somebody else's machine: the last commit alone, an empty home, none of our caches."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.errors import CommandFailed
from runner.children import Children
from runner.files import last_lines

# Settings of this shell, of the make and of the virtual environment it runs in. What a machine needs to reach its
# package index (proxies, certificates, PIP_INDEX_URL) stays.
_FOREIGN = ("AWS_", "CDK_", "JSII_", "MAKE", "MFLAGS", "NODE_OPTIONS", "NUMBA_", "PYTHON", "VIRTUAL_ENV", "XDG_")
_CACHES = {"PIP_CACHE_DIR", "NPM_CONFIG_CACHE", "NPM_CONFIG_USERCONFIG"}


@dataclass(frozen=True)
class Clone:
    """`path` is a project of its own; `environment` that of its commands; `log` gets everything they print."""

    path: Path
    environment: Mapping[str, str]
    children: Children
    log: Path

    def make(self, *arguments: str) -> None:
        """Run make. Raises CommandFailed."""
        _run(self.children, ["make", *arguments], env=self.environment, cwd=self.path, log=self.log)


def clone(root: Path, folder: Path, *, python: Path, children: Children, log: Path) -> Clone:
    """The commit that `root` is at, below `folder`, which also gets the home. `python` is what make is to use.

    Raises CommandFailed.
    """
    home, path = folder / "home", folder / "clone"
    home.mkdir()
    environment = fresh_environment(os.environ, home=home, venv=root / ".venv", python=python)
    _run(children, ["git", "clone", "--quiet", str(root), str(path)], env=environment, cwd=folder, log=log)
    return Clone(path, environment, children, log)


def fresh_environment(environment: Mapping[str, str], *, home: Path, venv: Path, python: Path) -> dict[str, str]:
    """`environment` without what the developer of this project has and a new user has not.

    The virtual environment leaves the PATH, or its Node would pass for the system's.
    """
    kept = {name: value for name, value in environment.items() if not _is_foreign(name)}
    folders = kept.get("PATH", os.defpath).split(os.pathsep)
    path = os.pathsep.join(folder for folder in folders if not Path(folder).is_relative_to(venv))
    return {**kept, "PATH": path, "HOME": str(home), "PYTHON": str(python)}


def _is_foreign(name: str) -> bool:
    return name.startswith(_FOREIGN) or name.upper() in _CACHES


def _run(children: Children, args: Sequence[str], *, env: Mapping[str, str], cwd: Path, log: Path) -> None:
    status = children.run(args, env=env, cwd=cwd, log=log)
    if status != 0:
        raise CommandFailed(f"{' '.join(args)}: exit status {status}, expected 0 (log: {log}):{last_lines(log)}")
