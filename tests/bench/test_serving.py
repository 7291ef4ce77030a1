"""What the figures of serving are made of, and functions that are started as Lambda starts them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bench.cold_start import HELLO, Start, cold_start, zipped_mb
from bench.errors import CommandFailed
from bench.serving import call_figures, cold_figures
from bench.serving_version import USERS, event, generated_version
from lambdas.logic.api.app import Api
from lambdas.logic.api.serving import Serving
from runner.children import Children


def test_each_repeat_is_compared_by_its_medians() -> None:
    said = [
        {"matvec": [0.001, 0.001, 9.0], "handler": [0.002, 0.002, 0.004], "every_pair": [1.0, 1.2, 1.1]},
        {"matvec": [0.001, 0.002, 0.001], "handler": [0.001, 0.001, 0.001], "every_pair": [0.04, 0.04, 0.04]},
        {"matvec": [0.001, 0.001, 0.001], "handler": [0.004, 0.004, 0.004], "every_pair": [2.0, 2.0, 2.0]},
    ]
    figures = {figure.name: figure for figure in call_figures(said)}
    assert figures["serving.vs_endpoint_every_pair"].each == pytest.approx((550, 40, 500))
    assert figures["serving.vs_endpoint_every_pair"].is_met is True
    assert figures["serving.vs_matvec"].each == pytest.approx((2, 1, 4))
    assert figures["serving.vs_matvec"].is_met is True
    assert figures["serving.p50"].each == pytest.approx((2, 1, 4))
    assert figures["serving.p99"].each == pytest.approx((3.96, 1, 4))
    assert figures["serving.every_pair"].value == pytest.approx(1.1)


def test_a_function_is_started_once_and_asked_once(tmp_path: Path) -> None:
    (tmp_path / "hello.py").write_text("import time\ntime.sleep(0.2)\n" + HELLO)
    with Children() as children:
        start = cold_start(children, "hello.handler", {}, import_from=tmp_path, environment={}, log=tmp_path / "log")
    assert start.init > 0.2
    assert 0 < start.answer < start.init
    names = ["serving.cold.init_seconds", "serving.cold.hello_init_seconds", "serving.cold.first_answer_seconds"]
    figures = cold_figures([start], [Start(init=0.1, answer=0.1)])
    assert [(figure.name, figure.value) for figure in figures] == [
        *zip(names, (start.init, 0.1, start.answer), strict=True)
    ]


@pytest.mark.parametrize(
    "code",
    ["raise ValueError", "def handler(event, context):\n    return {'statusCode': 503}\n"],
    ids=["init", "answer"],
)
def test_a_function_that_fails_is_no_figure(tmp_path: Path, code: str) -> None:
    (tmp_path / "broken.py").write_text(code)
    with Children() as children, pytest.raises(CommandFailed, match=r"broken\.handler: .*, expected status 200"):
        cold_start(children, "broken.handler", {}, import_from=tmp_path, environment={}, log=tmp_path / "log")


def test_packages_are_measured_as_they_are_sent(tmp_path: Path) -> None:
    (tmp_path / "zeros").write_bytes(bytes(1_000_000))
    (tmp_path / "noise").write_bytes(np.random.default_rng(0).bytes(1_000_000))
    assert zipped_mb([(tmp_path / "zeros", tmp_path)]) < 0.01
    assert zipped_mb([(tmp_path / "noise", tmp_path)]) == pytest.approx(1.0, rel=0.01)


def test_the_generated_version_answers() -> None:
    version = generated_version()
    serving = Serving(version.bundle)
    api = Api(live=lambda: serving, invoke=bytes, log=lambda message, **fields: None)
    answer = api.answer(event(USERS))
    assert answer["statusCode"] == 200
    rated = version.bundle.rated.of(USERS - 1)
    assert rated.size == np.unique(rated).size == 160
