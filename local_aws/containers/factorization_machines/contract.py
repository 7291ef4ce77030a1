"""The container's side of SageMaker's contract: the folders, the files, the parent that must be outlived by nobody."""

from __future__ import annotations

import json
import os
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_POLL_S = 0.5


@dataclass(frozen=True)
class OptMl:
    """The tree at /opt/ml, or where SAGEMAKER_BASE_DIR says, which is the name SageMaker's own toolkits read."""

    base: Path

    @classmethod
    def from_environment(cls) -> OptMl:
        """The tree of this process."""
        return cls(Path(os.environ.get("SAGEMAKER_BASE_DIR", "/opt/ml")))

    @property
    def model(self) -> Path:
        """Folder of the artifact's files."""
        return self.base / "model"

    def config(self, name: str) -> dict[str, Any]:
        """One JSON object of input/config."""
        config: dict[str, Any] = json.loads((self.base / "input" / "config" / name).read_text())
        return config

    @property
    def hosts(self) -> list[str]:
        """The names of all instances of the job."""
        path = self.base / "input" / "config" / "resourceconfig.json"
        return list(json.loads(path.read_text())["hosts"]) if path.exists() else ["algo-1"]

    def channel_files(self, channel: str) -> list[Path]:
        """The files of a channel, in the order of their names; none when the job has no such channel."""
        folder = self.base / "input" / "data" / channel
        return sorted(path for path in folder.rglob("*") if path.is_file())

    def fail(self, reason: str) -> None:
        """Leave the words that become the job's FailureReason."""
        (self.base / "output").mkdir(parents=True, exist_ok=True)
        (self.base / "output" / "failure").write_text(reason)


def end_with_parent() -> None:
    """End this process when its parent is gone, however that ended: no orphan keeps a port or a core."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_POLL_S)
        # No clean-up: there is nobody left to hand anything to.
        os._exit(1)

    threading.Thread(target=watch, name="parent", daemon=True).start()
