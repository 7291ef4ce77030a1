"""One decision out of all policies that bear on a request, for a caller and a resource of the same account.

Source: IAM User Guide, "Policy evaluation logic" and "How AWS enforcement code logic evaluates requests to allow or
deny access"; the reasons' wording: "Troubleshoot access denied error messages".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from local_aws.iam.policy import Outcome, Policy, Request, Verdict, strongest


@dataclass(frozen=True, kw_only=True)
class ResourcePolicy:
    """The policy on the resource asked for."""

    policy: Policy
    name: str = "resource-based policy"
    is_required: bool = False
    """A role's trust policy must itself let the caller in; a bucket's policy need not."""


@dataclass(frozen=True, kw_only=True)
class Policies:
    """Everything that bears on one caller and one resource; None where there is no such policy."""

    identity: tuple[Policy, ...]
    boundary: Policy | None = None
    session: Policy | None = None
    resource: ResourcePolicy | None = None


@dataclass(frozen=True)
class Decision:
    """Allowed by the resource pattern `pattern`, or refused with AWS's words for why."""

    is_allowed: bool
    pattern: str = ""
    reason: str = ""
    needs: str = ""
    """The JSON of the identity-based statement without which the request would have been refused, if there is one."""


def decide(policies: Policies, request: Request) -> Decision:
    """Explicit denials first; then a grant by identity or by resource; then every limit must contain it.

    Raises PolicyError when the answer hangs on something this evaluator cannot read.
    """
    outcomes = dict(_outcomes(policies, request))
    for name, outcome in outcomes.items():
        if outcome.verdict is Verdict.DENIED:
            article = "an" if name.startswith("identity") else "a"
            return Decision(is_allowed=False, reason=f"with an explicit deny in {article} {name}")
    identity = outcomes.pop("identity-based policy")
    granted = _grant(policies.resource, identity, outcomes)
    if isinstance(granted, str):
        return _refused(granted, request, strongest([identity, *outcomes.values()]))
    for name in ("permissions boundary", "session policy"):
        if name in outcomes and outcomes[name].verdict is not Verdict.ALLOWED:
            return _refused(name, request, outcomes[name])
    needs = identity.statement if granted is identity else ""
    return Decision(is_allowed=True, pattern=granted.pattern, needs=needs)


def _outcomes(policies: Policies, request: Request) -> Iterator[tuple[str, Outcome]]:
    yield "identity-based policy", strongest(policy.outcome(request) for policy in policies.identity)
    if policies.boundary:
        yield "permissions boundary", policies.boundary.outcome(request)
    if policies.session:
        yield "session policy", policies.session.outcome(request)
    if policies.resource:
        yield policies.resource.name, policies.resource.policy.outcome(request)


def _grant(resource: ResourcePolicy | None, identity: Outcome, outcomes: dict[str, Outcome]) -> Outcome | str:
    """What grants the request, or the name of the kind of policy that is missing."""
    of_resource = outcomes[resource.name] if resource else Outcome()
    if of_resource.verdict is Verdict.ALLOWED:
        return of_resource
    if resource and resource.is_required and of_resource.verdict is Verdict.SILENT:
        return resource.name
    return identity if identity.verdict is Verdict.ALLOWED else "identity-based policy"


def _refused(name: str, request: Request, outcome: Outcome) -> Decision:
    if outcome.doubt:
        raise outcome.doubt
    return Decision(is_allowed=False, reason=f"because no {name} allows the {request.action} action")
