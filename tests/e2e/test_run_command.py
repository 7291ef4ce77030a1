"""The command behind `make run`, from nothing to the printed result."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.browser import SCHEMES, opened
from tests.e2e.conftest import environment
from tests.lambdas.report.looks import drawn

pytestmark = pytest.mark.e2e


@dataclass(frozen=True)
class Run:
    """What a run printed and left."""

    printed: str
    summary: dict[str, Any]
    report: str


def _run(root: Path, cache: Path, folder: Path, *arguments: str, **variables: str) -> Run:
    command = [sys.executable, "-m", "runner", "run", "--out", str(folder / "out"), "--cache", str(cache)]
    done = subprocess.run(
        [*command, *arguments], cwd=root, env=environment(**variables), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    latest = folder / "out" / "latest"
    return Run(done.stdout, json.loads((latest / "summary.json").read_text()), (latest / "report.html").read_text())


@pytest.fixture(scope="module")
def blog(root: Path, runner_cache: Path, ml_100k: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The blog's job on the real ratings."""
    return _run(root, runner_cache, tmp_path_factory.mktemp("blog"), "--data", str(ml_100k))


def test_the_blogs_job(blog: Run) -> None:
    summary = blog.summary
    counts = {name: summary["dataset"][name] for name in ("users", "items", "feature_dim", "train_rows", "test_rows")}
    assert counts == {"users": 943, "items": 1682, "feature_dim": 2625, "train_rows": 90_570, "test_rows": 9_430}
    assert (summary["status"], summary["dataset"]["rejected_rows"], summary["dataset"]["synthetic"]) == (
        "SUCCEEDED",
        0,
        False,
    )
    assert summary["dataset"]["bytes"] == {"train": 5_796_480, "validation": 0, "test": 603_520}
    asked = {
        name: summary["training"]["hyperparameters"][name] for name in ("num_factors", "mini_batch_size", "epochs")
    }
    assert asked == {"num_factors": "64", "mini_batch_size": "1000", "epochs": "50"}


def test_the_blogs_figures(blog: Run) -> None:
    metrics = blog.summary["metrics"]
    assert metrics["cross_entropy"] == pytest.approx(0.5811, abs=0.01)
    assert metrics["f1"] == pytest.approx(0.7456, abs=0.012)
    assert metrics["accuracy"] >= 0.69


def test_what_is_shown_and_kept(blog: Run) -> None:
    assert (blog.summary["iam"]["denied"], blog.summary["iam"]["enforced"]) == (0, True)
    assert len(blog.summary["predictions"]) >= 10
    assert all(row["title"] and 0 < row["score"] < 1 for row in blog.summary["predictions"])
    assert blog.summary["predictions"][0]["title"] in blog.printed
    assert "REAL DATA" in blog.printed
    assert blog.summary["artifacts"]["bundle"].endswith(f"/models/{blog.summary['version']}/")
    assert "/users/1/recommendations?n=10" in blog.printed
    assert "Synthetic" not in blog.report
    for figure in ("0.7159", "0.5811", "0.7456"):
        assert figure in blog.printed


def test_the_report_opens_in_a_browser_offline(blog: Run, browser: Browser, tmp_path: Path) -> None:
    """As a person would open it: every plot of a real run drawn, in light and in dark, with no request."""
    file = tmp_path / "report.html"
    file.write_text(blog.report, encoding="utf-8")
    assert file.stat().st_size < 1_500_000
    expected = {"measures", "roc", "precision-recall", "thresholds", "calibration", "scores", "loss"}
    for scheme in SCHEMES:
        with opened(browser, file, scheme=scheme) as seen:
            plots = drawn(seen.page)
            assert expected <= set(plots)
            assert all(plots.values()), plots
            assert seen.requests == seen.complaints == []


def test_without_a_network_the_sample_is_used_and_named(root: Path, runner_cache: Path, tmp_path: Path) -> None:
    with socket.socket() as closed:  # bound, never listening: whatever asks this proxy is refused
        closed.bind(("127.0.0.1", 0))
        nowhere = f"http://127.0.0.1:{closed.getsockname()[1]}"
        proxies = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), nowhere)
        run = _run(root, runner_cache, tmp_path, **proxies)
    dataset = run.summary["dataset"]
    assert (run.summary["status"], dataset["name"], dataset["synthetic"]) == ("SUCCEEDED", "sample", True)
    assert "SYNTHETIC" in run.printed
    assert "Synthetic data" in run.report
