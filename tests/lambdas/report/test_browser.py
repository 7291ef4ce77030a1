"""The report in a real browser: asks for nothing, draws everything, can be read in light, in dark and on a phone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser

from lambdas.logic.report.page import as_html
from tests.browser import SCHEMES, Opened, opened
from tests.lambdas.report import planted
from tests.lambdas.report.looks import card, contrast, drawn, overlapping, pixels, plots, texts, variable

WIDE, PHONE, SMALL_PHONE = 1280, 390, 320
PLOTS = 11
READABLE = 4.5
"""Least contrast of text (WCAG 2.2, 1.4.3), and of what a drawing is understood by 3 (1.4.11)."""


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(as_html(planted.findings()), encoding="utf-8")
    return path


@pytest.fixture(scope="module", params=SCHEMES)
def wide(request: pytest.FixtureRequest, browser: Browser, file: Path) -> Iterator[Opened]:
    with opened(browser, file, scheme=request.param, width=WIDE) as seen:
        yield seen


@pytest.fixture(scope="module", params=[PHONE, SMALL_PHONE])
def phone(request: pytest.FixtureRequest, browser: Browser, file: Path) -> Iterator[Opened]:
    with opened(browser, file, width=request.param) as seen:
        yield seen


def test_it_asks_for_nothing_and_the_browser_has_nothing_to_say(wide: Opened) -> None:
    for figure in wide.page.locator("figure").all():
        figure.scroll_into_view_if_needed()  # whatever is loaded when it is seen is loaded now
    assert wide.requests == []
    assert wide.complaints == []


def test_a_page_that_asked_for_something_would_be_found(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "curious.html"
    path.write_text('<link rel="stylesheet" href="other.css"><script>console.log("hello")</script>')
    with opened(browser, path) as seen:
        assert [request.rpartition("/")[2] for request in seen.requests] == ["other.css"]
        assert "hello" in seen.complaints


def test_the_browser_reads_it_by_the_standard(wide: Opened) -> None:
    assert wide.page.evaluate("document.compatMode") == "CSS1Compat"
    assert wide.page.evaluate("document.characterSet") == "UTF-8"


def test_every_plot_is_drawn_in_the_colours_of_the_scheme(wide: Opened) -> None:
    found = drawn(wide.page)
    assert len(found) == PLOTS
    assert all(found.values()), found


def test_a_plot_that_is_not_drawn_would_be_found(browser: Browser, file: Path) -> None:
    with opened(browser, file) as seen:
        seen.page.evaluate("document.querySelectorAll('#roc path').forEach((path) => path.remove())")
        seen.page.evaluate("document.querySelectorAll('#loss .stroke-model').forEach((path) => path.remove())")
        assert [name for name, is_drawn in drawn(seen.page).items() if not is_drawn] == ["roc", "loss"]


def test_light_is_light_and_dark_is_dark(browser: Browser, file: Path) -> None:
    brightness = {}
    for scheme in SCHEMES:
        with opened(browser, file, scheme=scheme) as seen:
            brightness[scheme] = float(pixels(seen.page.screenshot()).mean())
    assert brightness["dark"] < 60
    assert brightness["light"] > 200


def test_a_page_that_is_open_follows_the_scheme(browser: Browser, file: Path) -> None:
    with opened(browser, file, scheme="light") as seen:
        before = variable(seen.page, "ink")
        seen.page.emulate_media(color_scheme="dark")
        assert variable(seen.page, "ink") != before


def test_every_text_can_be_read(wide: Opened) -> None:
    found = texts(wide.page)
    assert len(found) > 1000
    faint = {text: round(contrast(ink, paper), 2) for text, ink, paper in found if contrast(ink, paper) < READABLE}
    assert faint == {}


def test_black_on_white_is_21_and_a_known_grey_is_4_and_a_half() -> None:
    assert contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21)
    assert contrast((118, 118, 118), (255, 255, 255)) == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("role", ["model", "rival", "third", "ink", "bad"])
def test_every_line_stands_out(wide: Opened, role: str) -> None:
    assert contrast(variable(wide.page, role), card(wide.page)) >= 3


def test_series_can_be_told_apart_by_lightness_or_hue(wide: Opened) -> None:
    colours = [np.array(variable(wide.page, role)) for role in ("model", "rival", "third")]
    assert min(np.abs(one - other).max() for one in colours for other in colours if one is not other) > 50


def test_labels_stay_in_their_plot_and_apart_from_each_other(wide: Opened) -> None:
    for plot in plots(wide.page):
        left, top, right, bottom = plot["box"]
        for label in plot["labels"]:
            box = label["box"]
            assert left - 1 <= box[0], (plot["name"], label)
            assert box[2] <= right + 1, (plot["name"], label)
            assert top - 1 <= box[1], (plot["name"], label)
            assert box[3] <= bottom + 1, (plot["name"], label)
        assert overlapping(plot["labels"]) == [], plot["name"]


def test_labels_that_share_a_place_would_be_found() -> None:
    labels = [{"text": name, "box": [at, 0, at + 10, 10]} for name, at in (("a", 0), ("b", 5), ("c", 30))]
    assert overlapping(labels) == [("a", "b")]


def test_nothing_scrolls_sideways_on_a_phone_even_unfolded(phone: Opened) -> None:
    phone.page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
    seen, room = phone.page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert seen <= room


def test_lists_of_movies_need_no_scrolling(wide: Opened) -> None:
    frames = wide.page.locator(".people .scroll")
    assert frames.count() == 10
    assert not frames.evaluate_all("(all) => all.filter((each) => each.scrollWidth > each.clientWidth).length")


def test_labels_are_large_enough_on_a_phone(browser: Browser, file: Path) -> None:
    with opened(browser, file, width=PHONE) as seen:
        sizes = [plot["unit"] * label["size"] for plot in plots(seen.page) for label in plot["labels"]]
        assert min(sizes) >= 10


def test_tables_unfold_and_can_be_reached_by_keyboard(wide: Opened) -> None:
    figure = wide.page.locator("figure#roc")
    assert not figure.locator("table").is_visible()
    figure.locator("summary").focus()
    wide.page.keyboard.press("Enter")
    assert figure.locator("table").is_visible()
    wide.page.keyboard.press("Tab")
    assert wide.page.evaluate("document.activeElement.className") == "scroll"
    wide.page.keyboard.press("Shift+Tab")
    wide.page.keyboard.press("Enter")


def test_a_screen_reader_is_told_of_every_plot(wide: Opened) -> None:
    images = wide.page.get_by_role("img")
    assert images.count() == PLOTS
    assert all(len(str(images.nth(place).get_attribute("aria-label"))) > 80 for place in range(PLOTS))
    assert wide.page.get_by_role("figure", name="ROC curve").count() == 1
    assert wide.page.get_by_role("heading", level=1).count() == 1


def test_a_hostile_title_is_a_title(browser: Browser, tmp_path: Path) -> None:
    hostile = "</td></table></script><script>document.title = 'taken'</script><img src=x onerror=alert(1)>"
    shown = planted.people(users=1)
    shown["recommendations"][0]["items"][0]["title"] = hostile
    path = tmp_path / "hostile.html"
    path.write_text(as_html(planted.findings(scored=shown)), encoding="utf-8")
    with opened(browser, path) as seen:
        assert seen.page.get_by_text(hostile, exact=True).first.is_visible()
        assert seen.page.title() == "ml-100k: movie recommender report"
        assert seen.page.locator("img, script").count() == 0
        assert seen.requests == seen.complaints == []


def test_synthetic_data_is_said_before_anything_else(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "synthetic.html"
    path.write_text(as_html(planted.findings(synthetic=True)), encoding="utf-8")
    with opened(browser, path, width=PHONE) as seen:
        notice = seen.page.get_by_role("note")
        box = notice.bounding_box()
        assert box
        assert box["y"] + box["height"] < 400, "to be seen without scrolling"
        assert float(notice.evaluate("(node) => getComputedStyle(node).fontWeight")) >= 600
