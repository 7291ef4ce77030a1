"""What a deployed function imports as it starts, followed through the files of its code asset."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path


def closure(code: Path, handler: Path) -> tuple[set[Path], set[str]]:
    """Modules of the asset `code` that importing `handler` loads, and top-level names from outside of it.

    The standard library is left out, and so are imports inside functions or for type checkers only.
    """
    seen: set[Path] = set()
    foreign: set[str] = set()
    queue = [handler]
    while queue:
        module = queue.pop()
        if module in seen:
            continue
        seen.add(module)
        for name in _imported(code / module):
            found = _files_of(code, name)
            queue += found
            if not found:
                foreign.add(name.partition(".")[0])
    return seen, foreign - set(sys.stdlib_module_names)


def _imported(module: Path) -> Iterator[str]:
    for node in ast.parse(module.read_text(), str(module)).body:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            # `from package import name` loads package/name.py where there is one, else the name is package's own.
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _files_of(code: Path, name: str) -> list[Path]:
    """The files that importing a dotted name loads: itself as far as it is a module, and the packages around it."""
    parts = name.split(".")
    found = []
    for depth in range(1, len(parts) + 1):
        base = Path(*parts[:depth])
        found += [path for path in (base / "__init__.py", base.with_suffix(".py")) if (code / path).is_file()]
    return found
