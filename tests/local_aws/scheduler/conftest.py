"""The laboratory of events, for schedules."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest

from tests.local_aws.cloudformation.conftest import deployer
from tests.local_aws.events.laboratory import Lab

__all__ = ["deployer"]  # the fixture of stacks


@pytest.fixture
def lab(aws: Callable[[str], Any]) -> Iterator[Lab]:
    made = Lab(cache(aws), "schedules")
    yield made
    made.clean_up()
