"""Where and of what it was measured."""

from __future__ import annotations

import os
import platform
import subprocess
from importlib.metadata import version

from runner.files import ROOT


def facts() -> dict[str, object]:
    """For whoever compares two documents."""
    return {
        "python": platform.python_version(),
        "numpy": version("numpy"),
        "pyarrow": version("pyarrow"),
        "on": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count(),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1),
        "load_before": load(),
    }


def load() -> float:
    """Processes at work in the last minute: more than there are cores, and every figure is worse for it."""
    return round(os.getloadavg()[0], 2)


def commit() -> dict[str, object]:
    """The last commit, and whether tracked files differ from it: ``run`` measures the commit, the rest these files."""
    return {
        "commit": _git("rev-parse", "HEAD"),
        "modified": bool(_git("status", "--porcelain", "--untracked-files=no")),
    }


def _git(*arguments: str) -> str:
    command = ["git", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
