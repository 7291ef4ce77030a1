"""The page's reading of an execution's events beside the runner's, which knows AWS' recorded histories."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from runner.history import visits
from tests.runner.executions import Events
from tests.runner.test_aws_histories import history

_READ = """
import { readFileSync } from "node:fs";
const { visitsOf } = await import(process.argv[2]);
const row = ({ name, type, status }) => [name, type, status.toUpperCase().replace(" ", "_")];
console.log(JSON.stringify(visitsOf(JSON.parse(readFileSync(0, "utf8"))).map(row)));
"""
_BRANCHES: list[Any] = [
    (1, 0, 0, "ExecutionStarted"),
    (2, 0, 0, "ParallelStateEntered", "Outer"),
    (3, 2, 0, "ParallelStateStarted"),
    (4, 3, 0, "TaskStateEntered", "Train"),
    (5, 3, 0, "ParallelStateEntered", "Inner"),
    (6, 5, 0, "ParallelStateStarted"),
    (7, 6, 0, "WaitStateEntered", "Wait"),
    (8, 4, 0, "TaskScheduled"),
]
_ITERATIONS: list[Any] = [
    (1, 0, 0, "MapStateEntered", "Each"),
    (2, 1, 0, "MapStateStarted"),
    (3, 2, 0, "MapIterationStarted", 0),
    (4, 2, 0, "MapIterationStarted", 1),
    (5, 3, 0, "TaskStateEntered", "Try"),
    (6, 4, 0, "TaskStateEntered", "Try"),
    (7, 5, 1, "TaskFailed"),
    (8, 7, 1, "MapIterationFailed", 0),
]
HISTORIES: dict[str, list[Any]] = {
    "branches at work": _BRANCHES,
    "a branch failed and its error was caught": [
        *_BRANCHES,
        (9, 8, 2, "TaskFailed"),
        (10, 9, 2, "ParallelStateFailed"),
        (11, 10, 2, "ParallelStateExited", "Outer"),
        (12, 11, 2, "PassStateEntered", "Clean Up"),
    ],
    "a branch failed with the execution": [*_BRANCHES, (9, 8, 2, "TaskFailed"), (10, 9, 2, "ExecutionFailed")],
    "stopped": [*_BRANCHES, (9, 0, 2, "ExecutionAborted")],
    "out of time": [*_BRANCHES, (9, 0, 2, "ExecutionTimedOut")],
    "an attempt failed and the next did not": [
        *_BRANCHES,
        (9, 8, 2, "TaskFailed"),
        (10, 9, 3, "TaskScheduled"),
        (11, 10, 4, "TaskSucceeded"),
        (12, 11, 4, "TaskStateExited", "Train"),
    ],
    "an iteration failed": _ITERATIONS,
    "an iteration failed with the execution": [
        *_ITERATIONS,
        (9, 8, 1, "MapStateFailed"),
        (10, 9, 1, "ExecutionFailed"),
    ],
}


@pytest.mark.parametrize("name", HISTORIES)
def test_states_have_the_status_that_the_runner_reads(name: str, root: Path, tmp_path: Path) -> None:
    events = history(*HISTORIES[name])
    expected = [[visit.name, visit.kind, visit.status] for visit in visits(events)]
    assert _as_the_page_reads(events, root, tmp_path) == expected


def _as_the_page_reads(events: Events, root: Path, folder: Path) -> Any:
    """By Node, of which every make target has one."""
    beside = str(Path(sys.executable).parent)
    node = shutil.which("node", path=beside) or shutil.which("node")
    assert node, "no Node: make test"
    script = folder / "read.mjs"
    script.write_text(_READ)
    module = (root / "web" / "static" / "js" / "visits.js").as_uri()
    command = [node, "--disable-warning=MODULE_TYPELESS_PACKAGE_JSON", str(script), module]
    given = json.dumps(events, default=lambda time: time.isoformat())
    return json.loads(subprocess.run(command, input=given, capture_output=True, text=True, check=True).stdout)
