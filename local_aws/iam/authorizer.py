"""Puts every check of a call to the caller's policies, and writes down the answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from moto.s3.models import s3_backends

from local_aws.iam import context, roles
from local_aws.iam.audit import Audit
from local_aws.iam.context import Context
from local_aws.iam.errors import AccessDenied, PolicyError
from local_aws.iam.evaluation import Decision, Policies, ResourcePolicy, decide
from local_aws.iam.policy import Policy, Request, parse
from local_aws.iam.principals import Caller
from local_aws.iam.roles import Session
from local_aws.iam.services import Check

ANYBODY = "anonymous"
"""Who does not sign, in errors and in the audit."""
_NO_POLICY = ResourcePolicy(policy=Policy(()))
_TRUST_ACTIONS = ("sts:AssumeRole", "sts:TagSession")


@dataclass(frozen=True)
class Authorizer:
    """One per process."""

    audit: Audit = field(default_factory=Audit)

    def require(self, session: Session, checks: Iterable[Check], ambient: Context) -> None:
        """Raises AccessDenied for the first check that fails."""
        ambient = ambient.merged(session.context())
        for check in checks:
            decision = self._decide(session, check, ambient)
            if not decision.is_allowed:
                self.audit.denied(session.role_name, check.action, check.resource)
                raise AccessDenied(
                    user=session.arn, action=check.action, resource=check.resource, reason=decision.reason
                )
            self.audit.allowed(session.role_name, check.action, decision.pattern, needs=decision.needs)

    def denied_among(self, session: Session, checks: Iterable[Check], ambient: Context) -> frozenset[str]:
        """The resources of the checks that fail, for calls that AWS answers item by item."""
        denied = set()
        for check in checks:
            try:
                self.require(session, [check], ambient)
            except AccessDenied:
                denied.add(check.resource)
        return frozenset(denied)

    def require_public(self, checks: Iterable[Check], ambient: Context, *, account: str) -> None:
        """Raises AccessDenied for the first check that the resource's policy does not let everybody pass."""
        for check in checks:
            request = Request(check.action, check.resource, ambient.merged(check.context), Caller())
            try:
                resource = replace(_resource_policy(check, account) or _NO_POLICY, is_required=True)
                decision = decide(Policies(identity=(), resource=resource), request)
            except PolicyError as error:
                decision = _undecided(error)
            if not decision.is_allowed:
                self.audit.denied(ANYBODY, check.action, check.resource)
                raise AccessDenied(user=ANYBODY, action=check.action, resource=check.resource, reason=decision.reason)
            self.audit.allowed(ANYBODY, check.action, decision.pattern)

    def require_service(self, service: str, check: Check, document: str | None, ambient: Context) -> None:
        """Raises AccessDenied unless the resource's own policy lets an AWS service take the action."""
        request = Request(
            check.action, check.resource, ambient.merged(check.context), Caller(services=frozenset({service}))
        )
        try:
            resource = ResourcePolicy(policy=parse(document) if document else Policy(()), is_required=True)
            decision = decide(Policies(identity=(), resource=resource), request)
        except PolicyError as error:
            decision = _undecided(error)
        if not decision.is_allowed:
            self.audit.denied(service, check.action, check.resource)
            raise AccessDenied(user=service, action=check.action, resource=check.resource, reason=decision.reason)
        self.audit.allowed(service, check.action, decision.pattern)

    def is_allowed(self, role_arn: str, action: str, resource: str, extra: Mapping[str, str]) -> bool:
        """Ask without enforcing; a denial is kept apart in the audit."""
        session = Session(role_arn, "local")
        ambient = self.ambient(session, region=resource_region(resource)).merged(session.context())
        decision = self._decide(session, Check(action, resource, Context.of(extra)), ambient)
        if decision.is_allowed:
            self.audit.allowed(session.role_name, action, decision.pattern)
        else:
            self.audit.denied(session.role_name, action, resource, is_enforced=False)
        return decision.is_allowed

    @staticmethod
    def ambient(session: Session, *, region: str) -> Context:
        """The context of a call that no HTTP request carries."""
        return Context.of(context.ambient(account=session.account, region=region))

    def _decide(self, session: Session, check: Check, ambient: Context) -> Decision:
        request = Request(check.action, check.resource, ambient.merged(check.context), session.caller)
        try:
            return decide(roles.policies(session, _resource_policy(check, session.account)), request)
        except PolicyError as error:
            return _undecided(error)


def _undecided(error: PolicyError) -> Decision:
    """What cannot be evaluated faithfully is refused, by name, rather than let through."""
    return Decision(is_allowed=False, reason=f"because the local IAM cannot tell ({type(error).__name__}: {error})")


def resource_region(resource: str) -> str:
    """The region in an ARN; us-east-1 where there is none."""
    parts = resource.split(":")
    return parts[3] if len(parts) > 3 and parts[3] else "us-east-1"


def _resource_policy(check: Check, account: str) -> ResourcePolicy | None:
    """The bucket's policy or the role's trust policy. Other resources' policies are not evaluated (docs/fidelity)."""
    if check.action in _TRUST_ACTIONS:
        role = roles.find(check.resource) if check.resource != "*" else None
        return roles.trust_policy(role) if role else None
    if not check.action.startswith("s3:") or not check.resource.startswith("arn:"):
        return None
    partition, name = check.resource.split(":")[1], check.resource.split(":")[5].partition("/")[0]
    bucket = s3_backends[account][partition].buckets.get(name)
    document = getattr(bucket, "policy", None)
    return ResourcePolicy(policy=parse(document.decode())) if document else None
