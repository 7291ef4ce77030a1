"""What a sandbox runs: Lambda's runtime client, with an eye on the local AWS.

It is run by its path in a process that knows only the function's own modules, so it imports nothing of this package.
"""

from __future__ import annotations

import os
import runpy
import signal
import threading
import time

_POLL_S = 0.5


def _end_with(parent: int) -> None:
    """End this process and what it started once the parent is gone, however that ended: a busy function asks nobody."""
    while os.getppid() == parent:
        time.sleep(_POLL_S)
    os.killpg(os.getpgrp(), signal.SIGKILL)


if __name__ == "__main__":
    threading.Thread(target=_end_with, args=(os.getppid(),), name="parent", daemon=True).start()
    runpy.run_module("awslambdaric", run_name="__main__", alter_sys=True)
