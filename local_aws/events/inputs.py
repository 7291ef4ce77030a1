"""What of an event a target gets: all of it, a part, a text of its own, or a template filled in.

Source: EventBridge User Guide, "Amazon EventBridge input transformation".
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from local_aws.events.errors import ValidationException

Event = Mapping[str, Any]

_STEP = re.compile(r"\.(?P<name>[\w/-]+|\*)|\[(?P<index>\d+|\*)\]|\['(?P<quoted>[^']+)'\]")
_PATH = re.compile(r"\$(?:\.(?:[\w/-]+|\*)|\[(?:\d+|\*)\]|\['[^']+'\])*")
_PLACEHOLDER = re.compile(r"<([\w.-]+)>")
_MOST_VARIABLES = 100


def check(target: Mapping[str, Any]) -> None:
    """Raises ValidationException for an input that EventBridge would not accept, or that could not be read here."""
    of = f"target {target['Id']}"
    given = [name for name in ("Input", "InputPath", "InputTransformer") if target.get(name) is not None]
    if len(given) > 1:
        raise ValidationException(f"Only one of Input, InputPath, or InputTransformer must be provided for {of}.")
    if "Input" in given and not _is_json(target["Input"]):
        raise ValidationException(f"JSON syntax error in input for {of}")
    transformer = target.get("InputTransformer") or {}
    variables = transformer.get("InputPathsMap") or {}
    paths = [target["InputPath"]] if "InputPath" in given else list(variables.values())
    for path in paths:
        if not _PATH.fullmatch(path):
            raise ValidationException(f"Invalid path {path!r} for {of}: expected steps as .name, [0], [*] or ['name']")
    if len(variables) > _MOST_VARIABLES or any(name.startswith("aws.") for name in variables):
        raise ValidationException(f"InputPathsMap for {of}: at most {_MOST_VARIABLES} names, none beginning with aws.")
    if unknown := _names(transformer.get("InputTemplate", "")) - variables.keys() - _predefined({}, "", "").keys():
        raise ValidationException(f"Invalid InputTemplate for {of} : template has unknown names {sorted(unknown)}")


def payload(target: Mapping[str, Any], event: Event, *, rule_arn: str, ingested: str) -> str:
    """The text for a target that `check` has passed; JSON, but for a template that is none. `ingested`: ISO 8601."""
    if target.get("Input") is not None:
        return str(target["Input"])
    if target.get("InputPath") is not None:
        found = _find(event, target["InputPath"])
        return _dumps(found[0] if found else None)
    if transformer := target.get("InputTransformer"):
        paths = {name: _find(event, path) for name, path in (transformer.get("InputPathsMap") or {}).items()}
        known = {name: found[0] for name, found in paths.items() if found}
        return _filled(transformer["InputTemplate"], known | _predefined(event, rule_arn, ingested))
    return _dumps(event)


def _predefined(event: Event, rule_arn: str, ingested: str) -> dict[str, Any]:
    return {
        "aws.events.rule-arn": rule_arn,
        "aws.events.rule-name": rule_arn.rpartition("/")[2],
        "aws.events.event.ingestion-time": ingested,
        "aws.events.event": {name: value for name, value in event.items() if name != "detail"},
        "aws.events.event.json": event,
    }


def _names(template: str) -> set[str]:
    return set(_PLACEHOLDER.findall(template))


def _filled(template: str, values: Mapping[str, Any]) -> str:
    """Between quotation marks a text goes in as it is, unescaped as on AWS; elsewhere every value as JSON.

    A variable whose path found nothing leaves nothing behind.
    """
    out, is_quoted, at = [], False, 0
    for found in _PLACEHOLDER.finditer(template):
        before = template[at : found.start()]
        is_quoted ^= len(re.findall(r'(?<!\\)"', before)) % 2 == 1
        value, at = values.get(found[1], ""), found.end()
        out += [before, value if is_quoted and isinstance(value, str) else _dumps(value)]
    return "".join([*out, template[at:]])


def _find(value: Any, path: str) -> list[Any]:
    """[what is there], or [] where nothing is. A wildcard finds a list of all."""
    found, is_many = [value], False
    for step in _STEP.finditer(path[1:]):
        found = [inner for each in found for inner in _below(each, step)]
        is_many |= "*" in (step["name"], step["index"])
    return [found] if is_many and found else found[:1]


def _below(value: Any, step: re.Match[str]) -> list[Any]:
    if "*" in (step["name"], step["index"]):
        return list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    if step["index"] is not None:
        index = int(step["index"])
        return value[index : index + 1] if isinstance(value, list) else []
    name = step["name"] or step["quoted"]
    return [value[name]] if isinstance(value, dict) and name in value else []


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _dumps(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
