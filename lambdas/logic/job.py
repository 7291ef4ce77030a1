"""An execution's input, checked as a whole and completed with its defaults."""

from __future__ import annotations

import json
import reprlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import accumulate
from pathlib import Path
from typing import Any, cast

from jsonschema import Draft202012Validator, ValidationError

from fm.errors import HyperparameterError
from fm.hyperparameters import parse
from lambdas.logic import economy, presets, releasing, tuning
from lambdas.logic.presets import Preset
from prep.labels import predictor_type

SCHEMA: dict[str, Any] = json.loads(Path(__file__).with_name("execution_input.schema.json").read_text())

# A failed state's cause may have 32,768 characters, and this message stands in it as JSON, which Lambda wraps with a
# stack trace. Only input that is far from any job comes near.
_MOST_CHARS = 7500
_MESSAGE_CHARS = 300
_VALUE_CHARS = 80
_MOST_NAMES = 10
_CUT = "…"
_VALUES = reprlib.Repr()
_VALUES.maxstring = _VALUES.maxlong = _VALUES.maxother = _VALUE_CHARS


class InvalidInput(ValueError):
    """The execution's input cannot be used; the message names every bad field."""


def complete(given: object) -> dict[str, Any]:
    """The input with every default filled in and hyperparameters as the service's map of strings.

    One that restores a version has but three fields; in its `deploy` is what was given, the rest is that version's.
    Raises InvalidInput naming each bad field, its value and what was expected, all at once.
    """
    errors = sorted(Draft202012Validator(SCHEMA).iter_errors(given), key=lambda error: error.json_path)
    fields = given if isinstance(given, Mapping) else {}
    preset = presets.LIKE.get(str(fields.get("preset")), presets.LIKE["blog"])
    task = str(_within(fields, "label").get("task", preset.task))
    like, wrong = _hyperparameters(fields, replace(preset, task=task), errors, where=())
    ranking, also_wrong = _hyperparameters(_within(fields, "ranking"), presets.RANKING, errors, where=("ranking",))
    problems = [*map(_in_words, errors), *wrong, *also_wrong, *_beside_restoring(fields)]
    if not problems:
        problems += _together(fields, preset, task)
    if problems:
        raise InvalidInput(_joined(problems))
    if "restore" in fields:
        return _restoration(fields)
    job = _with_defaults(SCHEMA, fields)
    job["training"] |= economy.waiting(job["training"])
    job["label"]["task"], job["hyperparameters"], job["ranking"]["hyperparameters"] = task, like, ranking
    return job


def _beside_restoring(given: Mapping[str, Any]) -> list[str]:
    """What is given with a version to restore, which is as it was trained."""
    about_training = set(SCHEMA["properties"]) - {"restore", "deploy", "overlap"}
    others = [_shown(name) for name in sorted(set(given) & about_training)]
    if "restore" not in given:
        return []
    is_approved = "package" in _within(given, "restore")
    found = [] if is_approved else releasing.beside_restoring(_within(given, "deploy"))
    return [
        *found,
        *([f"restore: with {', '.join(others)}, expected none of them: nothing is trained"] if others else []),
    ]


def _restoration(given: Mapping[str, Any]) -> dict[str, Any]:
    asked = _within(given, "deploy")
    deploy = _with_defaults(SCHEMA["properties"]["deploy"], asked)
    overlap = given.get("overlap", SCHEMA["properties"]["overlap"]["default"])
    return {"restore": dict(given["restore"]), "deploy": {name: deploy[name] for name in asked}, "overlap": overlap}


def _together(given: Mapping[str, Any], preset: Preset, task: str) -> list[str]:
    """What is wrong with fields that are sound one by one."""
    problems = []
    if preset.task == "ordinal" and task != preset.task:
        problems.append(f"label.task: {task!r}, expected {preset.task!r}, which preset {given['preset']!r} is for")
    measure = _within(given, "threshold").get("measure", "fixed")
    if measure != "fixed" and not _within(given, "split").get("validation"):
        problems.append(f"split.validation: none, expected some: threshold.measure {measure!r} is chosen on it")
    tune = _within(given, "tune")
    if tune.get("jobs") and not _within(given, "split").get("validation"):
        problems.append("split.validation: none, expected some: tuning is judged on it")
    problems += tuning.problems(tune, task)
    run_s = SCHEMA["properties"]["training"]["properties"]["max_runtime_s"]["default"]
    problems += economy.problems(_within(given, "training"), max_runtime_s=run_s)
    problems += releasing.problems(_within(given, "deploy"))
    if measure != "fixed" and task == "regressor":
        problems.append(f"threshold.measure: {measure!r}, expected 'fixed': the regressor has no threshold")
    return problems


def _within(given: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = given.get(name, {})
    return part if isinstance(part, Mapping) else {}


def _unsound(errors: Iterable[ValidationError], where: tuple[str, ...]) -> set[str]:
    """Names of hyperparameters that the schema already refuses, for their name or for their value's type."""
    refused = [error for error in errors if tuple(error.path)[: len(where)] == where]
    by_value = {str(error.path[len(where)]) for error in refused if len(error.path) > len(where)}
    return by_value | {str(error.instance) for error in refused if error.validator == "not"}


def _hyperparameters(
    given: Mapping[str, Any], preset: Preset, errors: Iterable[ValidationError], *, where: tuple[str, ...]
) -> tuple[dict[str, str], list[str]]:
    """The preset's and those given over it, and what is wrong with any that the schema lets pass."""
    where = (*where, "hyperparameters")
    unsound, asked = _unsound(errors, where), _within(given, "hyperparameters")
    over = {name: _as_string(value) for name, value in asked.items() if name not in unsound}
    chosen = {**preset.hyperparameters, **over, "predictor_type": predictor_type(preset.task)}
    try:
        parse({**chosen, "feature_dim": "1"})  # the data's to say; any valid number lets the others be checked
    except HyperparameterError as error:
        return chosen, [
            f"{'.'.join(where)}: {_shortened(problem.message, _MESSAGE_CHARS)}"
            for problem in error.problems
            if problem.name not in unsound  # one left out here is not missing
        ]
    return chosen, []


def _as_string(value: str | float | bool) -> str:
    # To JSON 20 and 20.0 are one number; the algorithm's `epochs` is no 20.0.
    whole = isinstance(value, float) and value.is_integer()
    return value if isinstance(value, str) else json.dumps(int(value) if whole else value)


def _with_defaults(schema: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    filled = dict(given)
    for name, field in schema["properties"].items():
        if field.keys() & {"required", "oneOf"} and name not in given:
            continue  # what has to be said has no defaults
        if "properties" in field:
            filled[name] = _with_defaults(field, given.get(name, {}))
        elif name in given or "default" in field:
            value = given.get(name, field.get("default"))
            # To JSON Schema 1.0 is an integer; to NumPy's generators and SageMaker's API it is none.
            filled[name] = int(value) if field.get("type") == "integer" else value
    return filled


def _in_words(error: ValidationError) -> str:
    where = ".".join(_shown(part).strip("'") for part in error.absolute_path) or "input"
    given, rule, wanted = cast("Any", error.instance), str(error.validator), cast("Any", error.validator_value)
    if rule == "additionalProperties" and wanted is False:
        known = sorted(cast("Any", error.schema)["properties"])
        unknown = [_shown(name) for name in sorted(set(given) - set(known))]
        more = f" and {len(unknown) - _MOST_NAMES} more" if len(unknown) > _MOST_NAMES else ""
        return f"{where}: no field {', '.join(unknown[:_MOST_NAMES])}{more}, expected of {', '.join(known)}"
    if rule == "required":
        return f"{where}: no {error.message.partition(' is ')[0]}, expected one"
    if rule == "contains":
        return f"{where}: {_shown(given)}, expected {wanted['const']!r} among them"
    if rule == "not":
        return f"{where}: {_shown(given)} is set by the data and the label, expected it left out"
    if rule in _EXPECTED:
        return f"{where}: {_shown(given)}, expected {_EXPECTED[rule](wanted)}"
    return f"{where}: {_shortened(error.message, _MESSAGE_CHARS)}"


def _shown(value: object) -> str:
    """On one line; the two ends of what is long, the outermost levels of what is deep."""
    return _shortened(_VALUES.repr(value))


def _shortened(text: str, most: int = _VALUE_CHARS) -> str:
    """The text's two ends where it is longer than `most` characters."""
    kept = (most - len(_CUT)) // 2
    return text if len(text) <= most else f"{text[:kept]}{_CUT}{text[-kept:]}"


def _joined(problems: Sequence[str]) -> str:
    """As many whole problems as fit, and how many there are besides."""
    sizes = accumulate(len(json.dumps(problem)) for problem in problems)
    told = sum(size <= _MOST_CHARS for size in sizes)
    rest = len(problems) - told
    return "; ".join(problems[:told]) + (f"; and {rest} more" if rest else "")


_EXPECTED: dict[str, Callable[[Any], str]] = {
    "enum": lambda choices: f"one of {', '.join(map(repr, choices))}",
    "type": lambda types: types if isinstance(types, str) else " or ".join(types),
    "pattern": lambda pattern: f"to match {pattern}",
    "minimum": lambda least: f"at least {least}",
    "maximum": lambda most: f"at most {most}",
    "exclusiveMinimum": lambda bound: f"more than {bound}",
    "exclusiveMaximum": lambda bound: f"less than {bound}",
    "minLength": lambda least: f"at least {least} character{'s' * (least > 1)}",
    "maxLength": lambda most: f"at most {most} character{'s' * (most > 1)}",
    "oneOf": lambda choices: f"either {' or '.join(name for choice in choices for name in choice['required'])}",
    "uniqueItems": lambda _: "each value once",
}
