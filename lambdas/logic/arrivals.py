"""Which dataset an uploaded object belongs to, and the execution that trains on it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from lambdas.logic.keys import DATASETS

_NAME: Final = r"[a-z0-9][a-z0-9._-]{0,62}"
_OBJECT: Final = re.compile(rf"{DATASETS}/(incoming/{_NAME})/.+")
_LONGEST: Final = 40
"""Characters of a name that stay within one of a schedule, 64, and one of an execution, 80."""


@dataclass(frozen=True)
class Arrival:
    """dataset: as the execution's input names it, `incoming/<name>`."""

    dataset: str

    @property
    def schedule(self) -> str:
        """The one schedule of the dataset."""
        name = self.dataset.partition("/")[2]
        if len(name) > _LONGEST:
            name = f"{name[: _LONGEST - 9]}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
        return f"arrived-{name}"

    def execution_input(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The stage's input for retraining, on this dataset; another execution is waited for."""
        dataset = {**given.get("dataset", {}), "name": self.dataset}
        return {**given, "dataset": dataset, "overlap": "wait"}


def arrival_of(key: str) -> Arrival | None:
    """None where the object lies in no dataset's folder, or in one that no dataset may be called by."""
    found = _OBJECT.fullmatch(key)
    return Arrival(found[1]) if found and not key.endswith("/") else None
