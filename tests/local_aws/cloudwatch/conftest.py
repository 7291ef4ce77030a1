"""One laboratory for each test: its alarms go with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest

from tests.local_aws.cloudwatch.laboratory import Lab


@pytest.fixture
def lab(aws: Callable[[str], Any]) -> Iterator[Lab]:
    made = Lab(cache(aws))
    yield made
    made.clean_up()
