"""An execution as it goes: a line per state and, while models train, per epoch."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.status import Status
from rich.text import Text

from runner.epochs import Epoch
from runner.jobs import Job, TrainingJob, TuningJob
from runner.tuning import Trainings
from runner.visits import COMPOSITE, Visit

_MARKS = {"SUCCEEDED": ("✓", "green"), "CAUGHT": ("!", "yellow")}
_OTHER = ("✗", "red")
_NOTES = {"CAUGHT": " (error caught)", "ABORTED": " (aborted)"}
_DECIDES = ("Choice", "Pass")


class Progress:
    """A watcher that prints. On a terminal the running states stand below the lines, each with its job's latest."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._status = Status("starting", console=console)
        self._running: dict[int, Visit] = {}
        self._jobs: dict[int, str] = {}
        self._latest: dict[int, str] = {}

    def __enter__(self) -> Self:
        self._status.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._status.stop()

    def entered(self, visit: Visit) -> None:
        """Show what runs."""
        self._running[visit.number] = visit
        self._show_running()

    def exited(self, visit: Visit) -> None:
        """A line with the state's time. What only decides takes none; a Parallel that went well is its states."""
        for known in (self._running, self._jobs, self._latest):
            known.pop(visit.number, None)
        if visit.kind not in _DECIDES and not (visit.kind in COMPOSITE and visit.status == "SUCCEEDED"):
            seconds = f"{visit.seconds:6.1f} s" if visit.seconds is not None else " " * 8
            mark, note = _MARKS.get(visit.status, _OTHER), _NOTES.get(visit.status, "")
            self._console.print(Text.assemble("  ", mark, f" {seconds}  {visit.name}{note}"))
        self._show_running()

    def asked(self, job: Job) -> None:
        """From here on the state is one of those that train."""
        self._jobs[job.visit] = job.name

    def epoch(self, epoch: Epoch, job: TrainingJob) -> None:
        """On a terminal the epochs replace one another; elsewhere, in a log, each is a line."""
        of = f"/{job.epochs}" if job.epochs else ""
        self._tell(job, f"epoch {epoch.number}{of}: train {epoch.measure} {epoch.loss:.4f}")

    def tuned(self, trainings: Trainings, job: TuningJob) -> None:
        """As an epoch is shown: the training jobs that have ended, and the best of them."""
        of = f" of {job.trainings}" if job.trainings else ""
        text = f"{trainings.completed}{of} trainings completed"
        if trainings.without_result:
            text += f", {trainings.without_result} failed or stopped"
        if trainings.best is not None:
            text += f", best {trainings.objective} {trainings.best:.4f}"
        self._tell(job, text)

    def _tell(self, job: Job, text: str) -> None:
        if self._console.is_terminal:
            self._latest[job.visit] = text
            self._show_running()
        else:
            several = len(self._jobs.keys() | {job.visit}) > 1
            label = f"{self._label(job.visit, job.state, job.name)}, " if several else ""
            self._console.print(f"             {label}{text}", soft_wrap=True)

    def _show_running(self) -> None:
        """One line per state that runs; what others run inside of is shown by these."""
        inner = [visit for visit in self._running.values() if visit.kind not in COMPOSITE]
        lines = []
        for visit in inner or list(self._running.values())[-1:]:
            latest = self._latest.get(visit.number)
            label = self._label(visit.number, visit.name, self._jobs.get(visit.number))
            lines.append(f"{label}, {latest}" if latest else label)
        if lines:
            self._status.update(Text("\n  ".join(lines)))  # the spinner takes two columns of the first

    def _label(self, number: int, state: str, job: str | None) -> str:
        """The state's name, with its job's where the state runs more than once at a time."""
        is_unique = all(visit.name != state for visit in self._running.values() if visit.number != number)
        return state if is_unique or job is None else f"{state} ({job})"
