"""The page in a browser, over the deployed application: what people do with it, and what it looks like everywhere."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import SCHEMES, Scheme, launched
from tests.e2e.calling import OPERATOR
from tests.e2e.conftest import BOTH, DEADLINE_S, PREFIX, REGION, Cloud, Execution, environment

WIDTHS = (1280, 390)
SOON_MS = 30_000
NO_ENDPOINT = {**BOTH, "deploy": {"mode": "none"}}
# Of WCAG's rules; `axe-core` is in node_modules.
_SERIOUS = """axe.run({resultTypes: ["violations"]}).then((found) => found.violations
  .filter((one) => ["serious", "critical"].includes(one.impact))
  .map((one) => `${one.id}: ${one.nodes.map((node) => node.html).slice(0, 3).join(" ")}`))"""


@dataclass(frozen=True)
class Seen:
    """A page that is open, what it asked others for, and what its console said."""

    page: Page
    url: str
    foreign: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def go(self, route: str) -> None:
        """To a view."""
        self.page.goto(f"{self.url}#/{route}")


@pytest.fixture(scope="module")
def url(root: Path, cloud: Cloud) -> Iterator[str]:
    """Where `python -m web` serves the page."""
    variables = environment(
        AWS_DEFAULT_REGION=REGION,
        AWS_ACCESS_KEY_ID=OPERATOR.access_key,
        AWS_SECRET_ACCESS_KEY=OPERATOR.secret_key,
    )
    command = [sys.executable, "-m", "web", "--pipeline-stack", f"{PREFIX}-pipeline", "--endpoint-url"]
    command.append(cloud.endpoint_url)
    child = subprocess.Popen(command, cwd=root, env=variables, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    try:
        line = child.stdout.readline()
        assert line.startswith("Page: http://localhost:"), line
        yield line.removeprefix("Page: ").strip()
    finally:
        child.terminate()
        child.wait()
        child.stdout.close()


@pytest.fixture(scope="module")
def published(cloud: Cloud) -> Execution:
    """An execution whose version is live, and serves without an endpoint."""
    done = cloud.execute(NO_ENDPOINT)
    assert done.status == "SUCCEEDED", done.cause
    return done


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as started:
        yield started


@pytest.fixture
def seen(browser: Browser, url: str) -> Iterator[Seen]:
    yield from _seen(browser, url)


@pytest.fixture(
    params=[(width, scheme) for width in WIDTHS for scheme in SCHEMES], ids=lambda one: f"{one[0]} {one[1]}"
)
def anywhere(request: pytest.FixtureRequest, browser: Browser, url: str) -> Iterator[Seen]:
    width, scheme = request.param
    yield from _seen(browser, url, width=width, scheme=scheme)


def _seen(browser: Browser, url: str, *, width: int = WIDTHS[0], scheme: Scheme = "light") -> Iterator[Seen]:
    # The policy of the page would keep out axe, too.
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True)
    seen = Seen(context.new_page(), url)
    seen.page.set_default_timeout(SOON_MS)
    seen.page.on("request", lambda request: None if request.url.startswith(url) else seen.foreign.append(request.url))
    seen.page.on("console", lambda message: seen.complaints.append(message.text))
    seen.page.on("pageerror", lambda error: seen.complaints.append(str(error)))
    yield seen
    context.close()
    assert seen.foreign == []
    assert seen.complaints == []


def test_an_execution_is_started_and_watched_to_its_end_and_its_report_opens(seen: Seen, cloud: Cloud) -> None:
    page = seen.page
    seen.go("executions/start")
    page.get_by_label("Input as JSON").fill('{"dataset": {"name": "sample"}, "label": {"task": "rank"}}')
    expect(page.get_by_role("alert")).to_contain_text('label.task: "rank", expected one of')
    page.get_by_label("Input as JSON").fill(json.dumps(NO_ENDPOINT))
    page.get_by_role("button", name="Start").click()
    states = page.locator("[data-list=states]")
    expect(states.locator("[data-state='Validate Input'][data-of=succeeded]")).to_be_visible()
    expect(page.locator("g.state.running, g.state.succeeded").first).to_be_visible()
    expect(page.locator("[data-status=SUCCEEDED]")).to_be_visible(timeout=DEADLINE_S * 1000)
    expect(states.locator("[data-state='Finish Execution'][data-of=succeeded]")).to_be_visible()
    expect(page.get_by_role("img", name=re.compile("Train Model: cross-entropy of 3 epochs"))).to_be_visible()
    page.get_by_role("button", name=re.compile(r"^Train Model \d")).press("Enter")
    expect(page.get_by_text(re.compile(r"^Log, \d+ lines"))).to_be_visible()
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Open the report").click()
    expect(opened.value.get_by_role("heading", level=1)).to_be_visible()


def test_a_form_writes_the_input_and_says_what_it_may_not_be(seen: Seen) -> None:
    page = seen.page
    seen.go("executions/start")
    deploy = page.get_by_role("group", name="deploy", exact=True)
    deploy.get_by_label("mode").select_option(label="none")
    deploy.get_by_label("instance_count").fill("0")
    expect(page.get_by_label("Input as JSON")).to_have_value(re.compile(r'"mode": "none"'))
    expect(page.get_by_role("alert")).to_contain_text("deploy.instance_count: 0, expected at least 1")
    deploy.get_by_label("instance_count").fill("")
    expect(page.get_by_role("alert")).to_be_empty()


def test_a_user_gets_recommendations_with_reasons_and_predictions_flip(seen: Seen, published: Execution) -> None:
    page = seen.page
    seen.go("recommend")
    page.get_by_label("User").fill("13")
    page.get_by_label("Explain scores").check()
    page.get_by_role("button", name="Recommend").click()
    cards = page.locator("[data-list=recommendations] > li")
    expect(cards).to_have_count(10)
    expect(cards.first).to_contain_text("Because of")
    cards.first.get_by_text("What makes up the score").click()
    expect(cards.first.get_by_role("row", name=re.compile("^user × item"))).to_be_visible()
    expect(page.get_by_text(f"Version {published.name}, by the ranking model.")).to_be_visible()
    slider, labels = page.get_by_label(re.compile("^Threshold")), page.get_by_role("region", name="Predictions")
    slider.fill("0")
    expect(labels.get_by_text("no like", exact=True)).to_have_count(0)
    slider.fill("1")
    expect(labels.get_by_text("like", exact=True)).to_have_count(0)


def test_a_new_user_likes_three_movies_and_gets_ten_others(seen: Seen, published: Execution) -> None:
    page = seen.page
    seen.go("new-user")
    liked = []
    likes = page.get_by_role("button", name=re.compile("^Like: "))
    for place in range(3):
        liked.append(str(likes.nth(place).get_attribute("aria-label")).removeprefix("Like: "))
        likes.nth(place).click()
    expect(page.get_by_role("button", name=re.compile("^Remove "))).to_have_count(3)
    expect(page.get_by_text("from 3 movies")).to_be_attached()
    titles = page.locator("[data-list=recommendations] h3").all_inner_texts()
    assert len(titles) == 10
    assert not [title for title in titles if title.partition(". ")[2] in liked]


def test_versions_are_listed_and_the_live_one_is_marked(seen: Seen, published: Execution) -> None:
    seen.go("model")
    live = seen.page.locator(f"[data-version='{published.name}']")
    expect(live.get_by_text("live", exact=True)).to_be_visible()
    expect(seen.page.get_by_text("SYNTHETIC DATA")).to_be_visible()
    expect(seen.page.get_by_role("row", name=re.compile("^accuracy"))).to_be_visible()


def test_every_view_can_be_read_everywhere(anywhere: Seen, published: Execution, root: Path, tmp_path: Path) -> None:
    axe = (root / "node_modules" / "axe-core" / "axe.min.js").read_text()
    views = {
        "recommend/13": "[data-list=recommendations] > li >> nth=9",
        "new-user": "button[aria-label^='Like: '] >> nth=0",
        "executions": "td a >> nth=0",
        "executions/start": "textarea",
        f"executions/{published.name}": "[data-state='Finish Execution']",
        "model": "[data-version] >> nth=0",
    }
    for route, there in views.items():
        anywhere.go(route)
        expect(anywhere.page.locator(there)).to_be_visible()
        beyond = anywhere.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert beyond <= 0, f"{route} is {beyond} pixels too wide"
        anywhere.page.add_script_tag(content=axe)
        assert anywhere.page.evaluate(_SERIOUS) == [], route
        shot = tmp_path / f"{route.partition('/')[0]}.png"
        assert anywhere.page.screenshot(path=shot), route
