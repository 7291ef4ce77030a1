"""Puts a function of ours in the place of one of moto's, and keeps the list of what was replaced.

Every replaced function is named here once with a digest of moto's source as it was when ours was written;
a contract test compares them, so that a new moto fails by the name of what it changed.
"""

from __future__ import annotations

import hashlib
import inspect
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

_PACKAGE = "moto.stepfunctions"
replaced: dict[str, str] = {}
"""Digest of moto's source by qualified name, for everything replaced so far."""


@dataclass(frozen=True)
class MotoChanged(Exception):
    """moto no longer has what a hook replaces."""

    name: str

    def __str__(self) -> str:
        return f"moto 5.2.5 has {self.name}; the installed moto does not, so this hook cannot be installed"


def replace_method(owner: type, name: str, function: Callable[..., Any]) -> None:
    """Set `owner.name`. Raises MotoChanged when the class does not define it itself."""
    if name not in owner.__dict__:
        raise MotoChanged(f"{owner.__qualname__}.{name}")
    _remember(f"{owner.__module__}.{owner.__qualname__}.{name}", getattr(owner, name))
    setattr(owner, name, function)


def replace_everywhere(original: Any, replacement: Any) -> None:
    """Rebind a module-level function in every interpreter module that imported it by name."""
    name = getattr(original, "__name__", repr(original))
    modules = [module for key, module in list(sys.modules.items()) if key.startswith(_PACKAGE)]
    hits = [(module, key) for module in modules for key, value in list(vars(module).items()) if value is original]
    if not hits:
        raise MotoChanged(f"{_PACKAGE}: {name}")
    _remember(f"{original.__module__}.{name}", original)
    for module, key in hits:
        setattr(module, key, replacement)


def replace_name(module: Any, name: str, replacement: Any) -> None:
    """Rebind one imported name in one interpreter module."""
    if not hasattr(module, name):
        raise MotoChanged(f"{module.__name__}.{name}")
    setattr(module, name, replacement)


def _remember(name: str, original: Any) -> None:
    source = inspect.getsource(original)
    replaced.setdefault(name, hashlib.sha256(source.encode()).hexdigest()[:16])
