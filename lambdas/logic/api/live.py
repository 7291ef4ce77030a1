"""Which version answers: the one that the pointer names, once it is loaded whole, and until then the one before it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final

from lambdas.logic.api.problems import NothingPublished
from lambdas.logic.api.serving import Serving
from lambdas.logic.serving.bundle import Bundle

RETRY_S: Final = 30.0
"""After a version that could not be loaded, for so long the previous one answers without another try."""
NOTHING_YET: Final = "none"
"""What the pointer says before a first version is published."""


class Live:
    """Called for each request. pointed_at: names the live version, and remembers it for a few seconds itself.

    failures: what `pointed_at` and `load` may raise; with a version at hand the log is told, and it goes on answering.
    """

    def __init__(
        self,
        pointed_at: Callable[[], str | None],
        load: Callable[[str], Bundle],
        *,
        failures: tuple[type[Exception], ...],
        log: Callable[..., None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._pointed_at, self._load = pointed_at, load
        self._failures, self._log, self._clock = failures, log, clock
        self._serving: Serving | None = None
        self._wait_until = -1.0
        self._reason = ""

    def __call__(self) -> Serving:
        """The version to answer with. Raises NothingPublished where there is none, or none that can be read."""
        if self._clock() >= self._wait_until:
            self._refresh()
        if self._serving is None:
            raise NothingPublished(self._reason)
        return self._serving

    def _refresh(self) -> None:
        version: Any = None
        try:
            version = self._pointed_at()
            if version in (None, NOTHING_YET):
                self._serving, self._reason = None, "no version is published yet"
            elif self._serving is None or self._serving.version != version:
                started = self._clock()
                self._serving = Serving(self._load(version))
                self._log("loaded", version=version, seconds=round(self._clock() - started, 3))
        except self._failures as error:
            self._wait_until = self._clock() + RETRY_S
            self._reason = f"version {version} cannot be read" if version else "the live version's name cannot be read"
            answers = self._serving.version if self._serving else None
            self._log("not loaded", version=version, answers=answers, error=f"{type(error).__name__}: {error}")
