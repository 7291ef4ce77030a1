"""Statements that say * for an action or a resource, wherever in a template they are."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from tests.infra.rendering import Json, masked, rendered, without_hash
from tests.infra.statements import listed
from tests.infra.synthesis import STACKS, Assembly

_REFERENCE = re.compile(r"(\$\{[A-Za-z0-9]+?)[0-9A-F]{8}(?=[.}])")


def wildcards(assembly: Assembly, stage: str) -> list[Json]:
    """Those of all stacks; the stage's own names and the hashes of logical ids do not show."""
    found: list[Json] = []
    for stack in STACKS:
        for id_, resource in assembly.template(stack)["Resources"].items():
            text = json.dumps(masked(rendered(resource.get("Properties", {}))))
            for prefix in ("movie-recommender", "mr"):
                text = text.replace(f"{prefix}-{stage}", f"{prefix}-<stage>")
            found += of_resource(without_hash(id_), json.loads(_REFERENCE.sub(r"\1", text)))
    return found


def of_resource(id_: str, properties: Json) -> Iterator[Json]:
    """Those of one resource's rendered properties: whose policy it is, and what of the statement a * is about."""
    who = ", ".join(role.strip("${}") for role in properties.get("Roles", [])) or id_
    for statement in _statements(properties):
        actions, resources = listed(statement.get("Action", "*")), listed(statement.get("Resource", []))
        if not any("*" in action for action in actions):
            resources = [resource for resource in resources if "*" in resource]
        if resources:
            condition = {"if": statement["Condition"]} if "Condition" in statement else {}
            yield {"who": who, "may": statement["Effect"], "do": sorted(actions), "on": sorted(resources), **condition}


def _statements(value: Any) -> Iterator[Json]:
    """Of every policy document at any depth, also of one that is written as text."""
    match value:
        case {"Statement": list() as statements}:
            yield from statements
        case {"Statement": dict() as statement}:
            yield statement
        case dict():
            for item in value.values():
                yield from _statements(item)
        case list():
            for item in value:
                yield from _statements(item)
        case str() if value.startswith("{") and '"Statement"' in value:
            yield from _statements(json.loads(value))
