"""What an API call needs: exactly the listed permissions, over HTTP with boto3.

The permissions are read off AWS's Service Authorization Reference.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

REGION, ACCOUNT = "eu-west-1", "123456789012"
PASSED = f"arn:aws:iam::{ACCOUNT}:role/passed"
PASS = ("iam:PassRole", PASSED)
TAGS = [{"Key": "k", "Value": "v"}]

Call = tuple[str, str, dict[str, Any], list[tuple[str, str]]]
"""boto3's service, its method, the arguments; each action that is needed with its resource."""


def arn(service: str, resource: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}"


def calls(given: Sequence[Call]) -> pytest.MarkDecorator:
    """A test for each of them."""
    names = [f"{service}.{method}-{number}" for number, (service, method, _, _) in enumerate(given)]
    return pytest.mark.parametrize("call", given, ids=names)


def assert_needs_exactly(role: Any, call: Call) -> None:
    """Without any one of them the call is denied in AWS's words, naming the action; with all and no more it is not."""
    service, method, arguments, needed = call
    from_role = getattr(role.client(service), method)
    for missing in needed:
        role.may(*(permission for permission in needed if permission != missing))
        message = role.denial(lambda: from_role(**arguments))
        assert message is not None, f"passes without {missing}"
        assert f"assumed-role/{role.name}/tests is not authorized to perform: {missing[0]} on resource: " in message
        assert f"because no identity-based policy allows the {missing[0]} action" in message
    role.may(*needed)
    assert role.denial(lambda: from_role(**arguments)) is None
