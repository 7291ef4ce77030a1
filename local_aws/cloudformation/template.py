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
        parameters=_section(document, "Parameters"),
        mappings=_section(document, "Mappings"),
        conditions=_section(document, "Conditions"),
        outputs=_section(document, "Outputs"),
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


def _declaration(logical_id: str, value: Any) -> Declaration:
    if not isinstance(value, dict) or not isinstance(value.get("Type"), str):
        raise TemplateError(f"Template format error: [/Resources/{logical_id}] must be an object with a Type")
    unknown = sorted(value.keys() - RESOURCE_KEYS)
    if unknown:
        raise TemplateError(f"Template format error: [/Resources/{logical_id}] attributes not emulated: {unknown}")
    depends_on = value.get("DependsOn", [])
    return Declaration(
        logical_id=logical_id,
        type_name=value["Type"],
        properties=_section(value, "Properties"),
        depends_on=(depends_on,) if isinstance(depends_on, str) else tuple(depends_on),
        condition=value.get("Condition"),
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
