"""What is printed while an execution runs, in a log and on a terminal; and how to call what it left behind."""

from __future__ import annotations

import io
import json
import re
import shlex
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import numpy as np
from numpy.typing import NDArray
from rich.console import Console

from prep.feature_space import FeatureSpace
from prep.features.side_data import SideData
from prep.prepare import Checked
from runner.cloud import Cloud
from runner.epochs import Epoch
from runner.files import RunFolder
from runner.history import Status, TrainingJob, Visit
from runner.progress import Progress
from runner.serving import announce, show_how_to_call, write_example
from runner.show import make_console

START = datetime(2026, 1, 1, tzinfo=UTC)
JOB = TrainingJob("job-0", 50)


def visit(name: str, status: Status, kind: str = "Task") -> Visit:
    return Visit(name=name, kind=kind, entered=START, exited=START + timedelta(seconds=2.5), status=status)


def _ids(*ids: int) -> NDArray[np.int64]:
    return np.array(ids)


def watch(console: Console) -> None:
    with Progress(console) as progress:
        progress.entered(visit("Train Model", "RUNNING"))
        progress.epoch(Epoch(1, 0.6912), JOB)
        progress.epoch(Epoch(2, 0.6543), TrainingJob("job-0", None))
        progress.exited(visit("Train Model", "SUCCEEDED"))
        progress.exited(visit("Find Endpoint", "CAUGHT"))
        progress.exited(visit("Pass the Gate", "SUCCEEDED", "Choice"))
        progress.exited(visit("Fail [Execution]", "FAILED", "Fail"))


def test_log_has_a_line_per_state_and_epoch() -> None:
    stream = io.StringIO()
    watch(make_console(stream))
    assert stream.getvalue().splitlines() == [
        "             epoch 1/50: train cross-entropy 0.6912",
        "             epoch 2: train cross-entropy 0.6543",
        "  ✓    2.5 s  Train Model",
        "  !    2.5 s  Find Endpoint (error caught)",
        "  ✗    2.5 s  Fail [Execution]",
    ]


def test_terminal_keeps_the_states_only() -> None:
    stream = io.StringIO()
    watch(Console(file=stream, force_terminal=True, color_system=None, width=80, markup=False))
    # The running state's line is erased (ECMA-48, EL) before the next one is written over it.
    lines = re.split(r"\n|\x1b\[2K", re.sub(r"\x1b\[\?25[lh]", "", stream.getvalue()))
    assert [line.split()[0] for line in lines if line.startswith("  ")] == ["✓", "!", "✗"]
    assert [line for line in lines if "epoch 2" in line]
    assert stream.getvalue().endswith("\x1b[1A\x1b[2K"), "the last of them is wiped"


def test_example_asks_for_the_columns_of_the_prediction(tmp_path: Path) -> None:
    space = FeatureSpace.of(users=_ids(7, 3), items=_ids(20, 10, 30))
    request = write_example(RunFolder.create(tmp_path), _checked(space), {"user": 7, "item": 20})
    features = json.loads(request.read_bytes())["instances"][0]["data"]["features"]
    # Users first, then items, each in ascending order: 3, 7 | 10, 20, 30.
    assert features == {"keys": [1, 3], "shape": [5], "values": [1.0, 1.0]}


def test_example_asks_for_a_person_and_a_thing_by_name(tmp_path: Path) -> None:
    space = FeatureSpace.of(users=["bo", "ann"], items=["tea", "jam"])
    request = write_example(RunFolder.create(tmp_path), _checked(space), {"user": "bo", "item": "jam"})
    features = json.loads(request.read_bytes())["instances"][0]["data"]["features"]
    assert features == {"keys": [1, 2], "shape": [4], "values": [1.0, 1.0]}


def _checked(space: FeatureSpace) -> Checked:
    """As far as an example needs it."""
    return cast("Checked", SimpleNamespace(feature_space=space, side=SideData()))


def test_call_can_be_pasted() -> None:
    stream = io.StringIO()
    cloud = Cloud("http://localhost:4567", "eu-west-1")
    request = Path("/a folder") / ("x" * 150) / "request.json"
    show_how_to_call(make_console(stream), cloud, endpoint="live", request=request)
    words = shlex.split(stream.getvalue().partition("\n")[2])
    assert words[:2] == ["AWS_ENDPOINT_URL=http://localhost:4567", "AWS_ACCESS_KEY_ID=local-operator"]
    assert words[words.index("--endpoint-name") + 1] == "live"
    assert words[words.index("--body") + 1] == f"fileb://{request}"


def test_address_is_a_line_of_its_own() -> None:
    stream = io.StringIO()
    announce(make_console(stream), Cloud("http://localhost:4567", "eu-west-1"))
    assert stream.getvalue() == "AWS_ENDPOINT_URL=http://localhost:4567\n"
