"""What is printed while an execution runs, in a log and on a terminal; and how to call what it left behind."""

from __future__ import annotations

import io
import json
import re
import shlex
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest
from numpy.typing import NDArray
from rich.console import Console

from prep.feature_space import FeatureSpace
from prep.features.side_data import SideData
from prep.prepare import Checked
from runner.cloud import Cloud
from runner.epochs import Epoch
from runner.files import RunFolder
from runner.jobs import TrainingJob, TuningJob
from runner.progress import Progress
from runner.serving import announce, show_how_to_ask, show_how_to_call, write_example
from runner.show import make_console
from runner.tuning import Trainings
from runner.visits import Status, Visit

START = datetime(2026, 1, 1, tzinfo=UTC)
JOB = TrainingJob(name="job-0", state="Train Model", visit=0, epochs=50)


def visit(name: str, status: Status, kind: str = "Task", *, number: int = 0) -> Visit:
    end = START + timedelta(seconds=2.5)
    return Visit(name=name, kind=kind, entered=START, exited=end, status=status, number=number)


def log() -> tuple[Console, io.StringIO]:
    stream = io.StringIO()
    return make_console(stream), stream


def terminal() -> tuple[Console, io.StringIO]:
    stream = io.StringIO()
    return Console(file=stream, force_terminal=True, color_system=None, width=80, markup=False), stream


def shown(stream: io.StringIO) -> list[str]:
    """What was written to a terminal, a line and what was written over it apart from each other (ECMA-48, EL)."""
    return re.split(r"\n|\x1b\[2K", re.sub(r"\r|\x1b\[(\?25[lh]|1A)", "", stream.getvalue()))


def _ids(*ids: int) -> NDArray[np.int64]:
    return np.array(ids)


def watch(console: Console) -> None:
    with Progress(console) as progress:
        progress.entered(visit("Train Model", "RUNNING"))
        progress.asked(JOB)
        progress.epoch(Epoch(1, "cross-entropy", 0.6912), JOB)
        progress.epoch(Epoch(2, "RMSE", 0.6543), replace(JOB, epochs=None))
        progress.exited(visit("Train Model", "SUCCEEDED"))
        progress.exited(visit("Find Endpoint", "CAUGHT"))
        progress.exited(visit("Pass the Gate", "SUCCEEDED", "Choice"))
        progress.exited(visit("Fail [Execution]", "FAILED", "Fail"))


def test_log_has_a_line_per_state_and_epoch() -> None:
    console, stream = log()
    watch(console)
    assert stream.getvalue().splitlines() == [
        "             epoch 1/50: train cross-entropy 0.6912",
        "             epoch 2: train RMSE 0.6543",
        "  ✓    2.5 s  Train Model",
        "  !    2.5 s  Find Endpoint (error caught)",
        "  ✗    2.5 s  Fail [Execution]",
    ]


def test_terminal_keeps_the_states_only() -> None:
    console, stream = terminal()
    watch(console)
    lines = shown(stream)
    assert [line.split()[0] for line in lines if line.startswith("  ")] == ["✓", "!", "✗"]
    assert [line for line in lines if "epoch 2" in line]
    assert stream.getvalue().endswith("\x1b[1A\x1b[2K"), "the last of them is wiped"


def watch_two(console: Console) -> None:
    """Two trainings side by side, then a tuning alone; a state of another iteration has the name of the first."""
    parallel, first, second, third = (
        visit(name, "RUNNING", kind, number=number)
        for number, (name, kind) in enumerate(
            [("Both", "Parallel"), ("Train [a] Model", "Task"), ("Train [b] Model", "Task"), ("Tune", "Task")]
        )
    )
    jobs = [TrainingJob(name=f"job-{visit.number}", state=visit.name, visit=visit.number) for visit in (first, second)]
    tuning = TuningJob(name="tune", state="Tune", visit=3, trainings=8)
    with Progress(console) as progress:
        for running in (parallel, first, second):
            progress.entered(running)
        progress.asked(jobs[0])
        progress.epoch(Epoch(1, "RMSE", 0.5), jobs[0])
        progress.asked(jobs[1])
        progress.epoch(Epoch(2, "RMSE", 0.25), jobs[0])
        progress.epoch(Epoch(1, "cross-entropy", 0.75), jobs[1])
        progress.exited(replace(second, status="ABORTED"))
        progress.epoch(Epoch(3, "RMSE", 0.125), jobs[0])
        progress.exited(replace(first, status="SUCCEEDED"))
        progress.exited(replace(parallel, status="SUCCEEDED"))
        progress.entered(third)
        progress.asked(tuning)
        progress.tuned(Trainings(completed=0, without_result=0, objective="test:rmse", best=None), tuning)
        progress.tuned(Trainings(completed=2, without_result=1, objective="test:rmse", best=0.5), tuning)
        progress.exited(replace(third, status="SUCCEEDED"))


def test_log_names_the_state_where_more_than_one_trains() -> None:
    console, stream = log()
    watch_two(console)
    assert stream.getvalue().splitlines() == [
        "             epoch 1: train RMSE 0.5000",
        "             Train [a] Model, epoch 2: train RMSE 0.2500",
        "             Train [b] Model, epoch 1: train cross-entropy 0.7500",
        "  ✗    2.5 s  Train [b] Model (aborted)",
        "             epoch 3: train RMSE 0.1250",
        "  ✓    2.5 s  Train [a] Model",
        "             0 of 8 trainings completed",
        "             2 of 8 trainings completed, 1 failed or stopped, best test:rmse 0.5000",
        "  ✓    2.5 s  Tune",
    ]


def test_terminal_shows_all_that_runs_with_its_latest_epoch() -> None:
    console, stream = terminal()
    watch_two(console)
    lines = shown(stream)
    second = lines.index("  Train [b] Model, epoch 1: train cross-entropy 0.7500")
    assert lines[second - 1].endswith(" Train [a] Model, epoch 2: train RMSE 0.2500"), "above it, behind the spinner"
    assert not [line for line in lines if "Both" in line], "its states say what it does"
    assert lines[-3].endswith(" Tune, 2 of 8 trainings completed, 1 failed or stopped, best test:rmse 0.5000")


def test_a_state_that_runs_twice_at_a_time_is_told_by_its_job() -> None:
    console, stream = log()
    jobs = [TuningJob(name=f"tune-{number}", state="Tune", visit=number) for number in range(2)]
    with Progress(console) as progress:
        for job in jobs:
            progress.entered(visit("Tune", "RUNNING", number=job.visit))
            progress.asked(job)
        for job in jobs:
            progress.tuned(Trainings(completed=1, without_result=0, objective="o", best=0.5), job)
    assert stream.getvalue().splitlines() == [
        "             Tune (tune-0), 1 trainings completed, best o 0.5000",
        "             Tune (tune-1), 1 trainings completed, best o 0.5000",
    ]


@pytest.mark.parametrize(("status", "lines"), [("SUCCEEDED", 0), ("CAUGHT", 1), ("FAILED", 1)])
def test_parallel_is_a_line_only_when_it_failed(status: Status, lines: int) -> None:
    console, stream = log()
    with Progress(console) as progress:
        progress.entered(visit("Both", "RUNNING", "Parallel"))
        progress.exited(visit("Both", status, "Parallel"))
    assert stream.getvalue().count("Both") == lines


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


@pytest.mark.parametrize(("user", "in_path"), [(7, "7"), ("ann & bo/50%", "ann%2520%2526%2520bo%252F50%2525")])
def test_question_for_the_api_is_one_line(user: object, in_path: str) -> None:
    """An HTTP API decodes a path twice."""
    stream = io.StringIO()
    show_how_to_ask(make_console(stream), api_url="http://localhost:4568", region="eu-west-1", user=user)
    (line,) = stream.getvalue().splitlines()
    words = shlex.split(line.partition(": ")[2])
    assert words == [
        "curl",
        "--silent",
        "--aws-sigv4",
        "aws:amz:eu-west-1:execute-api",
        "--user",
        "local-operator:local",
        f"http://localhost:4568/users/{in_path}/recommendations?n=10",
    ]


def test_question_for_an_api_that_is_gone_says_how_to_have_one() -> None:
    stream = io.StringIO()
    show_how_to_ask(make_console(stream), api_url=None, region="eu-west-1", user=1)
    assert "make serve" in stream.getvalue()
    assert "http://localhost:PORT/users/1/recommendations?n=10" in stream.getvalue()


def test_address_is_a_line_of_its_own() -> None:
    stream = io.StringIO()
    announce(make_console(stream), Cloud("http://localhost:4567", "eu-west-1"))
    assert stream.getvalue() == "AWS_ENDPOINT_URL=http://localhost:4567\n"
