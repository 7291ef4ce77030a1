"""The input of an execution: the form writes it, the browser checks it by the schema as a validator of its own does."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from playwright.sync_api import expect

from tests.web.looking import Looking
from tests.web.world import World
from web.proxy.routes import SCHEMA

RULES: dict[str, Any] = json.loads(SCHEMA.read_text())
CHECK = """async ([rules, documents]) => {
  const { problems } = await import("/js/validate.js");
  return documents.map((one) => problems(rules, one).length === 0);
}"""
# One value or more for each keyword, on both sides of its bound.
DOCUMENTS: list[Any] = [
    {},
    [],
    "text",
    {"nothing": 1},
    {"dataset": {"name": "ml-1m", "lowest": 0.5}},
    {"dataset": {"name": "Not A Name"}},
    {"dataset": {"name": "trailing\n"}},
    {"dataset": {"name": 5}},
    {"dataset": {"file": ""}},
    {"dataset": {"columns": {"user": 0, "item": "movie", "delimiter": "::", "header": True}}},
    {"dataset": {"columns": {"user": 0.5}}},
    {"dataset": {"columns": {"header": "true"}}},
    {"dataset": {"columns": {"delimiter": "🎬🎬🎬"}}},
    {"dataset": {"columns": {"delimiter": "🎬🎬"}}},
    {"split": {"k": 1, "share": 0.5}},
    {"split": {"k": 0}},
    {"split": {"k": 1.5}},
    {"split": {"share": 0}},
    {"split": {"share": 1}},
    {"split": {"name": "x" * 101}},
    {"features": {"blocks": ["genres", "week"]}},
    {"features": {"blocks": ["genres", "genres"]}},
    {"features": {"blocks": ["actors"]}},
    {"label": {"thresholds": []}},
    {"label": {"thresholds": [2, 3]}},
    {"models": ["ranking"]},
    {"models": ["like"]},
    {"preset": "BLOG"},
    {"hyperparameters": {"epochs": "5", "mini_batch_size": 100}},
    {"hyperparameters": {"feature_dim": 3}},
    {"hyperparameters": {"epochs": None}},
    {"hyperparameters": []},
    {"tune": {"ranges": {}}},
    {"tune": {"ranges": {"factors_lr": [0.1, 0.2]}}},
    {"tune": {"ranges": {"factors_lr": [0.1]}}},
    {"tune": {"ranges": {"factors_lr": [0, 1]}}},
    {"tune": {"ranges": {"unheard_of": [1, 2]}}},
    {"gate": {"beat_baseline": 1}},
    {"deploy": {"mode": "none", "serverless": {"memory_mb": 2048}}},
    {"deploy": {"serverless": {"memory_mb": 2000}}},
    {"batch": {"n": 1000}},
    {"batch": {"n": 1001}},
    {"restore": {}},
    {"restore": {"version": "a b"}},
    {"restore": {"version": "nightly"}},
    {"restore": {"package": "arn:aws:sagemaker:eu-west-1:123456789012:model-package/recommender/7"}},
    {"restore": {"package": "recommender/7"}},
    {"restore": {"version": "a", "package": "arn:aws:sagemaker:eu-west-1:123456789012:model-package/recommender/7"}},
    {"approval": "manual"},
    {"approval": "never"},
]


def test_the_browser_accepts_what_a_validator_accepts(seen: Looking) -> None:
    seen.go("executions/start")
    validator = Draft202012Validator(RULES)
    right = [validator.is_valid(one) for one in DOCUMENTS]
    assert 10 < sum(right) < len(right) - 10
    found = seen.page.evaluate(CHECK, [RULES, DOCUMENTS])
    assert [one for one, a, b in zip(DOCUMENTS, found, right, strict=True) if a != b] == []


def test_the_schema_has_no_keyword_that_the_browser_does_not_know(root: object) -> None:
    known = {"$schema", "title", "description", "default", "type", "enum", "const", "properties", "required", "items"}
    known |= {"additionalProperties", "propertyNames", "not", "contains", "uniqueItems", "pattern", "oneOf"}
    known |= {f"{side}{of}" for side in ("min", "max") for of in ("imum", "Items", "Length", "Properties")}
    known |= {"exclusiveMinimum", "exclusiveMaximum"}
    assert _keywords(RULES) <= known


def _keywords(rules: Any) -> set[str]:
    found = set(rules)
    for name in ("items", "additionalProperties", "propertyNames", "not", "contains"):
        if isinstance(rules.get(name), dict):
            found |= _keywords(rules[name])
    for each in [*rules.get("properties", {}).values(), *rules.get("oneOf", [])]:
        found |= _keywords(each)
    return found


def test_a_form_writes_the_input_and_starts_it(seen: Looking, world: World) -> None:
    page = seen.page
    world.executions.shown = 3
    seen.go("executions/start")
    page.get_by_label("Name of the execution").fill("mine")
    page.get_by_label("hyperparameters", exact=True).first.fill('{"epochs": 5}')
    page.get_by_label("models", exact=True).fill("like, ranking")
    page.get_by_text("What serves an accepted model.").click()
    page.get_by_label("mode", exact=True).select_option("serverless")
    page.get_by_text("What a serverless endpoint has.").click()
    page.get_by_label("memory_mb").select_option("4096")
    page.get_by_text("What the evaluation must reach for the model to be deployed.").click()
    page.get_by_label("beat_baseline").select_option("false")
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.get_by_role("heading", name="mine", level=1)).to_be_visible()
    assert world.executions.started["mine"] == {
        "models": ["like", "ranking"],
        "hyperparameters": {"epochs": 5},
        "gate": {"beat_baseline": False},
        "deploy": {"mode": "serverless", "serverless": {"memory_mb": 4096}},
    }


def test_a_field_that_cannot_be_is_marked_told_and_not_sent(seen: Looking, world: World) -> None:
    page = seen.page
    seen.go("executions/start")
    page.get_by_text("Where the training jobs run.").click()
    count = page.get_by_label("instance_count").first
    count.fill("0")
    expect(page.get_by_role("alert")).to_have_text("training.instance_count: 0, expected at least 1")
    expect(count).to_have_attribute("aria-invalid", "true")
    page.get_by_role("button", name="Start", exact=True).click()
    assert world.executions.started == {}
    count.fill("many")
    expect(page.get_by_role("alert")).to_have_text('training.instance_count: "many", expected integer')
    count.fill("")
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(count).not_to_have_attribute("aria-invalid", "true")


def test_form_and_json_are_the_same_document(seen: Looking) -> None:
    page = seen.page
    seen.go("executions/start")
    page.get_by_role("tab", name="Form").press("ArrowRight")
    page.get_by_label("Input as JSON").fill('{"deploy": {"instance_count": 3, "unheard_of": 1}}')
    expect(page.get_by_role("alert")).to_contain_text("deploy.unheard_of: no such field")
    page.get_by_role("tab", name="JSON").press("ArrowLeft")
    count = page.get_by_role("group", name="deploy").get_by_label("instance_count")
    expect(count).to_have_value("3")
    count.fill("4")
    page.get_by_role("tab", name="JSON").click()
    text = page.get_by_label("Input as JSON").input_value()
    assert json.loads(text) == {"deploy": {"instance_count": 4, "unheard_of": 1}}
    page.get_by_label("Input as JSON").fill("{")
    expect(page.get_by_role("alert")).to_have_text("input: this is no JSON")
    page.get_by_role("tab", name="Form").click()
    expect(page.get_by_role("tab", name="JSON")).to_have_attribute("aria-selected", "true")


def test_the_clouds_refusal_is_shown(seen: Looking, world: World) -> None:
    world.executions.refuses = "Execution Already Exists: 'mine'"
    seen.go("executions/start")
    seen.page.get_by_role("button", name="Start", exact=True).click()
    expect(seen.page.get_by_role("alert").first).to_contain_text("Execution Already Exists: 'mine'")
    seen.forgive(400)


@pytest.mark.parametrize("end", ["failed", "succeeded"])
def test_one_like_another_begins_with_its_input(seen: Looking, world: World, end: str) -> None:
    described = world.known[end]["described"]
    seen.go(f"executions/of/{described['name']}")
    seen.page.get_by_role("link", name="Start one like it").click()
    expect(seen.page.get_by_text(f"With the input of {described['name']}.")).to_be_visible()
    seen.page.get_by_role("tab", name="JSON").click()
    assert json.loads(seen.page.get_by_label("Input as JSON").input_value()) == json.loads(described["input"])
