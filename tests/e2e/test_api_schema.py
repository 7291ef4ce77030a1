"""The deployed API against its own OpenAPI document, asked by somebody who knows nothing else of it: schemathesis."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.calling import call
from tests.e2e.conftest import QUICK, Cloud, environment


@pytest.fixture(scope="module")
def document(cloud: Cloud) -> bytes:
    """What the live API says of itself."""
    assert cloud.execute({**QUICK, "deploy": {"mode": "none"}}).status == "SUCCEEDED"
    return call(cloud, "/openapi.json").content


@pytest.mark.parametrize(("mode", "among"), [("positive", {200}), ("negative", {400, 404})])
def test_every_answer_is_a_documented_one(
    root: Path, cloud: Cloud, document: bytes, mode: str, among: set[int]
) -> None:
    command = [sys.executable, "-m", "tests.e2e.documented", "--url", cloud.outputs["ApiUrl"], "--mode", mode]
    done = subprocess.run(command, cwd=root, env=environment(), input=document, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()[-8000:]
    assert among <= set(json.loads(done.stdout.splitlines()[-1]))


def test_nobody_without_credentials_gets_anything_else_than_a_refusal(cloud: Cloud, document: bytes) -> None:
    for path, methods in json.loads(document)["paths"].items():
        for method in methods:
            asked = {"method": method.upper()} if method == "get" else {"body": {}}
            refused = call(cloud, path.replace("{user}", "1").replace("{item}", "1"), signed_by=None, **asked)
            assert refused.status == 403, f"{method} {path}"
