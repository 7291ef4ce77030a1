"""A real browser: whatever Chromium or Chrome this machine has, driven by Playwright."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, Scheme] = ("light", "dark")
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
# As root, as in a container, there is no sandbox; nor is there room in its /dev/shm. Only our own page is opened.
_OPTIONS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--force-color-profile=srgb"]


def _executable() -> str:
    """The first browser on the path. Without one the test is skipped, or fails where TESTS_NEED_BROWSER is set."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is not None:
        return found
    missing = f"none of {', '.join(NAMES)} is installed"
    if "TESTS_NEED_BROWSER" in os.environ:
        pytest.fail(missing)
    pytest.skip(missing)


@contextlib.contextmanager
def launched() -> Iterator[Browser]:
    """One browser without a window."""
    path = _executable()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=_OPTIONS)
        try:
            yield browser
        finally:
            browser.close()


@dataclass(frozen=True)
class Opened:
    """A page, what it asked for beside itself, and what its console said."""

    page: Page
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


@contextlib.contextmanager
def opened(browser: Browser, file: Path, *, scheme: Scheme = "light", width: int = 1280) -> Iterator[Opened]:
    """The file as somebody's browser opens it who prefers that colour scheme."""
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    seen = Opened(page)
    own = file.as_uri()
    page.on("request", lambda request: seen.requests.append(request.url) if request.url != own else None)
    page.on("console", lambda message: seen.complaints.append(message.text))
    page.on("pageerror", lambda error: seen.complaints.append(str(error)))
    try:
        page.goto(own, wait_until="load")
        yield seen
    finally:
        page.close()
