"""How far a preparation is, for whoever waits for it."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Is told from time to time; may show it."""

    def __call__(self, step: str, done: int, total: int | None) -> None:
        """step: ``read``, ``split`` or ``write``. done: rows so far. total: rows in all, None where not known yet."""


def silent(step: str, done: int, total: int | None) -> None:
    """Shows nothing."""
    del step, done, total
