"""Serving bundles in the bucket, below `models/<version>/`."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from typing import Any

from lambdas.common.objects import Upload
from lambdas.common.storage import LostObject, Store
from lambdas.logic.keys import MODELS, version_prefix
from lambdas.logic.serving.bundle import Bundle
from lambdas.logic.serving.errors import BrokenBundle, UnknownVersion
from lambdas.logic.serving.manifest import MANIFEST, parsed

_OF_MANIFEST = re.compile(rf"([^/]+)/{re.escape(MANIFEST)}")
_MOST_NAMED = 20


class BundleStore:
    """The versions that stand in one bucket."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def files(self, version: str) -> VersionFiles:
        """Where a version's files are, or are to be."""
        return VersionFiles(self._store, version)

    def load(self, version: str) -> Bundle:
        """Everything of a version, checked. Raises BrokenBundle."""
        return Bundle.read(self.files(version))

    def versions(self) -> list[str]:
        """The newest first. A version whose manifest is not there yet, or no more, is none."""
        written = self._store.times(MODELS).items()
        found = {match[1]: when for name, when in written if (match := _OF_MANIFEST.fullmatch(name))}
        return sorted(found, key=lambda version: (found[version], version), reverse=True)

    def manifest(self, version: str) -> dict[str, Any]:
        """What a version is. Raises UnknownVersion naming those there are, BrokenBundle."""
        known = self.versions()
        if version not in known:
            more = f" and {len(known) - _MOST_NAMED} more" if len(known) > _MOST_NAMED else ""
            there = f"one of {', '.join(known[:_MOST_NAMED])}{more}" if known else "one, but none is published"
            raise UnknownVersion(f"version {version!r:.300} is not published, expected {there}")
        files = self.files(version)
        return parsed(files.read(MANIFEST), f"{files}{MANIFEST}")

    def delete(self, version: str) -> None:
        """All files of a version, the manifest first: from then on it is none."""
        prefix = version_prefix(version)
        names = sorted(self._store.names(prefix), key=lambda name: name != MANIFEST)
        for name in names:
            self._store.delete(prefix + name)


class VersionFiles:
    """A reader and a writer of a version's files, as `lambdas.logic.serving.files` asks for them."""

    def __init__(self, store: Store, version: str) -> None:
        self._store, self._prefix = store, version_prefix(version)

    def __str__(self) -> str:
        return self._store.uri(self._prefix)

    def read(self, name: str) -> bytes:
        """The whole file. Raises BrokenBundle where it is not there."""
        try:
            with self._store.noting_losses():
                return self._store.read(self._prefix + name)
        except LostObject as error:
            raise BrokenBundle(f"{self}{name}: {error}, expected it there") from error

    @contextlib.contextmanager
    def open(self, name: str) -> Iterator[Upload]:
        """A stream to a file, which is there when the block ends well, and leaves nothing when it does not."""
        with self._store.uploading(self._prefix + name) as upload:
            yield upload
