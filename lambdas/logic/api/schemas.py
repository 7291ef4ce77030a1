"""The dataclasses of requests and answers as JSON Schema 2020-12, which OpenAPI 3.1 speaks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, is_dataclass
from types import NoneType
from typing import Any, Final, get_origin

from lambdas.logic.api.rules import NO_RULE, Field, Rule, arms, element, fields_of, members

_TYPES: Final = {str: "string", int: "integer", float: "number", bool: "boolean", NoneType: "null"}


class Components:
    """Collects the schema of every dataclass that is referred to, by its name."""

    def __init__(self) -> None:
        self.schemas: dict[str, Any] = {}

    def answer(self, model: type) -> dict[str, Any]:
        """A reference to the schema of an answer: unknown fields may come, and those it has are always there."""
        return self._reference(model, is_request=False)

    def request(self, model: type) -> dict[str, Any]:
        """A reference to the schema of a body: unknown fields are refused, and what is left out has its default."""
        return self._reference(model, is_request=True)

    def inline(self, model: type) -> dict[str, Any]:
        """The schemas of a query's parameters by their names."""
        return {key(field): self._property(field, is_request=True) for field in fields_of(model)}

    def value(self, kind: Any, rule: Rule = NO_RULE, *, is_request: bool = True) -> dict[str, Any]:
        """The schema of a value."""
        found = [self._arm(arm, rule, is_request=is_request) for arm in arms(kind)]
        if all(set(schema) == {"type"} for schema in found) and len(found) > 1:
            schema = {"type": [one["type"] for one in found]}
        else:
            schema = self._any_of(found)
        return {**schema, **({"description": rule.description} if rule.description else {})}

    def _any_of(self, found: list[dict[str, Any]]) -> dict[str, Any]:
        """Null beside one simple type is said by the type, which is what most tools understand best."""
        nulls, others = (
            [one for one in found if one == {"type": "null"}],
            [one for one in found if one.get("type") != "null"],
        )
        if nulls and len(others) == 1 and "type" in others[0] and "enum" not in others[0]:
            return {**others[0], "type": [others[0]["type"], "null"]}
        return found[0] if len(found) == 1 else {"anyOf": found}

    def _arm(self, arm: Any, rule: Rule, *, is_request: bool) -> dict[str, Any]:
        if choices := members(arm):
            return {"type": "string", "enum": list(choices)}
        if inner := element(arm):
            items = self.value(*inner, is_request=is_request)
            limits = {"minItems": rule.min_items, "maxItems": rule.max_items, "uniqueItems": rule.is_unique or None}
            return {"type": "array", "items": items, **_said(limits)}
        if is_dataclass(arm) and isinstance(arm, type):
            return self._reference(arm, is_request=is_request)
        if get_origin(arm) is Mapping:
            return {"type": "object"}
        if arm is int:
            return {"type": "integer", **_said({"minimum": rule.minimum, "maximum": rule.maximum})}
        return {"type": _TYPES[arm], **(_said({"maxLength": rule.max_length}) if arm is str else {})}

    def _reference(self, model: type, *, is_request: bool) -> dict[str, Any]:
        if model.__name__ not in self.schemas:
            self.schemas[model.__name__] = {}  # its place, before those of its parts
            self.schemas[model.__name__] = self._object(model, is_request=is_request)
        return {"$ref": f"#/components/schemas/{model.__name__}"}

    def _object(self, model: type, *, is_request: bool) -> dict[str, Any]:
        fields = fields_of(model)
        required = [key(field) for field in fields if (field.is_required if is_request else not field.may_be_absent)]
        return {
            "type": "object",
            "description": (model.__doc__ or "").partition("\n")[0],
            "properties": {key(field): self._property(field, is_request=is_request) for field in fields},
            **({"required": required} if required else {}),
            **({"additionalProperties": False} if is_request else {}),
        }

    def _property(self, field: Field, *, is_request: bool) -> dict[str, Any]:
        schema = self.value(field.kind, field.rule, is_request=is_request)
        has_default = is_request and field.default is not MISSING and field.default is not None
        return {**schema, "default": field.default} if has_default else schema


def key(field: Field) -> str:
    """A field's name in JSON: `in_` is the word `in`, which Python keeps for itself."""
    return field.name.rstrip("_")


def _said(limits: Mapping[str, Any]) -> dict[str, Any]:
    return {name: limit for name, limit in limits.items() if limit is not None}
