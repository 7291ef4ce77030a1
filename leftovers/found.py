"""What there is, told apart from what is meant to stay."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from leftovers.places import PLACES, Stage

_RETAINED: Final = frozenset({"bucket", "key", "log group", "log stream"})
"""Kinds that outlive the stacks of a stage that retains its data; a key is that of the data."""


@dataclass
class Report:
    """Lines of text."""

    left: list[str] = field(default_factory=list)
    retained: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    """What could not be looked for, and why."""

    @property
    def is_clean(self) -> bool:
        """Whether nothing is left that should not be, as far as can be known."""
        return not self.left and not self.unknown


def look(stage: Stage, *, retains: bool) -> Report:
    """Look everywhere. retains: whether the stage keeps its data and its logs."""
    report = Report()
    for kind, place in PLACES:
        try:
            found = [f"{kind} {each}" for each in place(stage)]
        except (BotoCoreError, ClientError) as error:
            report.unknown.append(f"{kind}: {error}")
            continue
        (report.retained if retains and kind in _RETAINED else report.left).extend(found)
    return report
