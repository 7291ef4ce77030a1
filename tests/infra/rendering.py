"""Templates as people read them: intrinsic functions as `${...}` in one string, asset hashes masked."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

Json = dict[str, Any]

_LOGICAL_ID_HASH = re.compile(r"[0-9A-F]{8}$")
_ASSET_HASH = re.compile(r"[0-9a-f]{64}")


def rendered(value: Any) -> Any:
    """The same with references, imports, look-ups and joins written out as text.

    `${LogicalId}`, `${LogicalId.Attribute}`, `${import name}`, `${map name/key/key}`,
    `${if Condition: text, else text}`. Other functions stay as they are.
    """
    match value:
        case dict() if len(value) == 1 and (name := next(iter(value))) in _AS_TEXT:
            return _AS_TEXT[name](rendered(value[name]))
        case dict():
            return {key: rendered(item) for key, item in value.items()}
        case list():
            return [rendered(item) for item in value]
    return value


_AS_TEXT: dict[str, Callable[[Any], str]] = {
    "Ref": lambda name: f"${{{name}}}",
    "Fn::GetAtt": lambda path: f"${{{'.'.join(path)}}}",
    "Fn::ImportValue": lambda name: f"${{import {name}}}",
    "Fn::FindInMap": lambda path: f"${{map {'/'.join(path)}}}",
    "Fn::Sub": lambda text: f"{text}",
    "Fn::Select": lambda arguments: f"${{part {arguments[0]} of {arguments[1]}}}",
    "Fn::Split": lambda arguments: f"{arguments[1]} split at {arguments[0]}",
    "Fn::If": lambda arguments: "${{if {}: {}, else {}}}".format(*arguments),
    "Fn::Join": lambda arguments: str(arguments[0]).join(arguments[1]),
}


def masked(value: Any) -> Any:
    """The same with content hashes of assets replaced, which any change of the code or of a package moves.

    The CDK orders a statement's resources by their text; those of assets would change places with every hash.
    """
    match value:
        case str():
            return _ASSET_HASH.sub("<asset hash>", value)
        case dict():
            return {masked(key): masked(item) for key, item in value.items()}
        case list():
            items = [masked(item) for item in value]
            return sorted(items) if items != value and all(isinstance(item, str) for item in items) else items
    return value


def without_hash(logical_id: str) -> str:
    """`FunctionsFetchRole1EF1D371` → `FunctionsFetchRole`."""
    return _LOGICAL_ID_HASH.sub("", logical_id)


def resources(template: Json, kind: str) -> dict[str, Json]:
    """Rendered properties of every resource of a type, by logical id without its hash."""
    return {
        without_hash(id_): rendered(resource.get("Properties", {}))
        for id_, resource in template["Resources"].items()
        if resource["Type"] == kind
    }
