"""What a plan would do to a stack, resource by resource: the content of a change set."""

from __future__ import annotations

from typing import Any

from local_aws.cloudformation.environment import Environment
from local_aws.cloudformation.exports import Exports
from local_aws.cloudformation.intrinsics import Scope
from local_aws.cloudformation.plan import Plan
from local_aws.cloudformation.stack import Change, Stack
from local_aws.cloudformation.template import Declaration

KNOWN_LATER = "{{changeSet:KNOWN_AFTER_APPLY}}"


def changes(stack: Stack, plan: Plan, *, environment: Environment, exports: Exports) -> tuple[Change, ...]:
    """Additions and modifications in the plan's order, then removals. Raises TemplateError as deploying would."""
    scope = Scope(
        values=plan.values,
        mappings=plan.template.mappings,
        conditions=plan.conditions,
        ref=lambda name: _known(stack, name, None),
        attribute=lambda name, attribute: _known(stack, name, attribute),
        exported=exports.value,
        ssm_value=environment.ssm_value,
        zones=environment.zones,
    )
    found = []
    for declared in plan.resources.values():
        wanted = scope.evaluate(dict(declared.properties))
        change = _change(stack, declared, wanted, environment)
        if change is not None:
            found.append(change)
    for name, resource in stack.resources.items():
        if name not in plan.resources:
            found.append(Change("Remove", name, resource.type_name, resource.physical_id))
    return tuple(found)


def _known(stack: Stack, name: str, attribute: str | None) -> str:
    resource = stack.resources.get(name)
    if resource is None:
        return KNOWN_LATER
    return resource.physical_id if attribute is None else resource.attributes.get(attribute, KNOWN_LATER)


def _change(stack: Stack, declared: Declaration, wanted: dict[str, Any], environment: Environment) -> Change | None:
    resource = stack.resources.get(declared.logical_id)
    if resource is None:
        return Change("Add", declared.logical_id, declared.type_name)
    differing = {
        name for name in wanted.keys() | resource.properties.keys() if wanted.get(name) != resource.properties.get(name)
    }
    if not differing:
        return None
    replaced = environment.types[declared.type_name].replaces(resource.properties, wanted)
    replacement = "True" if replaced else "False"
    return Change("Modify", declared.logical_id, declared.type_name, resource.physical_id, replacement)
