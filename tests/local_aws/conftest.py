"""What tests of the local AWS import by this name; the fixtures are those of all tests, and a network."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.local_aws.networks import Network, made
from tests.local_server import REGION, LocalAws

__all__ = ["REGION", "LocalAws"]


@pytest.fixture
def network(aws: Callable[[str], Any]) -> Iterator[Network]:
    with made(aws("ec2")) as network:
        yield network
