"""Where a run leaves its files."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from prep.sinks import replaced_when_whole

ROOT = Path(__file__).resolve().parents[1]
_TAIL = 12


@dataclass(frozen=True)
class RunFolder:
    """`out/<run>`. The run's name is also its execution's."""

    path: Path

    @classmethod
    def create(cls, out: Path) -> RunFolder:
        """A new folder, named by the time and a few random digits."""
        name = f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
        path = out.resolve() / name
        path.mkdir(parents=True)
        return cls(path)

    @property
    def name(self) -> str:
        """The run's id."""
        return self.path.name

    def write(self, name: str, content: bytes) -> Path:
        """A file that appears when it is whole."""
        target = self.path / name
        with replaced_when_whole(target) as stream:
            stream.write(content)
        return target

    def write_json(self, name: str, document: Any) -> Path:
        """The same for a JSON document."""
        return self.write(name, (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode())

    def become_latest(self) -> None:
        """Point `latest` beside this folder at it, in one step: there is always one or none, never half of one."""
        fresh = self.path.parent / f".latest-{self.name}"
        fresh.symlink_to(self.name, target_is_directory=True)
        fresh.replace(self.path.parent / "latest")


def last_lines(log: Path) -> str:
    """The end of a log, each line indented below the message it explains."""
    lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
    return "".join(f"\n  {line}" for line in lines[-_TAIL:]) or "it printed nothing"
