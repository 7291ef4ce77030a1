"""The Factorization Machines container that serves, by its contract alone: a model file and an HTTP port."""

from __future__ import annotations

import http.client
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from fm import artifact
from fm.model import FactorizationMachine
from local_aws.containers.factorization_machines import serving
from prep.inference import decode_response, encode_request
from tests.local_aws.sagemaker.laboratory import FEATURES, one_hot

RECORDIO = "application/x-recordio-protobuf"


@pytest.fixture(scope="module")
def model() -> FactorizationMachine:
    rng = np.random.default_rng(5)
    w, v = rng.standard_normal(FEATURES, np.float32), rng.standard_normal((FEATURES, 3), np.float32)
    return FactorizationMachine(w0=np.array([0.1], np.float32), w=w, v=v, predictor_type="regressor")


@pytest.fixture
def port(model: FactorizationMachine, tmp_path: Path) -> Iterator[int]:
    """Where a serving container of the model listens."""
    (tmp_path / "model").mkdir()
    parameters = {"predictor_type": "regressor"}
    (tmp_path / "model" / artifact.MODEL_FILE).write_bytes(artifact.encode(model, parameters))
    file = tmp_path / "port"
    process = subprocess.Popen(command("serve"), env=environment(tmp_path, file), stdout=subprocess.DEVNULL)
    yield announced(file, process)
    process.terminate()
    process.wait(10)


def command(verb: str) -> list[str]:
    return [sys.executable, "-m", "local_aws.containers.factorization_machines", verb]


def environment(base: Path, port_file: Path) -> dict[str, str]:
    own = {"SAGEMAKER_BASE_DIR": str(base), "SAGEMAKER_BIND_TO_PORT": "0", "LOCAL_AWS_PORT_FILE": str(port_file)}
    return {**os.environ, **own, "PYTHONPATH": str(Path(__file__).resolve().parents[3])}


def announced(file: Path, process: subprocess.Popen[bytes]) -> int:
    deadline = time.monotonic() + 30
    while not file.exists():
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return int(file.read_text())


def test_a_connection_is_kept_through_answers_and_refusals(port: int, model: FactorizationMachine) -> None:
    rows = one_hot(np.arange(5), np.arange(5))
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    kept = set()
    for path, body, content_type, status in (
        ("/ping", None, "", 200),
        ("/invocations", encode_request(rows), "application/json", 200),
        ("/invocations", b"{", "application/json", 400),
        ("/invocations", b"1,2", "text/csv", 415),
        ("/elsewhere", b"{}", "application/json", 404),
        ("/invocations", encode_request(rows, content_type=RECORDIO), RECORDIO, 200),
    ):
        connection.request("POST" if body else "GET", path, body, {"Content-Type": content_type})
        response = connection.getresponse()
        answer = response.read()
        assert response.status == status, answer
        kept.add(connection.sock)
        if status == 200 and body:
            scores = decode_response(answer, content_type=response.headers["Content-Type"]).scores
            np.testing.assert_allclose(scores, model.score(rows), rtol=1e-6)
    connection.close()
    assert len(kept) == 1


@pytest.mark.parametrize("content_type", ["application/json", RECORDIO])
def test_an_instance_whose_score_overflows_is_named(model: FactorizationMachine, content_type: str) -> None:
    rows = one_hot(np.arange(4), np.arange(4))
    rows.data[4:6] = 3e38
    body = encode_request(rows, content_type=content_type)
    status, _, said = serving.answer(model, body, content_type=content_type, accept="application/json")
    assert status == 400
    assert said.startswith(b"instance 2: values too large to score, score 2 is ")
    status, kind, answer = serving.answer(model, body, content_type=content_type, accept=RECORDIO)
    assert status == 200
    assert np.isfinite(decode_response(answer, content_type=kind).scores).tolist() == [True, True, False, True]


def test_whatever_goes_wrong_is_answered_and_logged(
    model: FactorizationMachine, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise KeyError("nobody thought of it")

    monkeypatch.setattr(serving, "answer", fail)
    server = serving._server(model, port=0)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    connection = http.client.HTTPConnection("127.0.0.1", server.server_address[1], timeout=10)
    try:
        connection.request("POST", "/invocations", b"{}", {"Content-Type": "application/json"})
        response = connection.getresponse()
        assert (response.status, response.read()) == (500, b"KeyError: 'nobody thought of it'")
    finally:
        connection.close()
        server.shutdown()
        thread.join()
        server.server_close()
    assert "KeyError: 'nobody thought of it'" in capfd.readouterr().err


def test_scores_equal_the_double_loop(model: FactorizationMachine) -> None:
    rows = one_hot(np.array([0, 7]), np.array([3, 11]))
    _, kind, body = serving.answer(
        model, encode_request(rows), content_type="application/json", accept="application/jsonlines"
    )
    scores = decode_response(body, content_type=kind).scores
    for row, score in enumerate(scores):
        user, item = rows.indices[2 * row : 2 * row + 2]
        expected = (
            model.w0[0]
            + model.w[user]
            + model.w[item]
            + sum(a * b for a, b in zip(*model.v[[user, item]], strict=True))
        )
        assert score == pytest.approx(float(expected), rel=1e-5)


def test_an_accept_header_that_cannot_be_met_is_refused(model: FactorizationMachine) -> None:
    body = encode_request(one_hot(np.array([0]), np.array([0])))
    status, _, said = serving.answer(model, body, content_type="application/json", accept="text/csv")
    assert status == 406
    assert b"text/csv" in said


def test_a_container_does_not_outlive_its_parent(model: FactorizationMachine, tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / artifact.MODEL_FILE).write_bytes(artifact.encode(model, {"predictor_type": "regressor"}))
    file = tmp_path / "port"
    script = f"import subprocess, sys; subprocess.Popen({command('serve')!r}); sys.stdin.read()"
    parent = subprocess.Popen(
        [sys.executable, "-c", script],
        env=environment(tmp_path, file),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
    )
    port = announced(file, parent)
    parent.kill()
    parent.communicate()
    deadline = time.monotonic() + 10
    while _is_open(port):
        assert time.monotonic() < deadline, "the container is still there"
        time.sleep(0.05)


def _is_open(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
    try:
        connection.request("GET", "/ping")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()
