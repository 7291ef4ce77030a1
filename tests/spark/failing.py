"""A sink for tests of what Spark tries again."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from prep.sinks import FolderSink, Stage, Staged


@dataclass(frozen=True)
class FailingOnce:
    """The first attempt at that key fails when all is written. seen: a file that says whether that has been."""

    sink: FolderSink
    key: str
    seen: Path

    @contextlib.contextmanager
    def stage(self, key: str) -> Iterator[Stage]:
        with self.sink.stage(key) as stage:
            yield stage
            if key == self.key and not self.seen.exists():
                self.seen.touch()
                raise ConnectionError("lost, once")

    def commit(self, staged: Sequence[Staged]) -> None:
        self.sink.commit(staged)

    def discard(self, staged: Sequence[Staged]) -> None:
        self.sink.discard(staged)
