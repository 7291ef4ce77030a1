"""A stay of an execution in one of its states."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

Event = Mapping[str, Any]
Status = Literal["RUNNING", "SUCCEEDED", "CAUGHT", "FAILED", "ABORTED", "TIMED_OUT"]

COMPOSITE = ("Parallel", "Map")
"""Kinds of states that other states run inside of."""


@dataclass(frozen=True, kw_only=True)
class Visit:
    """One stay in a state.

    status: CAUGHT is an error that the state machine handles, so the execution went on; ABORTED is cut off, by the end
    of the execution or because another branch of the Parallel or iteration of the Map failed.
    number: its place in the order of entering, from 0. within: the name of the Parallel or Map it ran inside of.
    """

    name: str
    kind: str
    entered: datetime
    exited: datetime | None = None
    status: Status = "RUNNING"
    within: str | None = None
    number: int = 0

    @property
    def seconds(self) -> float | None:
        """How long the state took; None while it runs."""
        return None if self.exited is None else round((self.exited - self.entered).total_seconds(), 3)

    def as_dict(self) -> dict[str, Any]:
        """The summary's row."""
        shown = ("name", "kind", "status", "seconds", "within")
        return {key: getattr(self, key) for key in shown}
