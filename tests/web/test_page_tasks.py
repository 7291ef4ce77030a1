"""What people do with the page: recommendations for old and new users, executions, versions; and bad days."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.web.looking import Looking
from tests.web.world import OLDER, World


def test_recommendations_by_keyboard_alone(seen: Looking, world: World) -> None:
    page = seen.page
    seen.go("recommend")
    page.get_by_label("User").press("1")
    page.keyboard.press("3")
    page.keyboard.press("Enter")
    found = page.locator("[data-list=recommendations] > li")
    expect(found).to_have_count(10)
    found.first.get_by_text("What makes up the score").press("Enter")
    expect(found.first.get_by_role("row", name=re.compile("^sum"))).to_be_visible()
    slider, labels = page.get_by_label("Threshold"), page.get_by_role("region", name="Predictions")
    slider.press("Home")
    expect(labels.get_by_text("no like", exact=True)).to_have_count(0)
    slider.press("End")
    expect(labels.get_by_text("like", exact=True)).to_have_count(0)
    page.get_by_role("button", name=re.compile("^Back to the model's")).press("Enter")
    likes = sum(one["predicted_label"] for one in world.asked_predictions())
    expect(labels.get_by_text("like", exact=True)).to_have_count(likes)


def test_the_contributions_shown_add_up_to_the_score_shown(seen: Looking) -> None:
    seen.go("recommend/13")
    first = seen.page.locator("[data-list=recommendations] > li").first
    first.get_by_text("What makes up the score").click()
    cells = first.locator("tbody td:last-child").all_inner_texts()
    *parts, whole = (float(text.replace("−", "-")) for text in cells)
    assert abs(sum(parts) - whole) < 1e-3


def test_filters_narrow_recommendations(seen: Looking, world: World) -> None:
    item = world.known["api"]["recommendations"]["items"][3]
    seen.go("recommend/13")
    titles = seen.page.locator("[data-list=recommendations] h3")
    expect(titles).to_have_count(10)
    with seen.page.expect_response(lambda answer: "genre=" in answer.url):
        seen.page.get_by_label("Genre").select_option(item["genres"][0])
    expect(titles.filter(has_text=item["title"])).to_be_visible()
    asked = [query for path, query in world.asked if path.endswith("/recommendations")][-1]
    assert asked["genre"] == item["genres"][0]
    seen.page.get_by_label("From year").fill("2999")
    seen.page.get_by_label("From year").press("Enter")
    expect(seen.page.get_by_text("No movie is left with these filters.")).to_be_visible()


def test_an_id_goes_into_a_path_encoded_twice(seen: Looking, world: World) -> None:
    seen.go("recommend")
    seen.page.get_by_label("User").fill("a/b ü")
    seen.page.get_by_role("button", name="Recommend").click()
    expect(seen.page.get_by_role("heading", name="User a/b ü is not known")).to_be_visible()
    assert "/users/a%252Fb%2520%25C3%25BC" in [path for path, _ in world.asked]


def test_a_new_user_chooses_changes_their_mind_and_starts_again(seen: Looking, world: World) -> None:
    page = seen.page
    seen.go("new-user")
    first, second, third = world.known["api"]["items"]["items"][:3]
    page.get_by_label("Search movies").fill(first["title"].upper())
    page.get_by_role("button", name=f"Like: {first['title']}", exact=True).press("Enter")
    expect(page.locator("[data-list=recommendations] > li")).to_have_count(10)
    page.get_by_label("Search movies").fill("")
    page.get_by_role("button", name=f"Like: {second['title']}", exact=True).click()
    page.get_by_role("button", name=f"Dislike: {third['title']}", exact=True).click()
    expect(page.get_by_text("10 recommendations from 3 movies")).to_be_attached()
    asked = [body for path, body in world.asked if path == "/recommendations"][-1]
    assert asked["liked"] == [first["item"], second["item"]]
    assert asked["disliked"] == [third["item"]]
    for item in (first, second, third):
        page.get_by_role("button", name=f"Remove {item['title']}", exact=True).press("Enter")
    expect(page.get_by_text("Like a movie to begin.")).to_be_visible()
    expect(page.get_by_role("button", pressed=True)).to_have_count(0)


def test_an_execution_is_watched_state_by_state(seen: Looking, world: World) -> None:
    page, runs = seen.page, world.executions
    runs.started["one"] = {}
    runs.shown, runs.printed = runs.until("Train Model") + 3, 0.5  # its task is scheduled and started, too
    seen.go("executions/of/one")
    expect(page.locator("g.state.running[data-state='Train Model']")).to_be_visible()
    expect(page.locator("tr[data-state='Validate Input'][data-of=succeeded]")).to_be_visible()
    first = page.get_by_role("img", name=re.compile("^Train Model: cross-entropy after"))
    expect(first).to_be_visible()
    early = str(first.get_attribute("aria-label"))
    runs.shown, runs.printed = runs.events, 1.0
    expect(page.locator("[data-status=SUCCEEDED]")).to_be_visible()
    expect(page.get_by_role("img", name=re.compile("^Train Model: cross-entropy after 12 epochs"))).to_be_visible()
    assert "12 epochs" not in early
    expect(page.locator("g.state.running")).to_have_count(0)
    expect(page.get_by_role("link", name="Open the report")).to_be_visible()


def test_states_are_gone_through_and_selected_by_keyboard(seen: Looking, world: World) -> None:
    page = seen.page
    seen.go(f"executions/of/{world.version}")
    page.locator("g.state[data-state='Begin Execution']").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    panel = page.get_by_role("region", name="Selected state")
    expect(panel.get_by_role("heading", name="Validate Input")).to_be_visible()
    expect(page.locator("g.state[aria-pressed=true]")).to_have_attribute("data-state", "Validate Input")
    panel.get_by_role("tab", name="Output").press("End")
    expect(page.get_by_label("Log of Validate Input")).to_contain_text("REPORT")
    expect(page.locator("g.state[tabindex='0']")).to_have_count(1)


def test_a_failed_execution_shows_where_and_why(seen: Looking, world: World) -> None:
    described = world.known["failed"]["described"]
    seen.go(f"executions/of/{world.executions.failed}")
    expect(seen.page.get_by_text(described["cause"]).first).to_be_visible()
    expect(seen.page.locator("tr[data-state='Fail Execution']")).to_have_attribute("data-of", "failed")
    expect(seen.page.locator("tr[data-state='Fetch Ratings']")).to_have_attribute("data-of", "caught")


def test_stopping_asks_first(seen: Looking, world: World) -> None:
    page, runs = seen.page, world.executions
    runs.started["one"] = {}
    runs.shown = runs.until("Train Model")
    seen.go("executions/of/one")
    page.get_by_role("button", name="Stop", exact=True).click()
    assert runs.stopped == []
    page.get_by_role("button", name="Stop it").press("Enter")
    expect(page.locator("[data-status=ABORTED]")).to_be_visible()
    assert runs.stopped == ["one"]
    expect(page.locator("g.state.aborted[data-state='Train Model']")).to_be_visible()


def test_rolling_back_asks_first_and_shows_the_execution(seen: Looking, world: World) -> None:
    world.executions.shown = 3
    seen.go("model")
    versions = seen.page.locator("[data-version]")
    expect(versions).to_have_count(2)
    assert [one.get_attribute("data-version") for one in versions.all()] == [world.version, OLDER]
    expect(versions.first.get_by_text("live", exact=True)).to_be_visible()
    expect(versions.first.get_by_role("button")).to_have_count(0)
    versions.last.get_by_role("button", name="Roll back to it").press("Enter")
    seen.page.get_by_role("button", name="Cancel").press("Enter")
    assert world.executions.started == {}
    versions.last.get_by_role("button", name="Roll back to it").press("Enter")
    seen.page.get_by_role("button", name="Roll back", exact=True).press("Enter")
    expect(seen.page.get_by_role("heading", name="started-1", level=1)).to_be_visible()
    assert world.executions.started == {"started-1": {"restore": {"version": OLDER}}}


def test_before_anything_is_published_the_page_says_what_to_do(seen: Looking, world: World) -> None:
    world.is_published = False
    for route in ("recommend", "new-user", "model"):
        seen.go(route)
        expect(seen.page.get_by_role("alert").get_by_role("link", name="Start an execution")).to_be_visible()
    seen.forgive(503)


def test_a_local_aws_that_was_stopped_is_told_from_a_fault(seen: Looking, world: World) -> None:
    world.is_up = False
    seen.go("executions")
    expect(seen.page.get_by_role("alert")).to_contain_text("The local AWS does not answer: it was stopped.")
    world.is_up = True
    expect(seen.page.locator("tbody tr")).to_have_count(2)
    seen.forgive(502)


def test_the_skip_link_and_the_keyboard_lead_into_the_content(seen: Looking) -> None:
    seen.go("executions")
    expect(seen.page.locator("tbody tr")).to_have_count(2)
    seen.page.keyboard.press("Tab")
    assert seen.page.evaluate("document.activeElement.textContent") == "Skip to the content"
    seen.page.keyboard.press("Enter")
    assert seen.page.evaluate("document.activeElement.id") == "main"
    expect(seen.page.locator("tbody tr")).to_have_count(2)
