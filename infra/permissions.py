"""What a role may do, with the written reason that every wildcard needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_iam as iam

from infra.rules import accept

EXECUTION_NAME = "the * stands for an execution's name, which is not known before it starts"


class UnreasonedWildcard(ValueError):
    """A permission has a * and nobody wrote why."""


@dataclass(frozen=True, kw_only=True)
class Permission:
    """One statement of a role's policy. `because` is the reason for each * in the resources, and shown by cdk-nag."""

    actions: Sequence[str]
    resources: Sequence[str]
    conditions: Mapping[str, Any] = field(default_factory=dict)
    because: str = ""
    also: Permission | None = None
    """What the same calls ask of another service: the key that objects are encrypted with."""

    def grant(self, role: iam.IRole) -> None:
        """Add the statement to the role's own policy. Raises UnreasonedWildcard."""
        role.add_to_principal_policy(
            iam.PolicyStatement(
                actions=list(self.actions), resources=list(self.resources), conditions=dict(self.conditions)
            )
        )
        for resource in self.resources:
            written = _as_nag_writes(Stack.of(role).resolve(resource))
            if "*" not in written:
                continue
            if not self.because:
                raise UnreasonedWildcard(f"{', '.join(self.actions)} on {written}: a wildcard needs a reason")
            accept(role, f"AwsSolutions-IAM5[Resource::{written}]", self.because)
        if self.also is not None:
            self.also.grant(role)


def _as_nag_writes(value: Any) -> str:
    """A resolved ARN in the spelling of cdk-nag's finding ids (`arn:<AWS::Partition>:s3:::bucket/*`)."""
    match value:
        case str():
            return value
        case {"Fn::Join": [str() as separator, list() as parts]}:
            return separator.join(_as_nag_writes(part) for part in parts)
        case {"Fn::Sub": str() as text}:  # names of the bootstrap stack's resources
            return text.replace("${", "<").replace("}", ">")
        case {"Ref": str() as name}:
            return f"<{name}>"
        case {"Fn::ImportValue": str() as name}:
            return name
        case {"Fn::GetAtt": [str() as name, str() as attribute]}:
            return f"<{name}.{attribute}>"
    raise TypeError(f"no spelling for {value!r}")
