"""A browser that looks at the page, and everything it should not have to say."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from playwright.sync_api import Browser, Page

from tests.browser import Scheme

SOON_MS = 15_000
# Rules of WCAG 2 A and AA and best practices, as far as axe takes a breach of them for serious.
_SERIOUS = """() => axe.run({resultTypes: ["violations"], iframes: false}).then((found) => found.violations
  .filter((one) => ["serious", "critical"].includes(one.impact))
  .map((one) => `${one.id}: ${one.nodes.map((node) => node.html).slice(0, 3).join(" ")}`))"""
_TOO_WIDE = """() => [...document.querySelectorAll("main *")]
  .filter((one) => one.getBoundingClientRect().right > innerWidth + 1 && !one.closest(".scroll, .graph, pre, .hidden"))
  .map((one) => one.outerHTML.slice(0, 120)).slice(0, 3)"""


@dataclass(frozen=True)
class Looking:
    """A page that is open, what it asked others for, and what its console said."""

    page: Page
    url: str
    foreign: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def go(self, route: str) -> None:
        """To a view."""
        self.page.goto(f"{self.url}#/{route}")

    def breaches(self, axe: str) -> list[str]:
        """The serious and critical ones that axe-core finds."""
        self.page.evaluate(axe)
        return list(self.page.evaluate(_SERIOUS))

    def too_wide(self) -> list[str]:
        """What makes the page scroll sideways; empty where it does not."""
        beyond = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        return [f"by {beyond} px", *self.page.evaluate(_TOO_WIDE)] if beyond > 0 else []

    def forgive(self, *statuses: int) -> None:
        """Refusals that a test provokes, which Chromium notes in its console."""
        noted = tuple(f"the server responded with a status of {status}" for status in statuses)
        self.complaints[:] = [each for each in self.complaints if not any(note in each for note in noted)]


@contextlib.contextmanager
def looking(browser: Browser, url: str, *, width: int = 1280, scheme: Scheme = "light") -> Iterator[Looking]:
    """Open the page. At the end it must have asked nobody else, and have said nothing."""
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion="reduce"
    )
    seen = Looking(context.new_page(), url)
    seen.page.set_default_timeout(SOON_MS)
    seen.page.on("request", lambda request: None if request.url.startswith(url) else seen.foreign.append(request.url))
    seen.page.on("console", lambda message: seen.complaints.append(message.text))
    seen.page.on("pageerror", lambda error: seen.complaints.append(str(error)))
    try:
        yield seen
        assert seen.foreign == []
        assert seen.complaints == []
    finally:
        context.close()
