"""Where stacks are looked up: requests name them, policies are about their ARNs, which end in an id."""

from __future__ import annotations

from collections.abc import Callable

Lookup = Callable[[str, str], str | None]
"""(region; a stack's name or ARN, or a change set's ARN) → the stack's ARN, None when there is none."""

_lookups: list[Lookup] = []


def find_stacks_with(lookup: Lookup) -> None:
    """Give the lookup. CloudFormation does when it is installed; it knows IAM, so IAM cannot import it."""
    _lookups[:] = [lookup]


def arn_of_stack(region: str, name_or_arn: str) -> str | None:
    """The ARN of the stack that is meant; None when there is none."""
    return next((lookup(region, name_or_arn) for lookup in _lookups), None)
