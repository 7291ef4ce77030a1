"""`make run` on ratings of every format: each execution succeeds and counts what is in the files."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from runner.isolation import ENDPOINT_VARIABLE
from tests.e2e.conftest import environment
from tests.generated import movielens
from tests.generated.custom import COLUMNS, own_columns
from tests.generated.truth import Truth
from tests.local_server import running

pytestmark = pytest.mark.e2e

QUICK = {"hyperparameters": {"epochs": 3, "num_factors": 8}, "gate": {"beat_baseline": False}, "models": ["like"]}
HELD_OUT = 10
Run = Callable[[Path, Path, dict[str, Any]], dict[str, Any]]
"""A folder to work in, the ratings and the rest of the input; returns the summary."""


@pytest.fixture(scope="module")
def run(root: Path, runner_cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """One local AWS for all runs; the first one deploys."""
    with running(root, tmp_path_factory.mktemp("formats")) as server:
        yield partial(_run, root, runner_cache, server.endpoint_url)


def _run(root: Path, cache: Path, url: str, folder: Path, data: Path, given: dict[str, Any]) -> dict[str, Any]:
    chosen = folder / "input.json"
    chosen.write_text(json.dumps(QUICK | given))
    command = [sys.executable, "-m", "runner", "run", "--data", str(data), "--input", str(chosen)]
    places = ["--out", str(folder / "out"), "--cache", str(cache)]
    variables = environment(**{ENDPOINT_VARIABLE: url})
    done = subprocess.run([*command, *places], cwd=root, env=variables, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    summary: dict[str, Any] = json.loads((folder / "out" / "latest" / "summary.json").read_text())
    assert summary["status"] == "SUCCEEDED"
    assert summary["iam"]["denied"] == 0
    return summary


@pytest.mark.parametrize("name", ["ml_1m", "ml_10m", "ml_25m"])
def test_movielens_layouts(tmp_path: Path, run: Run, name: str) -> None:
    truth: Truth = getattr(movielens, name)(tmp_path / "data")
    is_packed = name == "ml_10m"  # one is enough: tests/prep has all of both
    data = movielens.as_zip(truth.folder, tmp_path / "data.zip") if is_packed else truth.folder
    dataset = run(tmp_path, data, {})["dataset"]
    _check_counts(dataset, truth, items=set(truth.films) | set(truth.item_ids))
    assert dataset["format"] == {"ml_1m": "ml-1m", "ml_10m": "ml-10m", "ml_25m": "ml-csv"}[name]


def test_a_table_with_text_ids_and_its_own_columns(tmp_path: Path, run: Run) -> None:
    truth = own_columns(tmp_path / "shop", rows=8_000)
    lines = (truth.folder / truth.file).read_text().splitlines()
    lines[100] += ",one field too many"
    (truth.folder / truth.file).write_text("\n".join(lines) + "\n")
    given = {"dataset": {"columns": COLUMNS}, "split": {"kind": "temporal", "share": 0.2}, "prepare": {"shards": 2}}
    summary = run(tmp_path, truth.folder, given)
    dataset = summary["dataset"]
    assert (dataset["rejected_rows"], dataset["rejected"]) == (1, {"too_many_fields": 1})
    assert sum(dataset["ratings"].values()) + dataset["cold_rows"] == truth.rows - 1
    assert (dataset["format"], dataset["shards"]) == ("csv", 2)
    shown = {row["user"] for row in summary["predictions"]}
    assert shown <= set(truth.user_ids)
    assert all(isinstance(user, str) for user in shown)


def test_ml_100k_as_a_zip_with_columns_beside_users_and_items(ml_100k: Path, tmp_path: Path, run: Run) -> None:
    data = movielens.as_zip(ml_100k, tmp_path / "ml-100k.zip")
    given: dict[str, Any] = {"features": {"blocks": ["genres", "year", "user_attributes", "week"]}}
    dataset = run(tmp_path, data, given)["dataset"]
    assert (dataset["train_rows"], dataset["test_rows"], dataset["rejected_rows"]) == (90_570, 9_430, 0)
    assert (dataset["users"], dataset["items"]) == (943, 1_682)
    assert dataset["features"] == given["features"]["blocks"]
    assert dataset["feature_dim"] > 2_625 + 18 + 21 + 2


def _check_counts(dataset: dict[str, Any], truth: Truth, *, items: set[Any]) -> None:
    """The default split, as no given one is there: ten of each user's ratings, but never the last."""
    held_out = sum(min(HELD_OUT, count - 1) for count in truth.rows_per_user.values())
    assert (dataset["users"], dataset["items"]) == (len(truth.user_ids), len(items))
    assert (dataset["train_rows"], dataset["test_rows"]) == (truth.rows - held_out, held_out)
    assert (dataset["rejected_rows"], dataset["synthetic"]) == (0, False)
