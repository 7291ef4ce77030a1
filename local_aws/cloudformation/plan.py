"""A template checked and ready to be applied: its parameters, its conditions, the order of its resources."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from local_aws.cloudformation.checks import Reach, check_types
from local_aws.cloudformation.conditions import Conditions, check_rules
from local_aws.cloudformation.errors import TemplateError
from local_aws.cloudformation.intrinsics import Scope
from local_aws.cloudformation.order import ordered
from local_aws.cloudformation.parameters import Parameter, resolve
from local_aws.cloudformation.template import Declaration, Template, parse
from local_aws.cloudformation.types.base import ResourceType


@dataclass(frozen=True)
class Plan:
    """Everything about a deployment that is known before it begins."""

    template: Template
    parameters: Mapping[str, Parameter]
    tags: Mapping[str, str]
    values: Mapping[str, Any]
    """What `Ref` answers for pseudo parameters and parameters."""
    conditions: Mapping[str, bool]
    resources: Mapping[str, Declaration]
    """Those whose condition holds, each after everything it depends on."""
    dependencies: Mapping[str, frozenset[str]]

    def same_as(self, other: Plan) -> bool:
        """Whether applying this after `other` could change nothing."""
        return (
            self.template.same_content(other.template)
            and dict(self.values) == dict(other.values)
            and dict(self.tags) == dict(other.tags)
        )


def make_plan(
    body: str,
    *,
    given: Mapping[str, str],
    tags: Mapping[str, str],
    pseudo: Mapping[str, Any],
    types: Mapping[str, ResourceType],
    ssm_value: Callable[[str], str],
) -> Plan:
    """Raises RequestRefused (TemplateError) for all that can be known to be wrong before anything is made."""
    template = parse(body)
    parameters = resolve(template.parameters, given, ssm_value)
    values = {**pseudo, **{name: parameter.value for name, parameter in parameters.items()}}
    conditions = Conditions(template.conditions, Scope(values=values, mappings=template.mappings, ssm_value=ssm_value))
    check_rules(template.rules, conditions)
    holds = {name: conditions[name] for name in conditions}
    active = {name: declared for name, declared in template.resources.items() if _is_active(declared, holds)}
    check_types(active, types, holds)
    reach = Reach(active=active, conditions=holds, values=values, types=types)
    dependencies = reach.dependencies(template)
    reach.check_outputs(template)
    return Plan(
        template=template,
        parameters=parameters,
        tags=dict(tags),
        values=values,
        conditions=holds,
        resources={name: active[name] for name in ordered(dependencies)},
        dependencies=dependencies,
    )


def _is_active(declared: Declaration, conditions: Mapping[str, bool]) -> bool:
    if declared.condition is None:
        return True
    if declared.condition not in conditions:
        said = f"Unresolved condition {declared.condition} of resource {declared.logical_id}"
        raise TemplateError(f"Template format error: {said}")
    return conditions[declared.condition]
