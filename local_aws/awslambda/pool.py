"""All sandboxes: warm ones are used again, a busy function gets another, an updated one starts afresh."""

from __future__ import annotations

import shutil
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from local_aws.awslambda import failures, measures, platform_log
from local_aws.awslambda.concurrency import Concurrency, Throttled
from local_aws.awslambda.deployment import Deployment, Invocation, Outcome
from local_aws.awslambda.environment import function_environment
from local_aws.awslambda.imports import NoStandIn
from local_aws.awslambda.logs import open_stream
from local_aws.awslambda.sandbox import Answer, Sandbox
from local_aws.awslambda.store import BadArchive
from local_aws.awslambda.workspace import Workspace, Workspaces
from local_aws.credentials import Holder, issue
from local_aws.log_streams import LogStream
from local_aws.world import World

MAX_IDLE = 20
"""Warm sandboxes kept, over all functions; a Python process with numpy holds some 60 MB. Fewer than the functions that
an application calls in turn would be none: the next one's would always be the one that was pushed out."""

MAX_AGE_S = 3600
"""Sandboxes older than this are not used again: their credentials are variables, which nothing can renew."""


@dataclass(frozen=True)
class _Warm:
    """A started sandbox. generation: how many times the function had been retired when it started, `started`."""

    deployment: Deployment
    sandbox: Sandbox
    stream: LogStream
    folder: Path
    generation: int
    started: float

    def close(self) -> None:
        self.sandbox.close()
        self.stream.close()
        shutil.rmtree(self.folder, ignore_errors=True)


class Pool:
    """Runs invocations; thread-safe."""

    def __init__(self, world: World, *, clock: Callable[[], float] = time.time) -> None:
        """clock: seconds, which go on while the machine sleeps, as the expiry of credentials does."""
        self._world, self._clock = world, clock
        self._workspaces = Workspaces(world.folder / "lambda")
        self._logs = world.logs
        self.concurrency = Concurrency()
        self._idle: list[_Warm] = []
        self._generations: Counter[str] = Counter()
        self._lock = threading.Lock()

    def invoke(self, deployment: Deployment, invocation: Invocation, *, limit: int | None) -> Outcome:
        """Run the function to its end; raises Throttled when `limit` of it run."""
        if not self.concurrency.try_enter(deployment.arn, limit):
            measures.throttled(self._world.metrics, deployment, invocation)
            raise Throttled(f"{deployment.arn}: {limit} running")
        try:
            return self.run(deployment, invocation)
        finally:
            self.concurrency.leave(deployment.arn)

    def run(self, deployment: Deployment, invocation: Invocation) -> Outcome:
        """Run the function to its end, whatever else runs."""
        with self._lock:
            warm = self._take_idle(deployment)
        return self._run_cold(deployment, invocation) if warm is None else self._run(warm, invocation, [], None)

    def retire(self, arn: str) -> None:
        """The function changed or is gone: end its idle sandboxes now and its busy ones after their answer."""
        with self._lock:
            self._generations[arn] += 1
            retired = [warm for warm in self._idle if warm.deployment.arn == arn]
            self._idle = [warm for warm in self._idle if warm.deployment.arn != arn]
        for warm in retired:
            warm.close()

    def _take_idle(self, deployment: Deployment) -> _Warm | None:
        for warm in reversed(self._idle):
            if warm.deployment == deployment:
                self._idle.remove(warm)
                if warm.sandbox.is_alive and self._clock() - warm.started <= MAX_AGE_S:
                    return warm
                warm.close()
        return None

    def _run_cold(self, deployment: Deployment, invocation: Invocation) -> Outcome:
        try:
            workspace = self._workspaces.prepare(deployment)
        except (BadArchive, NoStandIn) as error:
            return self._cannot_start(deployment, invocation, str(error))
        began = time.monotonic()
        warm = self._start(deployment, workspace)
        failure = warm.sandbox.wait_until_ready(invocation.request_id)
        init_s = time.monotonic() - began
        lines = [platform_log.init_start(deployment, workspace.stand_ins), *warm.sandbox.new_output()]
        if failure is None:
            return self._run(warm, invocation, lines, init_s)
        lines.append(platform_log.start(deployment, invocation.request_id))
        return self._finish(warm, invocation, failure, lines, init_s=init_s)

    def _run(self, warm: _Warm, invocation: Invocation, lines: list[str], init_s: float | None) -> Outcome:
        began = time.monotonic()
        answer = warm.sandbox.invoke(invocation)
        duration_s = time.monotonic() - began
        lines = [*lines, platform_log.start(warm.deployment, invocation.request_id), *warm.sandbox.new_output()]
        if answer.status == "timeout":
            lines.append(platform_log.timeout(invocation.request_id, warm.deployment.timeout_s))
        return self._finish(warm, invocation, answer, lines, duration_s=duration_s, init_s=init_s)

    def _finish(
        self,
        warm: _Warm,
        invocation: Invocation,
        answer: Answer,
        lines: list[str],
        *,
        duration_s: float = 0.0,
        init_s: float | None,
    ) -> Outcome:
        report = platform_log.Report(
            duration_s,
            answer.status,
            init_s=init_s,
            max_memory_mb=warm.sandbox.max_memory_mb(),
            error_type=failures.error_type(answer.payload) if answer.status == "error" else "",
        )
        lines = [*lines, *platform_log.end(warm.deployment, invocation.request_id, report)]
        warm.stream.write(*lines)
        self._measure(warm.deployment, invocation, report)
        self._release(warm, answer)
        return Outcome(answer.payload, None if answer.status == "success" else "Unhandled", _text(lines))

    def _release(self, warm: _Warm, answer: Answer) -> None:
        surplus = [warm]
        with self._lock:
            if answer.reusable and warm.generation == self._generations[warm.deployment.arn]:
                self._idle.append(warm)
                surplus = self._idle[:-MAX_IDLE]
                self._idle = self._idle[-MAX_IDLE:]
        for each in surplus:
            each.close()

    def _start(self, deployment: Deployment, workspace: Workspace) -> _Warm:
        root = self._world.running / "lambda"
        root.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(dir=root, prefix="sandbox-"))
        (folder / "tmp").mkdir()
        stream = open_stream(self._logs, deployment)
        holder = Holder(name=f"function {deployment.name}", function_arn=deployment.arn, place=deployment.place)

        def environment(runtime_api: str) -> dict[str, str]:
            return function_environment(
                deployment,
                workspace,
                credentials=issue(deployment.role_arn, deployment.name, region=deployment.region, holder=holder),
                runtime_api=runtime_api,
                endpoint_url=self._world.endpoint_url,
                log_stream=stream.place.name,
                tmp=folder / "tmp",
            )

        generation, started = self._generations[deployment.arn], self._clock()
        sandbox = Sandbox(deployment, folder=folder, children=self._world.children, environment=environment)
        return _Warm(deployment, sandbox, stream, folder, generation, started)

    def _measure(self, deployment: Deployment, invocation: Invocation, report: platform_log.Report) -> None:
        is_error = report.status != "success"
        measures.ended(self._world.metrics, deployment, invocation, duration_s=report.duration_s, is_error=is_error)

    def _cannot_start(self, deployment: Deployment, invocation: Invocation, reason: str) -> Outcome:
        report = platform_log.Report(0.0, "error", error_type=failures.CANNOT_START)
        lines = [
            platform_log.init_start(deployment, ()),
            platform_log.start(deployment, invocation.request_id),
            reason,
            *platform_log.end(deployment, invocation.request_id, report),
        ]
        stream = open_stream(self._logs, deployment)
        stream.write(*lines)
        stream.close()
        self._measure(deployment, invocation, report)
        return Outcome(failures.cannot_start(invocation.request_id, reason), "Unhandled", _text(lines))


def _text(lines: list[str]) -> str:
    return "".join(f"{line}\n" for line in lines if line)
