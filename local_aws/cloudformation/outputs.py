"""A stack's outputs, worked out once its resources are there."""

from __future__ import annotations

from typing import Any

from local_aws.cloudformation.errors import TemplateError
from local_aws.cloudformation.intrinsics import Scope
from local_aws.cloudformation.plan import Plan
from local_aws.cloudformation.stack import Output


def outputs_of(plan: Plan, scope: Scope) -> dict[str, Output]:
    """By key, those whose condition holds. Raises TemplateError for a value that is not text."""
    outputs = {}
    for key, declared in plan.template.outputs.items():
        if "Condition" in declared and not scope.condition(declared["Condition"]):
            continue
        export = declared.get("Export", {}).get("Name")
        outputs[key] = Output(
            key=key,
            value=_text(scope, key, declared["Value"]),
            description=declared.get("Description"),
            export=None if export is None else _text(scope, key, export),
        )
    return outputs


def _text(scope: Scope, key: str, value: Any) -> str:
    text = scope.evaluate(value)
    if not isinstance(text, (str, int, float)):
        raise TemplateError(f"Template format error: Output {key} must evaluate to a string, got {text!r}")
    return str(text)
