"""Whether anything changed that synthesis reads."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

SOURCES = (
    "app.py",
    "cdk.json",
    "cdk.context.json",
    "requirements.txt",
    "constraints.txt",
    "package-lock.json",
    "infra",
    "lambdas",
    "prep",
    "fm",
    "layers",
    "build/layers/.ready",
)
"""Files and folders, relative to the project. The layers' content is known by what built it and the stamp of when."""

_GENERATED = "__pycache__"


def fingerprint(root: Path, sources: Iterable[str] = SOURCES) -> str:
    """sha256 over the names and contents of every file of `sources`; one that does not exist counts as absent."""
    total = hashlib.sha256()
    for source in sources:
        for path in _files(root / source):
            content = _stamp(path) if path.name == ".ready" else path.read_bytes()
            total.update(f"{path.relative_to(root).as_posix()}\0{hashlib.sha256(content).hexdigest()}\n".encode())
    return total.hexdigest()


def _files(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
    elif path.is_dir():
        yield from sorted(file for file in path.rglob("*") if file.is_file() and _GENERATED not in file.parts)


def _stamp(path: Path) -> bytes:
    """An empty file that `make` touches says all it has to say by its time."""
    return str(path.stat().st_mtime_ns).encode()
