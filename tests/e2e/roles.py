"""The deployed roles, what of their policies was needed, and taking statements away from them."""

from __future__ import annotations

import contextlib
import json
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from tests.e2e.conftest import PREFIX, Cloud

Statement = dict[str, Any]
Needed = tuple[str, str]
"""A role's physical name, and one of its statements as JSON with its keys in order."""


def role_names(cloud: Cloud) -> dict[str, str]:
    """The physical names of the pipeline stack's roles by their logical ids, without these' hashes."""
    resources = cloud.client("cloudformation").describe_stack_resources(StackName=f"{PREFIX}-pipeline")
    return {
        entry["LogicalResourceId"][:-8]: entry["PhysicalResourceId"]
        for entry in resources["StackResources"]
        if entry["ResourceType"] == "AWS::IAM::Role"
    }


def role_name(cloud: Cloud, logical_id: str) -> str:
    """The physical name of one of them."""
    return role_names(cloud)[logical_id]


def actions(statement: Statement) -> list[str]:
    """What a statement allows."""
    named = statement["Action"]
    return [named] if isinstance(named, str) else list(named)


def is_lost_silently(statement: Statement) -> bool:
    """Whether what it allows is done on the side, so that a denial shows only in the audit."""
    return actions(statement)[0].startswith(("logs:Create", "logs:Put", "cloudwatch:Put"))


def is_asked_for_when_made(statement: Statement) -> bool:
    """Whether it lets a function be made whose calls are traced; test_permissions.py makes all of them so again."""
    return "xray:PutTraceSegments" in actions(statement)


def statements(cloud: Cloud, logical_id: str) -> list[Statement]:
    """A role's own policy."""
    return list(_policy(cloud, role_name(cloud, logical_id))[1]["Statement"])


@contextlib.contextmanager
def without(cloud: Cloud, logical_id: str, is_removed: Callable[[Statement], bool]) -> Iterator[None]:
    """The role lacks those statements for a while."""
    iam, role = cloud.client("iam"), role_name(cloud, logical_id)
    name, document = _policy(cloud, role)
    kept = [statement for statement in document["Statement"] if not is_removed(statement)]
    assert len(kept) < len(document["Statement"]), "nothing to take away"
    if kept:
        changed = json.dumps({**document, "Statement": kept})
        iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=changed)
    else:
        iam.delete_role_policy(RoleName=role, PolicyName=name)
    try:
        yield
    finally:
        iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(document))


def await_denial(cloud: Cloud, role: str, allowed: set[str], *, trying: Callable[[], object] = lambda: None) -> None:
    """Logs are written after the answer, so the audit is asked until it knows. trying: done again each time."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        trying()
        denials = _audit(cloud)["denials"]
        if any(entry["role"] == role and entry["action"] in allowed for entry in denials):
            return
        time.sleep(0.1)
    raise AssertionError(f"no denial of {allowed} for {role}")


def as_needed(role: str, statement: Statement) -> Needed:
    """How `needed` names a statement of the role of this physical name."""
    return role, json.dumps(statement, sort_keys=True)


def needed(cloud: Cloud) -> Counter[Needed]:
    """How many checks passed by this one statement alone: taken away, each of them would have been a denial."""
    return Counter({as_needed(row["role"], row["statement"]): row["count"] for row in _audit(cloud)["needed"]})


def await_needed(cloud: Cloud, expected: set[Needed], *, since: Counter[Needed]) -> None:
    """Until each was needed once more than it had been. Logs are written after the answer, so the audit is asked on."""
    deadline = time.monotonic() + 60
    while missing := expected - (needed(cloud) - since).keys():
        assert time.monotonic() < deadline, f"nothing needed {sorted(missing)}"
        time.sleep(0.1)


def _audit(cloud: Cloud) -> dict[str, Any]:
    with urllib.request.urlopen(f"{cloud.endpoint_url}/_local_aws/iam") as page:  # noqa: S310 - our own server
        audit: dict[str, Any] = json.load(page)
    return audit


def _policy(cloud: Cloud, role: str) -> tuple[str, dict[str, Any]]:
    iam = cloud.client("iam")
    (name,) = iam.list_role_policies(RoleName=role)["PolicyNames"]
    return name, iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
