"""What cannot be used is refused with one line and exit status 2, before anything is started."""

from __future__ import annotations

import json
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

RunnerProcess = Callable[..., subprocess.CompletedProcess[str]]


def assert_refused(done: subprocess.CompletedProcess[str], out: Path, *, saying: str) -> None:
    lines = done.stderr.splitlines()
    assert len(lines) == 1, done.stderr
    assert saying in lines[0]
    assert done.returncode == 2
    assert not out.exists(), "a refused run must leave nothing"


@pytest.mark.parametrize(
    ("file", "content", "saying"),
    [
        ("ua.base", "1\t1\tx\t880000000\n", "ua.base:1"),
        ("ua.test", "1\t3\t3\t880000004\n1\t2\t9\t880000005\n", "ua.test:2"),
        ("ua.base", "", "2 of 2 rows rejected, expected at most 1 %: user_not_in_train 2"),
    ],
    ids=["a letter in a rating", "a rating of 9", "an empty file"],
)
def test_bad_ratings(runner: RunnerProcess, tiny: Path, tmp_path: Path, file: str, content: str, saying: str) -> None:
    (tiny / file).write_text(content)
    assert_refused(runner("run", "--data", str(tiny)), tmp_path / "out", saying=saying)


@pytest.mark.parametrize(
    ("given", "saying"),
    [
        ({"split": {"kind": "kfold"}}, "split.kind 'kfold', expected one of"),
        ({"split": {"name": "u5"}}, "split 'u5'"),
        ({"label": {"liked_at_least": 6}}, "liked_at_least 6, expected 0.5 to 5"),
        ({"features": {"blocks": ["user_attributes"]}}, "user_attributes"),
        ({"dataset": {"format": "ml-1m"}}, "no ratings.dat; expected ratings.dat"),
    ],
)
def test_what_does_not_go_with_the_data(
    runner: RunnerProcess, tiny: Path, tmp_path: Path, given: object, saying: str
) -> None:
    (tmp_path / "input.json").write_text(json.dumps(given))
    done = runner("run", "--data", str(tiny), "--input", str(tmp_path / "input.json"))
    assert_refused(done, tmp_path / "out", saying=saying)


@pytest.mark.parametrize("data", ["/nonexistent", "ml-1000k"])
def test_data_that_is_not_there(runner: RunnerProcess, tmp_path: Path, data: str) -> None:
    assert_refused(runner("run", "--data", data), tmp_path / "out", saying=f"{data}: no such folder, zip or known name")


def test_known_dataset_asked_for_by_name_never_falls_back(runner: RunnerProcess, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        proxy = f"http://127.0.0.1:{closed.getsockname()[1]}"
    done = runner("run", "--data", "ml-100k", HTTPS_PROXY=proxy, HTTP_PROXY=proxy)
    assert_refused(done, tmp_path / "out", saying="https://files.grouplens.org/datasets/movielens/ml-100k.zip: ")


@pytest.mark.parametrize("content", ['{"split": ', "[1, 2]"], ids=["broken", "a list"])
def test_bad_input(runner: RunnerProcess, tiny: Path, tmp_path: Path, content: str) -> None:
    given = tmp_path / "input.json"
    given.write_text(content)
    done = runner("run", "--data", str(tiny), "--input", str(given))
    assert_refused(done, tmp_path / "out", saying=f"{given}: ")


def test_endpoint_of_another_machine(runner: RunnerProcess, tiny: Path, tmp_path: Path) -> None:
    url = "https://sagemaker.eu-west-1.amazonaws.com"
    done = runner("run", "--data", str(tiny), AWS_ENDPOINT_URL=url)
    assert_refused(done, tmp_path / "out", saying=f"AWS_ENDPOINT_URL is '{url}', expected http://localhost:PORT")


def test_endpoint_where_nothing_answers(runner: RunnerProcess, tiny: Path, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    done = runner("run", "--data", str(tiny), AWS_ENDPOINT_URL=f"http://127.0.0.1:{port}")
    assert_refused(done, tmp_path / "out", saying="expected a local AWS")
