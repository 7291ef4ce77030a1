"""`python -m web` as its users and the runner start it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from runner.children import Children
from runner.cloud import Cloud
from runner.errors import ServerFailed
from runner.page import Page
from tests.local_server import LocalAws
from tests.web.proxy.browser import Client
from tests.web.proxy.conftest import Deployed
from tests.web.proxy.stack import deploy, template


def start(root: Path, aws: LocalAws, *arguments: str, **variables: str) -> subprocess.Popen[str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    # A shell without job control lets what it starts in the background ignore SIGINT, and so would the child.
    ignored = signal.signal(signal.SIGINT, signal.default_int_handler)
    process = subprocess.Popen(
        [sys.executable, "-m", "web", *arguments],
        cwd=root,
        env={**inherited, **aws.variables(), "AWS_CONFIG_FILE": os.devnull, **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    signal.signal(signal.SIGINT, ignored)
    return process


def answers(url: str) -> bool:
    port = urlsplit(url).port
    assert port is not None
    return Client(port).ask("GET", "/config.json").status == 200


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "terminate"])
def test_it_says_where_it_listens_and_ends_quietly(
    root: Path, local_aws: LocalAws, deployed: Deployed, number: signal.Signals
) -> None:
    with start(root, local_aws, "--pipeline-stack", deployed.stack) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("Page: http://localhost:")
        assert answers(line.split()[1])
        process.send_signal(number)
        assert process.communicate(timeout=60) == ("", "")
        assert process.returncode == 0


def refused(root: Path, aws: LocalAws, *arguments: str, **variables: str) -> str:
    """What it says as it ends with status 2, in one line."""
    with start(root, aws, *arguments, **variables) as process:
        out, err = process.communicate(timeout=120)
    assert (process.returncode, out) == (2, "")
    assert err.startswith("web: ")
    assert len(err.splitlines()) == 1
    return err


def test_a_missing_stack_is_named(root: Path, local_aws: LocalAws) -> None:
    message = refused(root, local_aws, "--pipeline-stack", "nowhere-pipeline", "--endpoint-url", local_aws.endpoint_url)
    assert "stack nowhere-pipeline in eu-west-1" in message
    assert "does not exist" in message


def test_a_missing_output_is_named(root: Path, local_aws: LocalAws) -> None:
    deploy(local_aws, "page-without", template("http://localhost:1", without="ApiUrl"))
    message = refused(root, local_aws, "--pipeline-stack", "page-without")
    assert "stack page-without: no output 'ApiUrl'" in message
    assert "StateMachineArn" in message


def test_an_api_that_would_be_asked_in_clear_is_refused(root: Path, local_aws: LocalAws) -> None:
    deploy(local_aws, "page-clear", template("http://api.example"))
    assert "expected https://" in refused(root, local_aws, "--pipeline-stack", "page-clear")


def test_a_taken_port_is_named(root: Path, local_aws: LocalAws, deployed: Deployed) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert f"port {port}" in refused(root, local_aws, "--pipeline-stack", deployed.stack, "--port", port)


def test_without_a_region_it_says_what_to_set(root: Path, local_aws: LocalAws) -> None:
    message = refused(root, local_aws, "--pipeline-stack", "x", AWS_REGION="", AWS_DEFAULT_REGION="")
    assert "AWS_DEFAULT_REGION" in message


def test_the_runner_starts_it_beside_its_local_aws(local_aws: LocalAws, deployed: Deployed, tmp_path: Path) -> None:
    cloud = Cloud(local_aws.endpoint_url, local_aws.region)
    with Children() as children:
        url = Page(children, cloud, stack=deployed.stack, log=tmp_path / "page.log").url()
        assert answers(url)
        with pytest.raises(ServerFailed, match=r"(?s)the page did not start.*stack none"):
            Page(children, cloud, stack="none", log=tmp_path / "other.log").url()
