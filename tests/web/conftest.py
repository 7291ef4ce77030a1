"""The page in a browser, over a small recorded world that is served as the real one is."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import cast

import pytest
from playwright.sync_api import Browser

from tests.web.looking import Looking, looking
from tests.web.world import World
from web.proxy.routes import Routes
from web.proxy.server import PageServer


@pytest.fixture(scope="session")
def _world() -> World:
    return World()


@pytest.fixture
def world(_world: World) -> World:
    """As it was recorded, whatever the last test did to it."""
    _world.reset()
    return _world


@pytest.fixture(scope="session")
def page_url(_world: World) -> Iterator[str]:
    """Where the page is served, by its own server."""
    server = PageServer(cast(Routes, _world), 0)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server.url
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="session")
def axe(root: Path) -> str:
    """The source of axe-core."""
    return (root / "node_modules" / "axe-core" / "axe.min.js").read_text()


@pytest.fixture
def look(browser: Browser, page_url: str, world: World) -> Callable[..., AbstractContextManager[Looking]]:
    """Opens the page: `with look(width=390, scheme="dark") as seen`."""
    return partial(looking, browser, page_url)


@pytest.fixture
def seen(look: Callable[..., AbstractContextManager[Looking]]) -> Iterator[Looking]:
    """The page at 1280 px, light."""
    with look() as opened:
        yield opened
