"""What can be known to be wrong with a template before anything is made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local_aws.cloudformation.errors import TemplateError
from local_aws.cloudformation.intrinsics import branch, references
from local_aws.cloudformation.template import Declaration, Template
from local_aws.cloudformation.types.base import ResourceType


@dataclass(frozen=True)
class Reach:
    """What a reference in the template may name: `values` (parameters) and `active` resources."""

    active: Mapping[str, Declaration]
    conditions: Mapping[str, bool]
    values: Mapping[str, Any]
    types: Mapping[str, ResourceType]

    def dependencies(self, template: Template) -> dict[str, frozenset[str]]:
        """What each resource comes after: references, and DependsOn as far as it names resources that are made."""
        found = {}
        for name, declared in self.active.items():
            unknown = [other for other in declared.depends_on if other not in template.resources]
            if unknown:
                raise _unresolved(unknown, "Resources")
            explicit = {other for other in declared.depends_on if other in self.active}
            found[name] = frozenset(explicit | self._used(dict(declared.properties), "Resources"))
        return found

    def check_outputs(self, template: Template) -> None:
        """Raises TemplateError when an output refers to something that is not there."""
        for output in template.outputs.values():
            if "Condition" not in output or self.conditions.get(output["Condition"]):
                self._used(output, "Outputs")

    def _used(self, value: Any, section: str) -> set[str]:
        """Logical ids the value refers to. Raises TemplateError for one that is not there, or lacks the attribute."""
        used = set()
        for name, attribute in references(value, self.conditions):
            if name in self.values or name == "AWS::NoValue":
                continue
            if name not in self.active:
                raise _unresolved([name], section)
            kind = self.types[self.active[name].type_name]
            if attribute is not None and not kind.has_attribute(attribute):
                said = f"resource {name} ({kind.type_name}) does not support attribute type {attribute} in Fn::GetAtt"
                raise TemplateError(f"Template error: {said}")
            used.add(name)
        return used


def check_types(
    active: Mapping[str, Declaration], types: Mapping[str, ResourceType], conditions: Mapping[str, bool]
) -> None:
    """Raises TemplateError naming every unknown type, or else every unknown and every missing property."""
    unknown = sorted({declared.type_name for declared in active.values() if declared.type_name not in types})
    if unknown:
        raise TemplateError(f"Template format error: Unrecognized resource types: [{', '.join(unknown)}]")
    wrong = [
        said
        for name, declared in active.items()
        for said in types[declared.type_name].check(name, _present(declared.properties, conditions))
    ]
    if wrong:
        raise TemplateError(f"Template validation error: {'; '.join(wrong)}")


def _present(properties: Mapping[str, Any], conditions: Mapping[str, bool]) -> list[str]:
    """Names of the properties that are set, those that come to `AWS::NoValue` left out."""

    def is_set(value: Any) -> bool:
        if isinstance(value, dict) and value.keys() == {"Fn::If"}:
            return is_set(branch(value["Fn::If"], conditions))
        return bool(value != {"Ref": "AWS::NoValue"})

    return [name for name, value in properties.items() if is_set(value)]


def _unresolved(names: list[str], section: str) -> TemplateError:
    listed = ", ".join(names)
    return TemplateError(
        f"Template format error: Unresolved resource dependencies [{listed}] in the {section} block of the template"
    )
