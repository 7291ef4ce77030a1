"""An execution as it goes: a line per state and, while a model trains, per epoch."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.status import Status
from rich.text import Text

from runner.epochs import Epoch
from runner.history import TrainingJob, Visit

_MARKS = {"SUCCEEDED": ("✓", "green"), "CAUGHT": ("!", "yellow")}
_OTHER = ("✗", "red")


class Progress:
    """A watcher that prints. On a terminal the running state stands below the lines, with the latest epoch."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._status = Status("starting", console=console)

    def __enter__(self) -> Self:
        self._status.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._status.stop()

    def entered(self, visit: Visit) -> None:
        """Show what runs."""
        self._status.update(visit.name)

    def exited(self, visit: Visit) -> None:
        """A line with the state's time. States that only decide take none and are left to the summary."""
        if visit.kind in ("Choice", "Pass"):
            return
        seconds = f"{visit.seconds:6.1f} s" if visit.seconds is not None else " " * 8
        note = " (error caught)" if visit.status == "CAUGHT" else ""
        mark = _MARKS.get(visit.status, _OTHER)
        self._console.print(Text.assemble("  ", mark, f" {seconds}  {visit.name}{note}"))

    def epoch(self, epoch: Epoch, job: TrainingJob) -> None:
        """On a terminal the epochs replace one another; elsewhere, in a log, each is a line."""
        of = f"/{job.epochs}" if job.epochs else ""
        text = f"epoch {epoch.number}{of}: train cross-entropy {epoch.cross_entropy:.4f}"
        if self._console.is_terminal:
            self._status.update(f"Train Model, {text}")
        else:
            self._console.print(f"             {text}")
