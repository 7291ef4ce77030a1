"""The statements of roles, as a template has them."""

from __future__ import annotations

from collections.abc import Iterator

from tests.infra.rendering import Json, resources, without_hash


def statements(template: Json) -> Iterator[tuple[str, Json]]:
    """Each statement of each role's own policy."""
    for policy in resources(template, "AWS::IAM::Policy").values():
        (role,) = policy["Roles"]
        for statement in policy["PolicyDocument"]["Statement"]:
            yield without_hash(role.strip("${}")), statement


def listed(value: str | list[str]) -> list[str]:
    """What a policy writes as one string where it is one."""
    return [value] if isinstance(value, str) else value
