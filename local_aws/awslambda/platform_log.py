"""The lines Lambda itself writes to a function's log, in either of its formats ("Lambda function logs")."""

from __future__ import annotations

import json
import math
import platform
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from local_aws.awslambda.deployment import Deployment


@dataclass(frozen=True)
class Report:
    """How an invocation went.

    status: success, error or timeout. init_s: None when the sandbox was warm. error_type: '' where there is none.
    """

    duration_s: float
    status: str
    init_s: float | None = None
    max_memory_mb: int | None = None
    error_type: str = ""


def init_start(deployment: Deployment, stand_ins: tuple[str, ...]) -> str:
    """The sandbox starts: which interpreter really runs it, and what stands in for foreign packages."""
    runtime = f"{deployment.runtime}, run by Python {platform.python_version()} of this machine"
    notes = "; ".join(stand_ins)
    if deployment.logging.format == "Text":
        return f"INIT_START Runtime Version: {runtime}" + (f"\tLocal packages: {notes}" if notes else "")
    record = {"initializationType": "on-demand", "phase": "init", "runtimeVersion": runtime}
    return _event(deployment, "initStart", record | ({"localPackages": notes} if notes else {}))


def start(deployment: Deployment, request_id: str) -> str:
    """An invocation begins."""
    if deployment.logging.format == "Text":
        return f"START RequestId: {request_id} Version: {deployment.version}"
    return _event(deployment, "start", {"requestId": request_id, "version": deployment.version})


def timeout(request_id: str, timeout_s: float) -> str:
    """An invocation was cut off."""
    return f"{_now()} {request_id} Task timed out after {timeout_s:.2f} seconds"


def end(deployment: Deployment, request_id: str, report: Report) -> list[str]:
    """An invocation is over."""
    duration_ms = report.duration_s * 1000
    billed_ms = math.ceil(duration_ms + (report.init_s or 0) * 1000)
    if deployment.logging.format != "Text":
        return [_event(deployment, "report", _record(deployment, request_id, report, billed_ms))]
    parts = [
        f"REPORT RequestId: {request_id}",
        f"Duration: {duration_ms:.2f} ms",
        f"Billed Duration: {billed_ms} ms",
        f"Memory Size: {deployment.memory_mb} MB",
    ]
    if report.max_memory_mb is not None:
        parts.append(f"Max Memory Used: {report.max_memory_mb} MB")
    if report.init_s is not None:
        parts.append(f"Init Duration: {report.init_s * 1000:.2f} ms")
    if report.status != "success":
        parts.append(f"Status: {report.status}")
    if report.error_type:
        parts.append(f"Error Type: {report.error_type}")
    return [f"END RequestId: {request_id}", "\t".join(parts)]


def _record(deployment: Deployment, request_id: str, report: Report, billed_ms: int) -> dict[str, Any]:
    metrics = {
        "durationMs": round(report.duration_s * 1000, 3),
        "billedDurationMs": billed_ms,
        "memorySizeMB": deployment.memory_mb,
        "maxMemoryUsedMB": report.max_memory_mb,
        "initDurationMs": None if report.init_s is None else round(report.init_s * 1000, 3),
    }
    known = {name: value for name, value in metrics.items() if value is not None}
    error = {"errorType": report.error_type} if report.error_type else {}
    return {"requestId": request_id, "metrics": known, "status": report.status, **error}


def _event(deployment: Deployment, kind: str, record: dict[str, Any]) -> str:
    """Start and init are of level INFO, so WARN hides them; AWS documents the levels per event."""
    hidden = deployment.logging.system_level == "WARN" and record.get("status", "success") == "success"
    return "" if hidden else json.dumps({"time": _now(), "type": f"platform.{kind}", "record": record})


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
