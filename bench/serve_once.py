"""Requests to the API's handler in a process of its own, beside what they are compared with.

    OPENBLAS_NUM_THREADS=1 python -m bench.serve_once --calls 1000 --users 3

makes a version of ml-32m's size and prints one JSON line. For one user after the other, in turns, seconds of the bare
matrix-vector product of NumPy (``matvec``) and of a whole call for recommendations, from the gateway's event to the
answer it is to send (``handler``). And for some users seconds of asking the endpoint's container, over HTTP on
loopback, for every item (``every_pair``), in the requests that /predictions would send.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from bench.errors import CommandFailed
from bench.serving_version import ITEMS, USERS, Version, event, generated_version
from fm import artifact
from fm.hyperparameters import parse
from lambdas.logic.api.app import Api
from lambdas.logic.api.serving import Serving
from lambdas.logic.predictions import parts
from prep.inference import JSON, decode_response, encode_request
from runner.children import Children
from runner.files import ROOT

_WARM_UP: Final = 20
_START_S: Final = 60.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure once."""
    parser = argparse.ArgumentParser(prog="python -m bench.serve_once", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--calls", type=int, required=True)
    parser.add_argument("--users", type=int, required=True, help="for whom the endpoint is asked of every item")
    given = parser.parse_args(arguments)
    version = generated_version()
    users = np.random.default_rng(1).integers(0, USERS, given.calls + _WARM_UP).tolist()
    said = {**_in_turns(version, users), "every_pair": _every_pair(version, users[: given.users])}
    print(json.dumps(said))
    return 0


def _in_turns(version: Version, users: Sequence[int]) -> dict[str, list[float]]:
    serving, recommender = Serving(version.bundle), version.bundle.recommender
    api = Api(live=lambda: serving, invoke=bytes, log=lambda message, **fields: None)
    found: dict[str, list[float]] = {"matvec": [], "handler": []}
    for user in users:
        vector, request = recommender.users[user].copy(), event(user + 1)
        started = time.perf_counter()
        _ = recommender.items @ vector
        between = time.perf_counter()
        answer = api.answer(request)
        ended = time.perf_counter()
        if answer["statusCode"] != 200:
            raise CommandFailed(f"{answer}, expected status 200")
        found["matvec"].append(between - started)
        found["handler"].append(ended - between)
    return {name: seconds[_WARM_UP:] for name, seconds in found.items()}


def _every_pair(version: Version, users: Sequence[int]) -> list[float]:
    """Seconds for each user."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, Children() as children:
        port = _container(version, Path(folder), children)
        connection = http.client.HTTPConnection("127.0.0.1", port)
        _ask(connection, version, users[0])  # its pages are touched for the first time
        return [_ask(connection, version, user) for user in users]


def _ask(connection: http.client.HTTPConnection, version: Version, user: int) -> float:
    """Seconds until every item has its score."""
    started = time.perf_counter()
    x = version.bundle.rows(np.full(ITEMS, user), np.arange(ITEMS))
    scored = 0
    for part in parts(x):
        headers = {"Content-Type": JSON, "Accept": JSON}
        connection.request("POST", "/invocations", encode_request(x.take(part)), headers)
        scored += decode_response(connection.getresponse().read(), content_type=JSON).scores.size
    if scored != ITEMS:
        raise CommandFailed(f"{scored} scores, expected {ITEMS}")
    return time.perf_counter() - started


def _container(version: Version, folder: Path, children: Children) -> int:
    """Starts the endpoint's container; its port, once it listens."""
    model, port_file = version.model, folder / "port"
    settings = {"num_factors": str(model.n_factors), "predictor_type": model.predictor_type}
    strings = parse({**settings, "feature_dim": str(model.n_features)}).as_strings()
    (folder / "model").mkdir()
    (folder / "model" / artifact.MODEL_FILE).write_bytes(artifact.encode(model, strings))
    environment = {
        **os.environ,
        "SAGEMAKER_BASE_DIR": str(folder),
        "SAGEMAKER_BIND_TO_PORT": "0",
        "LOCAL_AWS_PORT_FILE": str(port_file),
    }
    command = [sys.executable, "-m", "local_aws.containers.factorization_machines", "serve"]
    child = children.start(command, env=environment, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=sys.stderr.fileno())
    deadline = time.monotonic() + _START_S
    while not port_file.exists():
        if child.poll() is not None or time.monotonic() > deadline:
            raise CommandFailed(f"{' '.join(command)}: does not listen")
        time.sleep(0.01)
    return int(port_file.read_text())


if __name__ == "__main__":
    sys.exit(main())
