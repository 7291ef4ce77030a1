"""The page in a browser, over the deployed application: what people do with it, and what it looks like everywhere."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser import SCHEMES
from tests.e2e.calling import OPERATOR
from tests.e2e.conftest import BOTH, DEADLINE_S, PREFIX, REGION, Cloud, Execution, environment
from tests.web.looking import Looking, looking

WIDTHS = (1280, 390)
NO_ENDPOINT = {**BOTH, "deploy": {"mode": "none"}}


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


@pytest.fixture
def seen(browser: Browser, url: str) -> Iterator[Looking]:
    with looking(browser, url) as opened:
        opened.page.set_default_timeout(30_000)
        yield opened


@pytest.fixture(
    params=[(width, scheme) for width in WIDTHS for scheme in SCHEMES], ids=lambda one: f"{one[0]} {one[1]}"
)
def anywhere(request: pytest.FixtureRequest, browser: Browser, url: str) -> Iterator[Looking]:
    width, scheme = request.param
    with looking(browser, url, width=width, scheme=scheme) as opened:
        yield opened


def test_an_execution_is_started_and_watched_to_its_end_and_its_report_opens(seen: Looking, cloud: Cloud) -> None:
    page = seen.page
    seen.go("executions/start")
    page.get_by_role("tab", name="JSON").click()
    page.get_by_label("Input as JSON").fill('{"dataset": {"name": "sample"}, "label": {"task": "rank"}}')
    expect(page.get_by_role("alert")).to_contain_text('label.task: "rank", expected one of')
    page.get_by_label("Input as JSON").fill(json.dumps(NO_ENDPOINT))
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.locator("tr[data-state='Validate Input'][data-of=succeeded]")).to_be_visible()
    expect(page.locator("g.state.running").first).to_be_visible()
    expect(page.locator("[data-status=SUCCEEDED]")).to_be_visible(timeout=DEADLINE_S * 1000)
    expect(page.locator("tr[data-state='Finish Execution'][data-of=succeeded]")).to_be_visible()
    expect(page.locator("g.state.running")).to_have_count(0)
    expect(page.get_by_role("img", name=re.compile("^Train Model: cross-entropy after 3 epochs"))).to_be_visible()
    page.locator("g.state[data-state='Train Model']").press("Enter")
    expect(page.get_by_label("Log of Train Model")).to_contain_text("#quality_metric: host=algo-1, epoch=2, train")
    page.get_by_role("button", name="Evaluate Model").last.click()
    page.get_by_role("tab", name="Log").click()
    expect(page.get_by_label("Log of Evaluate Model")).to_contain_text("REPORT")
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Open the report").click()
    expect(opened.value.get_by_role("heading", level=1)).to_be_visible()


def test_a_user_gets_recommendations_with_reasons_and_predictions_flip(seen: Looking, published: Execution) -> None:
    page = seen.page
    seen.go("recommend")
    page.get_by_label("User").fill("13")
    page.get_by_role("button", name="Recommend").click()
    found = page.locator("[data-list=recommendations] > li")
    expect(found).to_have_count(10)
    expect(found.first).to_contain_text("Because of")
    found.first.get_by_text("What makes up the score").click()
    expect(found.first.get_by_role("row", name=re.compile("^user × item"))).to_be_visible()
    expect(page.get_by_text("Ranked by the ranking model.")).to_contain_text(f"Version {published.name}")
    slider, labels = page.get_by_label("Threshold"), page.get_by_role("region", name="Predictions")
    slider.fill("0")
    expect(labels.get_by_text("no like", exact=True)).to_have_count(0)
    slider.fill("1")
    expect(labels.get_by_text("like", exact=True)).to_have_count(0)


def test_a_new_user_likes_three_movies_and_gets_ten_others(seen: Looking, published: Execution) -> None:
    page = seen.page
    seen.go("new-user")
    liked = []
    likes = page.get_by_role("button", name=re.compile("^Like: "))
    for place in range(3):
        liked.append(str(likes.nth(place).get_attribute("aria-label")).removeprefix("Like: "))
        likes.nth(place).click()
    expect(page.get_by_role("button", name=re.compile("^Remove "))).to_have_count(3)
    expect(page.get_by_text("10 recommendations from 3 movies")).to_be_attached()
    titles = page.locator("[data-list=recommendations] h3").all_inner_texts()
    assert len(titles) == 10
    assert not set(titles) & set(liked)


def test_versions_are_listed_and_the_live_one_is_marked(seen: Looking, published: Execution) -> None:
    seen.go("model")
    live = seen.page.locator(f"[data-version='{published.name}']")
    expect(live.get_by_text("live", exact=True)).to_be_visible()
    expect(seen.page.get_by_text("SYNTHETIC DATA")).to_be_visible()
    expect(seen.page.get_by_role("row", name=re.compile("^accuracy"))).to_be_visible()


def test_every_view_can_be_read_everywhere(anywhere: Looking, published: Execution, root: Path, tmp_path: Path) -> None:
    axe = (root / "node_modules" / "axe-core" / "axe.min.js").read_text()
    views = {
        "recommend/13": ".meter >> nth=9",
        "new-user": "[data-liked=true] >> nth=0",
        "executions": "tbody a >> nth=0",
        "executions/start": ".form > .group >> nth=-1",
        f"executions/of/{published.name}": ".chart >> nth=1",
        "model": "[data-version] >> nth=0",
    }
    for route, there in views.items():
        anywhere.go(route)
        expect(anywhere.page.locator(there)).to_be_visible()
        assert anywhere.too_wide() == [], route
        assert anywhere.breaches(axe) == [], route
        shot = tmp_path / f"{re.sub('[^a-z]+', '-', route)}.png"
        assert anywhere.page.screenshot(path=shot, full_page=True), route
