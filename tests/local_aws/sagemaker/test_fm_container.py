"""The Factorization Machines container by its contract alone: a tree of files, an exit status, an HTTP port."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from fm import artifact
from fm.model import FactorizationMachine
from local_aws.containers.factorization_machines import serving, training
from local_aws.containers.factorization_machines.contract import OptMl
from prep.inference import decode_response, encode_request
from tests.local_aws.sagemaker.laboratory import FEATURES, hyperparameters, one_hot, planted

RECORDIO = "application/x-recordio-protobuf"


@pytest.fixture
def opt_ml(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> OptMl:
    """A tree with 200 planted rows in two files."""
    monkeypatch.setenv("TRAINING_JOB_NAME", "job-a")
    opt_ml = OptMl(tmp_path)
    rng = np.random.default_rng(3)
    for number in range(2):
        file = tmp_path / "input" / "data" / "train" / f"part-{number}"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(planted(rng, 100).recordio())
    configure(opt_ml, hyperparameters(epochs="1"))
    return opt_ml


def configure(opt_ml: OptMl, settings: dict[str, str], **channel: str) -> None:
    config = opt_ml.base / "input" / "config"
    config.mkdir(exist_ok=True)
    (config / "hyperparameters.json").write_text(json.dumps(settings))
    (config / "inputdataconfig.json").write_text(json.dumps({"train": {"ContentType": RECORDIO} | channel}))


def failure_of(opt_ml: OptMl) -> str:
    assert training.run(opt_ml) == training.CLIENT_FAULT
    assert not (opt_ml.model / artifact.MODEL_FILE).exists()
    reason = (opt_ml.base / "output" / "failure").read_text()
    assert reason.startswith("ClientError: Unable to initialize the algorithm. Failed to validate ")
    return reason


def test_one_name_gives_one_model_and_another_name_another(opt_ml: OptMl, monkeypatch: pytest.MonkeyPatch) -> None:
    models = []
    for name in ("job-a", "job-a", "job-b"):
        monkeypatch.setenv("TRAINING_JOB_NAME", name)
        assert training.run(opt_ml) == 0
        models.append((opt_ml.model / artifact.MODEL_FILE).read_bytes())
    assert models[0] == models[1] != models[2]


def test_files_are_read_in_the_order_of_their_names(opt_ml: OptMl, tmp_path: Path) -> None:
    train = tmp_path / "input" / "data" / "train"
    assert training.run(opt_ml) == 0
    in_two = (opt_ml.model / artifact.MODEL_FILE).read_bytes()
    (train / "all").write_bytes((train / "part-0").read_bytes() + (train / "part-1").read_bytes())
    for part in ("part-0", "part-1"):
        (train / part).unlink()
    assert training.run(opt_ml) == 0
    assert (opt_ml.model / artifact.MODEL_FILE).read_bytes() == in_two


def test_every_bad_hyperparameter_is_named(opt_ml: OptMl) -> None:
    configure(opt_ml, {"feature_dim": "0", "predictor_type": "classifier", "_optimizer": "sgd"})
    reason = failure_of(opt_ml)
    for name in ("feature_dim", "predictor_type", "_optimizer", "num_factors"):
        assert repr(name) in reason


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"feature_dim": "9"}, f"rows of {FEATURES} features, expected feature_dim 9"),
        ({"mini_batch_size": "201"}, "mini_batch_size 201, expected at most the 200 rows"),
    ],
)
def test_settings_that_do_not_fit_the_data_are_named(opt_ml: OptMl, settings: dict[str, str], reason: str) -> None:
    configure(opt_ml, hyperparameters(**settings))
    assert reason in failure_of(opt_ml)


def test_another_content_type_is_named(opt_ml: OptMl) -> None:
    configure(opt_ml, hyperparameters(), ContentType="text/csv")
    assert f"ContentType 'text/csv', expected {RECORDIO!r}" in failure_of(opt_ml)


@pytest.mark.parametrize(("content", "said"), [(b"1,2\n", "channel 'train', part-2"), (b"", "part-2: no records")])
def test_a_file_that_cannot_be_read_is_named(opt_ml: OptMl, content: bytes, said: str) -> None:
    (opt_ml.base / "input" / "data" / "train" / "part-2").write_bytes(content)
    assert said in failure_of(opt_ml)


def test_a_job_without_a_train_channel_is_refused(opt_ml: OptMl) -> None:
    (opt_ml.base / "input" / "config" / "inputdataconfig.json").write_text("{}")
    assert "channel 'train' is missing" in failure_of(opt_ml)


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
