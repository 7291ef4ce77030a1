"""What cdk-nag finds and is answered, each with a reason: wildcards, and a few more."""

from __future__ import annotations

import re

import pytest

from tests.infra.statements import listed, statements
from tests.infra.synthesis import STACKS, Assembly


@pytest.mark.parametrize("stack", STACKS)
def test_every_wildcard_is_acknowledged_with_a_reason(dev: Assembly, stack: str) -> None:
    """One acknowledgement for each: none is missing, none is left over from a permission that is gone."""
    wildcards = {
        (role, _as_finding(resource))
        for role, statement in statements(dev.template(stack))
        for resource in listed(statement["Resource"])
        if "*" in resource
    }
    reasons = {
        (path.removeprefix(f"/{stack}/").replace("/", ""), found.group(1)): reason
        for path, findings in dev.acknowledged(stack).items()
        for finding, reason in findings.items()
        if (found := re.search(r"IAM5\[Resource::(.*)\]$", finding))
    }
    assert wildcards == reasons.keys()
    assert all(len(reason.split()) >= 4 for reason in reasons.values())


def test_beside_wildcards_few_findings_are_acknowledged(dev: Assembly) -> None:
    """The Spark job's: CloudWatch encrypts its logs anyhow, and it keeps no bookmarks. The turn's: no backup of it."""
    others = {
        (path, _rule(finding)): reason
        for stack in STACKS
        for path, findings in dev.acknowledged(stack).items()
        for finding, reason in findings.items()
        if "AwsSolutions-IAM5[Resource::" not in finding
    }
    job, turn = "/Pipeline/Spark/Job", ("/Pipeline/Recommender/Turn/Table", "AwsSolutions-DDB3")
    assert "wrong" in others.pop(turn)
    assert others.keys() == {(job, "AwsSolutions-GL1"), (job, "AwsSolutions-GL3")}
    assert all("encrypted" in reason and "bookmarks" in reason for reason in others.values())


def _rule(finding: str) -> str:
    """The rule's own name, without the pack's."""
    return finding.rpartition("::")[2]


def _as_finding(resource: str) -> str:
    """The resource in cdk-nag's spelling."""
    return re.sub(r"\$\{import ([^}]+)}", r"\1", re.sub(r"\$\{([\w:.]+)}", r"<\1>", resource))
