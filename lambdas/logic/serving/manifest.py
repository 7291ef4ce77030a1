"""``manifest.json``: what a version is, what its files are, and what the state machine remembered of its execution.

It is written last, so a version whose manifest is missing does not exist. Knows no NumPy.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Protocol

from lambdas.logic.serving.errors import BrokenBundle

MANIFEST: Final = "manifest.json"
FORMAT: Final = 1
REMEMBERED: Final = ("job", "fetched", "prepared", "training", "evaluation", "ranking", "ranked")
"""What a later restoration needs; ``ranking`` and ``ranked`` are None without a ranking model."""

_OF_DATASET: Final = ("name", "synthetic", "users", "items", "ratings", "split", "features", "feature_dim")
_KEYS: Final = frozenset(
    {"format", "version", "created", "task", "threshold", "decision", "recommends_by", "remembered", "files"}
)
_SHA256: Final = re.compile(r"[0-9a-f]{64}")


class Writable(Protocol):
    """Where a file goes."""

    def write(self, data: bytes, /) -> object:
        """Take all of these bytes."""


@dataclass(frozen=True, slots=True)
class FileEntry:
    """How long a file is, and its SHA-256 in hexadecimal."""

    size: int
    sha256: str

    def check(self, content: bytes, where: str) -> None:
        """Raises BrokenBundle where the content of ``where`` is another."""
        if len(content) != self.size:
            raise BrokenBundle(f"{where}: {len(content)} bytes, expected {self.size}")
        found = hashlib.sha256(content).hexdigest()
        if found != self.sha256:
            raise BrokenBundle(f"{where}: sha256 {found}, expected {self.sha256}")


class Digested:
    """Passes bytes on, and says in the end how many they were and what they hash to."""

    def __init__(self, stream: Writable) -> None:
        self._stream, self._hash, self._bytes = stream, hashlib.sha256(), 0

    def write(self, data: bytes) -> int:
        """All of them."""
        self._stream.write(data)
        self._hash.update(data)
        self._bytes += len(data)
        return len(data)

    def entry(self) -> FileEntry:
        """Of what was written so far."""
        return FileEntry(self._bytes, self._hash.hexdigest())


def described(
    remembered: Mapping[str, Any],
    *,
    version: str,
    created: str,
    execution: str,
    package: str,
    endpoint: Mapping[str, Any] | None,
    report: str,
    decision: int | None = None,
) -> dict[str, Any]:
    """The manifest of what an execution made, but for ``files``.

    remembered: by the names of REMEMBERED. created: ISO 8601 with a zone; execution, package: their ARNs; endpoint:
    ``name``, ``config`` and ``mode``, or None; report: its URI; decision: of the ordinal task the position of the
    threshold that makes a like. Raises ValueError for a time that is none.
    """
    prepared, evaluation, ranking = (remembered[name] for name in ("prepared", "evaluation", "ranking"))
    fetched = remembered["fetched"]
    return {
        "format": FORMAT,
        "version": version,
        "created": datetime.fromisoformat(created).astimezone(UTC).isoformat(timespec="milliseconds"),
        "execution": execution,
        "package": package,
        "dataset": {name: prepared[name] for name in _OF_DATASET} | {name: fetched[name] for name in ("source", "how")},
        "recommends_by": "like" if ranking is None else "ranking",
        "task": prepared["task"],
        "decision": decision,
        "threshold": evaluation["metrics"].get("threshold"),
        "metrics": evaluation["metrics"],
        "baselines": evaluation["baselines"],
        "ranking": remembered["ranked"],
        "endpoint": None if endpoint is None else {name: endpoint[name] for name in ("name", "config", "mode")},
        "models": {
            "like": remembered["training"]["model_data"],
            "ranking": None if ranking is None else ranking["training"]["model_data"],
        },
        "report": report,
        "remembered": {name: remembered[name] for name in REMEMBERED},
    }


def parsed(content: bytes, where: str) -> dict[str, Any]:
    """The manifest in ``content``. Raises BrokenBundle, which names ``where``."""
    try:
        manifest = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise BrokenBundle(f"{where}: {error}, expected JSON") from error
    found = manifest.get("format") if isinstance(manifest, dict) else None
    if found != FORMAT:
        raise BrokenBundle(f"{where}: format {found!r:.50}, expected {FORMAT}")
    if missing := sorted(_KEYS - manifest.keys()):
        raise BrokenBundle(f"{where}: no {', '.join(missing)}, expected all of {', '.join(sorted(_KEYS))}")
    entries(manifest, where)
    return dict(manifest)


def entries(manifest: Mapping[str, Any], where: str) -> dict[str, FileEntry]:
    """The files of a version by name. Raises BrokenBundle."""
    found = {}
    for name, entry in manifest["files"].items() if isinstance(manifest["files"], dict) else [("files", None)]:
        match entry:
            case {"bytes": int(size), "sha256": str(digest)} if size >= 0 and _SHA256.fullmatch(digest):
                found[name] = FileEntry(size, digest)
            case _:
                raise BrokenBundle(f"{where}: files: {name}: {entry!r:.50}, expected bytes and sha256")
    return found
