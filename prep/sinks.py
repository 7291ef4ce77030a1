"""Where results go: staged first, and given their names together when everything is whole.

A preparation that is killed leaves nothing under a final name, and one that fails takes back what it staged.
"""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from io import FileIO
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Protocol, Self, cast

from prep.abandoned import owned_name, remove_abandoned


@dataclass(frozen=True, slots=True)
class Staged:
    """One whole result that has no name yet. handle: the sink's own word for it; picklable, so any process may commit.

    bytes: its size.
    """

    key: str
    handle: str
    bytes: int


class Stage(Protocol):
    """A result while it is written."""

    def write(self, data: memoryview | bytes) -> int:
        """Append bytes."""

    def finish(self) -> Staged:
        """Call once, after the last byte."""


class Sink(Protocol):
    """Where results go. ``key`` is a relative path with forward slashes."""

    def stage(self, key: str) -> AbstractContextManager[Stage]:
        """A writable stage; left by an exception, it is taken back."""

    def commit(self, staged: Sequence[Staged]) -> None:
        """Give all of them their names, in this order."""

    def discard(self, staged: Sequence[Staged]) -> None:
        """Take them back."""


class Transaction:
    """Results that appear together when the block ends without an exception, in the order in which they were opened."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._staged: list[Staged] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self._sink.commit(self._staged)
        else:  # an interrupt must not leave anything either
            self._sink.discard(self._staged)

    @contextlib.contextmanager
    def open(self, key: str) -> Iterator[Stage]:
        """A stage that belongs to this transaction."""
        with self._sink.stage(key) as stage:
            yield stage
            self._staged.append(stage.finish())

    def write(self, key: str, document: bytes) -> None:
        """A whole small result."""
        with self.open(key) as stage:
            stage.write(document)

    def adopt(self, staged: Sequence[Staged]) -> None:
        """Results that other processes staged in the same sink."""
        self._staged.extend(staged)

    def bytes_of(self, key: str) -> int:
        """Size of what has been staged for that key."""
        return next(staged.bytes for staged in self._staged if staged.key == key)


class FolderSink:
    """A folder. Where it does not exist yet, one rename makes all results appear at once."""

    def __init__(self, path: Path) -> None:
        self._path = path.absolute()
        self._prefix = f".{self._path.name}.partial-"
        self._staging = self._path.with_name(owned_name(self._prefix))

    @contextlib.contextmanager
    def stage(self, key: str) -> Iterator[_FileStage]:
        """A file beside the folder, without the folder's name."""
        target = self._staging.joinpath(*PurePosixPath(key).parts)
        if not self._staging.exists():
            self._path.parent.mkdir(parents=True, exist_ok=True)
            remove_abandoned(self._path.parent, self._prefix)
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("wb", buffering=0) as stream:  # what comes are blocks of a megabyte
            try:
                yield _FileStage(key, stream)
            except BaseException:  # an interrupt must not leave half a file either
                target.unlink(missing_ok=True)
                raise

    def commit(self, staged: Sequence[Staged]) -> None:
        """One rename where the folder is new or empty; else one for each file.

        Then the last result's earlier version goes first, so that it stands only beside what belongs to it; and what
        else is in the folders of results below this one goes too: whoever reads a channel reads its folder.
        """
        if not staged:
            return
        try:
            self._commit(staged)
        finally:
            shutil.rmtree(self._staging, ignore_errors=True)

    def discard(self, staged: Sequence[Staged]) -> None:
        """Remove everything staged, also by other processes."""
        del staged
        shutil.rmtree(self._staging, ignore_errors=True)

    def _commit(self, staged: Sequence[Staged]) -> None:
        with contextlib.suppress(OSError):  # it is not empty, or not there
            self._path.rmdir()
        if not self._path.exists():
            self._staging.rename(self._path)
            return
        targets = [self._path.joinpath(*PurePosixPath(result.key).parts) for result in staged]
        targets[-1].unlink(missing_ok=True)
        for folder in {target.parent for target in targets} - {self._path}:
            folder.mkdir(parents=True, exist_ok=True)
            for earlier in folder.iterdir():
                if earlier.is_file():
                    earlier.unlink()
        for result, target in zip(staged, targets, strict=True):
            Path(result.handle).replace(target)


class _FileStage:
    def __init__(self, key: str, stream: FileIO) -> None:
        self._key, self._stream = key, stream
        self._bytes = 0

    def write(self, data: memoryview | bytes) -> int:
        view = memoryview(data)
        self._bytes += len(view)
        while view:  # the system may take less at a time
            view = view[self._stream.write(view) :]
        return len(data)

    def finish(self) -> Staged:
        return Staged(self._key, str(self._stream.name), self._bytes)


@contextlib.contextmanager
def replaced_when_whole(target: Path) -> Iterator[BinaryIO]:
    """A stream beside ``target`` that takes its name when the block ends, and vanishes when the block raises."""
    with tempfile.NamedTemporaryFile(dir=target.parent, prefix=f".{target.name}.", delete=False) as stream:
        partial = Path(stream.name)
        try:
            yield cast("BinaryIO", stream)
            stream.close()
            partial.chmod(0o644)  # the temporary file is private; the result is an ordinary file
            partial.replace(target)
        except BaseException:  # an interrupt must not leave half a file either
            partial.unlink(missing_ok=True)
            raise
