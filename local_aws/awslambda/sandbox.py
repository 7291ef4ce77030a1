"""One process that runs one function: started, asked, and stopped when it fails."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from subprocess import Popen

from local_aws.awslambda import failures
from local_aws.awslambda.deployment import Deployment, Invocation
from local_aws.awslambda.runtime_api import Answered, InitFailed, Message, Ready, RuntimeApi
from local_aws.children import Children

MAX_RESPONSE_BYTES = 6_291_556
"""AWS's own message says 6291556: 6 MiB and 100 bytes of headroom."""
INIT_TIMEOUT_S = 10.0
"""Length of the init phase ("Lambda execution environment lifecycle")."""
_BOOTSTRAP = str(Path(__file__).with_name("bootstrap.py"))


@dataclass(frozen=True)
class Exited:
    """The process ended. status: as subprocess gives it, negative for a signal."""

    status: int


@dataclass(frozen=True)
class Answer:
    """status: success, error or timeout. reusable: the process waits for its next invocation."""

    payload: bytes
    status: str
    reusable: bool


class Sandbox:
    """A process of `awslambdaric` and its Runtime API. Not for two callers at once: the pool hands it out."""

    def __init__(
        self, deployment: Deployment, *, folder: Path, children: Children, environment: Callable[[str], dict[str, str]]
    ) -> None:
        """Start the process. environment: given the Runtime API's address, the variables of the process."""
        self._timeout_s = deployment.timeout_s
        self._children = children
        self._messages: SimpleQueue[Message | Exited] = SimpleQueue()
        self._api = RuntimeApi(self._messages.put)
        # A file, not a pipe: all that was written before the answer is there to be read when the answer comes.
        with (folder / "log").open("wb") as log:
            self._child = _start(deployment, children, environment(self._api.address), log_file=log.fileno())
        self._log = (folder / "log").open("rb")
        threading.Thread(target=self._watch, name="lambda-sandbox", daemon=True).start()

    @property
    def is_alive(self) -> bool:
        """Whether the process still runs."""
        return self._children.is_running(self._child)

    def wait_until_ready(self, request_id: str) -> Answer | None:
        """Wait for the end of the init phase; an answer means that it failed."""
        limit_s = INIT_TIMEOUT_S + self._timeout_s
        message = self._next(time.monotonic() + limit_s)
        match message:
            case Ready():
                return None
            case InitFailed(payload):
                return Answer(payload, "error", reusable=False)
            case _:
                return self._failed(request_id, message, limit_s)

    def invoke(self, invocation: Invocation) -> Answer:
        """Run the function once; after an answer that is not reusable the process is no more."""
        deadline = time.monotonic() + self._timeout_s
        self._api.offer(invocation, timeout_s=self._timeout_s)
        message = self._next(deadline)
        while isinstance(message, Ready):
            message = self._next(deadline)
        if not isinstance(message, Answered):
            return self._failed(invocation.request_id, message, self._timeout_s)
        if len(message.payload) > MAX_RESPONSE_BYTES:
            return Answer(failures.response_too_large(MAX_RESPONSE_BYTES), "error", reusable=True)
        return Answer(message.payload, "error" if message.failed else "success", reusable=True)

    def new_output(self) -> list[str]:
        """Lines written since the last call. A carriage return inside a line is the runtime's line feed."""
        written = self._log.read().decode(errors="replace")
        return [line.replace("\r", "\n") for line in written.split("\n") if line]

    def max_memory_mb(self) -> int | None:
        """The most memory the process has held, in MB; None once it ended, and on systems without /proc."""
        try:
            status = Path(f"/proc/{self._child.pid}/status").read_text()
        except OSError:
            return None
        peaks = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:")]
        return int(peaks[0]) // 1024 if peaks else None

    def stop(self) -> None:
        """End the process at once."""
        self._children.stop(self._child, grace_s=0)
        self._api.close()

    def close(self) -> None:
        """Stop, and let go of the log."""
        self.stop()
        self._log.close()

    def _failed(self, request_id: str, message: Message | Exited | None, limit_s: float) -> Answer:
        self.stop()
        if isinstance(message, Exited):
            return Answer(failures.exited(request_id, message.status), "error", reusable=False)
        return Answer(failures.timed_out(request_id, limit_s), "timeout", reusable=False)

    def _next(self, deadline: float) -> Message | Exited | None:
        try:
            return self._messages.get(timeout=max(0.0, deadline - time.monotonic()))
        except Empty:
            return None

    def _watch(self) -> None:
        self._messages.put(Exited(self._children.wait(self._child)))


def _start(deployment: Deployment, children: Children, environment: dict[str, str], *, log_file: int) -> Popen[bytes]:
    """-S hides what is installed on this machine; -P keeps the working folder from going before PYTHONPATH."""
    command = [sys.executable, "-S", "-P", _BOOTSTRAP, deployment.handler]
    return children.start(command, env=environment, cwd=Path(environment["LAMBDA_TASK_ROOT"]), stdout=log_file)
