"""APIs over small versions."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from lambdas.logic.api.call import Invoke
from tests.lambdas.api.asking import Asker, silent
from tests.lambdas.api.worlds import World

Serve = Callable[..., Asker]


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def serve() -> Serve:
    """The API over a world."""

    def serve(world: World, invoke: Invoke = silent, clock: Callable[[], float] = time.monotonic) -> Asker:
        serving = world.serving()
        return Asker(lambda: serving, invoke, clock)

    return serve


@pytest.fixture
def asker(world: World, serve: Serve) -> Asker:
    return serve(world)
