"""A local AWS as a process of its own, the way its users start it."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

REGION = "eu-west-1"
OPERATOR = {"aws_access_key_id": "operator", "aws_secret_access_key": "any"}
"""Credentials of no role: the account's operator may do everything."""


@dataclass(frozen=True)
class LocalAws:
    """Where the server under test listens."""

    endpoint_url: str
    folder: Path
    region: str = REGION
    account: str = "123456789012"

    def client(self, service: str, **credentials: str) -> Any:
        """A boto3 client; as the account's operator unless credentials are given."""
        keys = credentials or OPERATOR
        return boto3.client(service, region_name=self.region, endpoint_url=self.endpoint_url, **keys)

    def variables(self) -> dict[str, str]:
        """The environment in which AWS' own tools and SDKs reach it as the operator."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            **{name.upper(): value for name, value in OPERATOR.items()},
        }


@contextlib.contextmanager
def running(root: Path, folder: Path) -> Iterator[LocalAws]:
    """Start `python -m local_aws` with its state in `folder`; it must end cleanly when asked to."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    with (folder / "server.log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "local_aws", "--folder", str(folder)],
            cwd=root,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=log,
        )
    assert server.stdout is not None
    line = server.stdout.readline().decode().strip()
    assert line.startswith("AWS_ENDPOINT_URL="), (folder / "server.log").read_text()
    try:
        yield LocalAws(endpoint_url=line.partition("=")[2], folder=folder)
    finally:
        server.terminate()
        status = server.wait(60)
        server.stdout.close()
    assert status == 0, (folder / "server.log").read_text()
