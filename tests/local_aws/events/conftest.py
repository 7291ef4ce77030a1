"""The laboratory of events."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest

from tests.local_aws.events.laboratory import Lab


@pytest.fixture
def lab(aws: Callable[[str], Any]) -> Iterator[Lab]:
    made = Lab(cache(aws), "events")
    yield made
    made.clean_up()
