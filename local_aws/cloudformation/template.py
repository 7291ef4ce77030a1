"""A template's text, JSON or YAML, as declarations. Nothing is evaluated here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml  # type: ignore[import-untyped]  # no stubs installed

from local_aws.cloudformation.errors import TemplateError

SECTIONS = frozenset(
    {
        "AWSTemplateFormatVersion",
        "Description",
        "Metadata",
        "Parameters",
        "Rules",
        "Mappings",
        "Conditions",
        "Resources",
        "Outputs",
    }
)
RESOURCE_KEYS = frozenset(
    {
        "Type",
        "Properties",
        "DependsOn",
        "Condition",
        "DeletionPolicy",
        "UpdateReplacePolicy",
        "Metadata",
    }
)
DELETION_POLICIES = ("Delete", "Retain", "RetainExceptOnCreate", "Snapshot")


@dataclass(frozen=True)
class Declaration:
    """One entry of `Resources`, its properties still holding intrinsic functions."""

    logical_id: str
    type_name: str
    properties: Mapping[str, Any]
    depends_on: tuple[str, ...]
    condition: str | None
    deletion_policy: str
    update_replace_policy: str


@dataclass(frozen=True)
class Template:
    """`body` is the uploaded text, kept byte for byte."""

    body: str
    resources: Mapping[str, Declaration]
    parameters: Mapping[str, Any] = field(default_factory=dict)
    mappings: Mapping[str, Any] = field(default_factory=dict)
    conditions: Mapping[str, Any] = field(default_factory=dict)
    outputs: Mapping[str, Any] = field(default_factory=dict)
    rules: Mapping[str, Any] = field(default_factory=dict)
    metadata: Mapping[str, Any] = field(default_factory=dict)
    description: str | None = None

    @property
    def metadata_text(self) -> str | None:
        """The template's Metadata as JSON."""
        return json.dumps(self.metadata) if self.metadata else None

    def same_content(self, other: Template) -> bool:
        """Whether both declare the same, whatever their layout."""
        return load(self.body) == load(other.body)


def parse(body: str) -> Template:
    """Raises TemplateError naming the section, resource or attribute that is not understood."""
    document = load(body)
    unknown = sorted(document.keys() - SECTIONS)
    if unknown:
        raise TemplateError(f"Template format error: sections not emulated: {unknown}")
    resources = _section(document, "Resources")
    if not resources:
        raise TemplateError("Template format error: At least one Resources member must be defined.")
    return Template(
        body=body,
        resources={logical_id: _declaration(logical_id, value) for logical_id, value in resources.items()},
        parameters=_objects(document, "Parameters", needs="Type"),
        mappings=_objects(document, "Mappings"),
        conditions=_section(document, "Conditions"),
        outputs=_outputs(document),
        rules=_section(document, "Rules"),
        metadata=_section(document, "Metadata"),
        description=document.get("Description"),
    )


def load(body: str) -> dict[str, Any]:
    """The document as plain values, short forms (`!Ref`) written out. Raises TemplateError on bad syntax."""
    try:
        document = json.loads(body) if body.lstrip().startswith("{") else yaml.load(body, Loader=_YamlLoader)  # noqa: S506 (a SafeLoader)
    except (json.JSONDecodeError, yaml.YAMLError) as error:
        raise TemplateError(f"Template format error: {error}") from error
    if not isinstance(document, dict):
        raise TemplateError(f"Template format error: expected an object, got {type(document).__name__}")
    return document


def _section(document: Mapping[str, Any], name: str) -> dict[str, Any]:
    section = document.get(name, {})
    if not isinstance(section, dict):
        raise TemplateError(f"Template format error: [/{name}] must be an object, got {section!r}")
    return section


def _objects(document: Mapping[str, Any], name: str, *, needs: str | None = None) -> dict[str, dict[str, Any]]:
    """A section whose entries are objects."""
    section = _section(document, name)
    for key, entry in section.items():
        if not isinstance(entry, dict) or (needs is not None and needs not in entry):
            wanted = f"an object with a {needs}" if needs else "an object"
            raise TemplateError(f"Template format error: [/{name}/{key}] must be {wanted}, got {entry!r}")
    return section


def _outputs(document: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    outputs = _objects(document, "Outputs", needs="Value")
    for key, output in outputs.items():
        _condition(f"Outputs/{key}", output)
        if "Export" in output and (not isinstance(output["Export"], dict) or "Name" not in output["Export"]):
            raise TemplateError(f"Template format error: [/Outputs/{key}/Export] must be an object with a Name")
    return outputs


def _condition(place: str, value: Mapping[str, Any]) -> str | None:
    name = value.get("Condition")
    if name is not None and not isinstance(name, str):
        raise TemplateError(
            f"Template format error: [/{place}/Condition] must be the name of a condition, got {name!r}"
        )
    return name


def _depends_on(logical_id: str, value: Mapping[str, Any]) -> tuple[str, ...]:
    names = value.get("DependsOn", [])
    names = [names] if isinstance(names, str) else names
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise TemplateError(f"Template format error: [/Resources/{logical_id}/DependsOn] takes names, got {names!r}")
    return tuple(names)


def _declaration(logical_id: str, value: Any) -> Declaration:
    if not isinstance(value, dict) or not isinstance(value.get("Type"), str):
        raise TemplateError(f"Template format error: [/Resources/{logical_id}] must be an object with a Type")
    unknown = sorted(value.keys() - RESOURCE_KEYS)
    if unknown:
        raise TemplateError(f"Template format error: [/Resources/{logical_id}] attributes not emulated: {unknown}")
    return Declaration(
        logical_id=logical_id,
        type_name=value["Type"],
        properties=_section(value, "Properties"),
        depends_on=_depends_on(logical_id, value),
        condition=_condition(f"Resources/{logical_id}", value),
        deletion_policy=_policy(logical_id, value, "DeletionPolicy"),
        update_replace_policy=_policy(logical_id, value, "UpdateReplacePolicy"),
    )


def _policy(logical_id: str, value: Mapping[str, Any], name: str) -> str:
    policy = value.get(name, "Delete")
    if policy not in DELETION_POLICIES:
        raise TemplateError(f"Template format error: [/Resources/{logical_id}/{name}] unknown value {policy!r}")
    return str(policy)


class _YamlLoader(yaml.SafeLoader):
    """CloudFormation's YAML: dates stay text (policy versions), `!Name` is an intrinsic function."""


_YamlLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _short_form(loader: _YamlLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


_YamlLoader.add_multi_constructor("!", _short_form)
