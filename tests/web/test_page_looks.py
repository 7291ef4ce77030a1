"""Every view, wide and on a phone, in light and in dark: it asks nobody else, fits, and can be used by everybody."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from playwright.sync_api import expect

from tests.browser import SCHEMES, Scheme
from tests.web.looking import Looking
from tests.web.world import World

Look = Callable[..., AbstractContextManager[Looking]]
WIDTHS = (1280, 390)
# Route → what is there when the view has shown all it has. `{live}` and `{failed}` are executions.
VIEWS = {
    "recommend": "a.chip >> nth=0",
    "recommend/13": ".meter >> nth=0",
    "recommend/nobody": "[data-list=recommendations] > li >> nth=9",
    "new-user": "[data-liked=true] >> nth=0",
    "executions": "tbody a >> nth=1",
    "executions/start": ".form > .group >> nth=-1",
    "executions/of/{live}": ".chart >> nth=1",
    "executions/of/{failed}": "[role=tab] >> nth=0",
    "model": "[data-version] >> nth=1",
    "nowhere": "h1",
}


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_every_view_fits_and_has_no_serious_breach(
    look: Look, world: World, axe: str, scheme: Scheme, width: int
) -> None:
    with look(width=width, scheme=scheme) as seen:
        for route, there in VIEWS.items():
            seen.go(route.format(live=world.version, failed=world.executions.failed))
            expect(seen.page.locator(there), route).to_be_visible()
            assert seen.too_wide() == [], route
            assert seen.breaches(axe) == [], route


def test_what_axe_and_the_widths_look_for_would_be_found(seen: Looking, axe: str) -> None:
    seen.go("executions")
    expect(seen.page.get_by_role("heading", level=1)).to_be_visible()
    seen.page.evaluate("""() => {
      const bad = document.createElement("img");
      bad.width = 3000;
      document.querySelector("main").append(bad);
    }""")
    assert any(breach.startswith("image-alt") for breach in seen.breaches(axe))
    assert len(seen.too_wide()) > 1


@pytest.mark.parametrize("scheme", SCHEMES)
def test_everything_unfolded_can_be_read(look: Look, world: World, axe: str, scheme: Scheme) -> None:
    with look(width=390, scheme=scheme) as seen:
        for route in ("recommend/13", "executions/start", f"executions/of/{world.version}"):
            seen.go(route)
            expect(seen.page.locator(VIEWS[route.replace(world.version, "{live}")])).to_be_visible()
            seen.page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
            assert seen.too_wide() == [], route
            assert seen.breaches(axe) == [], route


def test_motion_is_for_those_who_want_it(seen: Looking, world: World) -> None:
    world.executions.started["one"] = {}
    world.executions.shown = world.executions.until("Validate Input")
    seen.go("executions/of/one")
    running = seen.page.locator(".state.running > rect")
    expect(running).to_be_visible()
    assert running.evaluate("(node) => getComputedStyle(node).animationName") == "none"
    seen.page.emulate_media(reduced_motion="no-preference")
    assert running.evaluate("(node) => getComputedStyle(node).animationName") == "pulse"


def test_a_hostile_title_is_a_title(seen: Looking, world: World) -> None:
    hostile = "<img src=x onerror=alert(1)></table><script>document.title = 'taken'</script>"
    world.known["api"]["recommendations"]["items"][0]["title"] = hostile
    seen.go("recommend/13")
    expect(seen.page.get_by_role("heading", name=hostile)).to_be_visible()
    assert seen.page.title() == "Recommend – Movie recommender"
    assert seen.page.locator("main :is(img, script)").count() == 0
