"""A version's files: read and checked one by one, written with what the manifest says of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from fm.folded import Folded
from lambdas.logic.serving.arrays import read_arrays, write_arrays
from lambdas.logic.serving.errors import BrokenBundle
from lambdas.logic.serving.manifest import MANIFEST, Digested, FileEntry, Writable
from lambdas.logic.serving.ratings import UserRatings

OF_FOLDED: Final = ("users", "user_terms", "items", "item_terms")
"""What a folded model's arrays are called, after its name."""


class Reader(Protocol):
    """Where a version's files are; its text is what stands before their names in messages."""

    def read(self, name: str) -> bytes:
        """The whole file. Raises BundleError where there is none."""


class Writer(Protocol):
    """Where a version's files go."""

    def open(self, name: str) -> AbstractContextManager[Writable]:
        """A stream to a file, which is there when the stream is closed without an error."""


class Files:
    """The files of a version, each checked as it is read."""

    def __init__(self, reader: Reader, listed: Mapping[str, FileEntry]) -> None:
        self._reader, self._listed = reader, listed

    def where(self, name: str) -> str:
        return f"{self._reader}{name}"

    def has(self, name: str) -> bool:
        return name in self._listed

    def read(self, name: str) -> bytes:
        if name not in self._listed:
            raise BrokenBundle(f"{self.where(MANIFEST)}: files: no {name}, expected it among {sorted(self._listed)}")
        content = self._reader.read(name)
        self._listed[name].check(content, self.where(name))
        return content

    def arrays(self, name: str) -> Arrays:
        try:
            return Arrays(read_arrays(self.read(name)), self.where(name))
        except ValueError as error:
            raise error if isinstance(error, BrokenBundle) else BrokenBundle(f"{self.where(name)}: {error}") from error


class Arrays:
    """The arrays of a file."""

    def __init__(self, found: Mapping[str, NDArray[Any]], where: str) -> None:
        self._found, self._where = found, where

    def take(self, name: str, dtype: type, ndim: int = 1) -> NDArray[Any]:
        array = self._found.get(name)
        if array is None or array.dtype != dtype or array.ndim != ndim:
            found = "none" if array is None else f"{array.ndim}-d {array.dtype}"
            raise BrokenBundle(f"{self._where}: {name} is {found}, expected {ndim}-d {np.dtype(dtype)}")
        return array

    def folded(self, model: str) -> Folded:
        parts = {
            part: self.take(f"{model}_{part}", np.float32, 1 if part.endswith("_terms") else 2) for part in OF_FOLDED
        }
        w0 = self.take(f"{model}_w0", np.float32)
        if w0.size != 1:
            raise BrokenBundle(f"{self._where}: {w0.size} of {model}_w0, expected 1")
        return Folded(w0=float(w0[0]), **parts)

    def user_ratings(self) -> UserRatings:
        return UserRatings(
            indptr=self.take("rated_indptr", np.int64),
            known_counts=self.take("known_counts", np.int32),
            liked_counts=self.take("liked_counts", np.int32),
            items=self.take("rated_items", np.int32),
            of_items=self.take("ratings", np.int64),
            likes_of_items=self.take("likes", np.int64),
        )


class Written:
    """Files on their way, with what the manifest says of each."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self.entries: dict[str, FileEntry] = {}

    @contextmanager
    def open(self, name: str) -> Iterator[Writable]:
        with self._writer.open(name) as stream:
            digested = Digested(stream)
            yield digested
        self.entries[name] = digested.entry()

    def content(self, name: str, content: bytes) -> None:
        with self.open(name) as stream:
            stream.write(content)

    def arrays(self, name: str, arrays: Mapping[str, NDArray[Any]]) -> None:
        with self.open(name) as stream:
            write_arrays(stream, arrays)
