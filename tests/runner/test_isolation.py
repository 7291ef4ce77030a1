"""Nothing this starts can reach an AWS account."""

from __future__ import annotations

import os

import pytest

from runner.errors import ForeignEndpoint
from runner.isolation import client_variables, isolate, loopback_url

ACCOUNT = {
    "AWS_PROFILE": "production",
    "AWS_ACCESS_KEY_ID": "AKIAREAL",
    "AWS_SECRET_ACCESS_KEY": "real",
    "AWS_SESSION_TOKEN": "real",
    "AWS_ROLE_ARN": "arn:aws:iam::1:role/real",
    "AWS_ENDPOINT_URL_S3": "https://s3.amazonaws.com",
    "AWS_REGION": "us-east-1",
}


def test_nothing_of_the_users_account_is_left() -> None:
    environment = {**ACCOUNT, "PATH": "/bin", "NO_PROXY": "intranet"}
    assert isolate(environment) is None
    assert not {name for name in environment if name in ACCOUNT}
    assert environment["PATH"] == "/bin"
    assert environment["AWS_CONFIG_FILE"] == environment["AWS_SHARED_CREDENTIALS_FILE"] == os.devnull
    assert environment["AWS_EC2_METADATA_DISABLED"] == "true"
    assert environment["NO_PROXY"] == "intranet,localhost,127.0.0.1"


@pytest.mark.parametrize("url", ["http://localhost:4567", "http://127.0.0.1:4567", "http://LOCALHOST:4567/"])
def test_local_aws_of_this_machine_is_taken(url: str) -> None:
    environment = {"AWS_ENDPOINT_URL": url}
    assert isolate(environment) == "http://localhost:4567"
    assert "AWS_ENDPOINT_URL" not in environment


@pytest.mark.parametrize(
    "url",
    [
        "https://sagemaker.eu-west-1.amazonaws.com",
        "http://localhost",
        "https://localhost:4567",
        "http://localhost.example.com:4567",
        "http://localhost:4567@example.com:80",
        "http://user@localhost:4567",
        "http://127.0.0.1.example.com:4567",
        "http://10.0.0.1:4567",
        "http://localhost:4567/path",
        "http://localhost:port",
        "localhost:4567",
        "http://[::1",
    ],
)
def test_any_other_endpoint_is_refused(url: str) -> None:
    with pytest.raises(ForeignEndpoint, match="AWS_ENDPOINT_URL is"):
        loopback_url(url)


def test_refused_endpoint_leaves_the_environment_alone() -> None:
    environment = {**ACCOUNT, "AWS_ENDPOINT_URL": "http://example.com:80"}
    with pytest.raises(ForeignEndpoint):
        isolate(environment)
    assert environment == {**ACCOUNT, "AWS_ENDPOINT_URL": "http://example.com:80"}


def test_clients_get_the_endpoint_and_no_real_key() -> None:
    variables = client_variables("http://localhost:1", "eu-west-1")
    assert variables["AWS_ENDPOINT_URL"] == "http://localhost:1"
    assert variables["AWS_REGION"] == variables["AWS_DEFAULT_REGION"] == "eu-west-1"
    assert not variables["AWS_ACCESS_KEY_ID"].startswith("AKIA")
