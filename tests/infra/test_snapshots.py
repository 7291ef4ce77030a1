"""Every template and the state machine as last accepted: a diff of these files shows what a change deploys."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.infra.machine import definition, edges
from tests.infra.rendering import Json, masked, rendered
from tests.infra.snapshots import FOLDER, check
from tests.infra.synthesis import STACKS, Assembly

MACHINE = "state_machine.asl.json"
FILES = {MACHINE, *(f"{stack.lower()}.{stage}.json" for stack in STACKS for stage in ("dev", "prod"))}


@pytest.mark.parametrize("stack", STACKS)
def test_template_of_dev(dev: Assembly, stack: str) -> None:
    check(f"{stack.lower()}.dev.json", _readable(dev.template(stack)))


@pytest.mark.parametrize("stack", STACKS)
def test_template_of_prod_differs_from_dev_only_so(assemblies: dict[str, Assembly], stack: str) -> None:
    dev, prod = (dict(_leaves(_of_any_stage(assemblies[stage].template(stack), stage))) for stage in ("dev", "prod"))
    differs = {path: [dev.get(path), prod.get(path)] for path in {**dev, **prod} if dev.get(path) != prod.get(path)}
    check(f"{stack.lower()}.prod.json", {"differs from dev": masked(differs)})


def test_state_machine(nested: Json) -> None:
    check(MACHINE, _in_reading_order(masked(nested)))


def test_state_machine_of_prod_is_the_one_of_dev(assemblies: dict[str, Assembly]) -> None:
    dev, prod = (_of_any_stage(definition(assemblies[stage].template("Pipeline")), stage) for stage in ("dev", "prod"))
    assert dev == prod


def test_no_snapshot_is_left_over() -> None:
    assert {path.name for path in FOLDER.iterdir()} == FILES


def _readable(template: Json) -> Json:
    """Rendered and masked, the definition left to its own file."""
    readable: Json = masked(rendered(template))
    for resource in readable["Resources"].values():
        if "DefinitionString" in resource.get("Properties", {}):
            resource["Properties"]["DefinitionString"] = MACHINE
    return readable


def _of_any_stage(value: Any, stage: str) -> Any:
    """The same with this stage's own names and tag replaced; the other stage's names would stay and show."""
    match value:
        case {"Key": "stage", "Value": str() as tag} if tag == stage:
            return {"Key": "stage", "Value": "<stage>"}
        case {"project": _, "stage": str() as tag, **rest} if tag == stage and not rest:  # Glue's tags are a map
            return {**value, "stage": "<stage>"}
        case dict():
            return {key: _of_any_stage(item, stage) for key, item in value.items()}
        case list():
            return [_of_any_stage(item, stage) for item in value]
        case str():
            value = value.replace(f'"Key": "stage", "Value": "{stage}"', '"Key": "stage", "Value": "<stage>"')
            return value.replace(f"movie-recommender-{stage}", "movie-recommender-<stage>")
    return value


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    match value:
        case dict() if value:
            for key, item in value.items():
                yield from _leaves(item, f"{path}/{key}")
        case list() if value:
            for index, item in enumerate(value):
                yield from _leaves(item, f"{path}/{index}")
        case _:
            yield path, value


def _in_reading_order(machine: Json) -> Json:
    """Each state after the one that leads to it first, as a reader follows them; those within a state where it is."""
    order, states = [machine["StartAt"]], machine["States"]
    ways = edges(states)
    for here in order:
        order += dict.fromkeys(way.target for way in ways if way.source == here and way.target not in order)
    return {**machine, "States": {name: _with_inner_in_order(states[name]) for name in order}}


def _with_inner_in_order(state: Json) -> Json:
    ordered = dict(state)
    if "Branches" in state:
        ordered["Branches"] = [_in_reading_order(branch) for branch in state["Branches"]]
    if "ItemProcessor" in state:
        ordered["ItemProcessor"] = _in_reading_order(state["ItemProcessor"])
    return ordered
