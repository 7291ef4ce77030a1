"""What a template comes to in a region: its functions worked out by the local AWS's CloudFormation."""

from __future__ import annotations

from typing import Any

from local_aws.cloudformation.conditions import Conditions
from local_aws.cloudformation.intrinsics import Scope
from tests.infra.rendering import Json


def deployed(value: Any, template: Json, *, partition: str, region: str) -> Any:
    """A part of the template as it is there; resources and exports are written as `<name>`."""
    values = {"AWS::Partition": partition, "AWS::Region": region}
    conditions = Conditions(template["Conditions"], Scope(values=values))
    scope = Scope(
        values=values,
        conditions=conditions,
        ref=lambda id_: f"<{id_}>",
        attribute=lambda id_, name: f"<{id_}.{name}>",
        exported=lambda name: f"<{name}>",
    )
    return scope.evaluate(value)
