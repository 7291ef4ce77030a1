"""The one place that requests of roles pass: in front of moto, so that no service can be reached around it.

moto's own enforcement (moto.core.authorization) stays off: it asks every service but S3 about the resource "*", and
takes a condition that does not hold for a Deny.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from moto.iam.access_control import PermissionResult
from moto.s3.models import FakeBucket

from local_aws.iam import context, roles
from local_aws.iam.authorizer import Authorizer
from local_aws.iam.context import Context
from local_aws.iam.errors import IamError, PolicyError, UnmappedAction
from local_aws.iam.policy import Request, Verdict, parse
from local_aws.iam.principals import Caller
from local_aws.iam.refusals import refuse
from local_aws.iam.requests import Environ, Signature, decode, protocol_of, signature
from local_aws.iam.roles import Session
from local_aws.iam.services import BY_SIGNING_NAME, Call

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

_undeletable: ContextVar[frozenset[str]] = ContextVar("undeletable", default=frozenset())
"""The object ARNs that the DeleteObjects being answered may not delete: AWS answers it key by key."""


@dataclass(frozen=True)
class Gate:
    """WSGI middleware: temporary credentials are authorised, everything else is the account's operator and passes."""

    application: Wsgi
    authorizer: Authorizer

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        signed = signature(environ)
        if signed is None or not signed.is_temporary:
            return self.application(environ, start_response)
        try:
            undeletable = self._authorize(environ, signed)
        except IamError as error:
            protocol = protocol_of(environ, BY_SIGNING_NAME.get(signed.service))
            refusal = refuse(error, service=signed.service, protocol=protocol)
            return refusal.respond(environ, start_response)
        token = _undeletable.set(undeletable)
        try:
            return self.application(environ, start_response)
        finally:
            _undeletable.reset(token)

    def _authorize(self, environ: Environ, signed: Signature) -> frozenset[str]:
        """What of a request that passes may still not be deleted. Raises IamError."""
        session = roles.session_of(signed.access_key, signed.token, signed.region)
        try:
            call = decode(environ, signed, session.account)
            checks = call.service.checks(call)
        except UnmappedAction as error:
            self.authorizer.audit.denied(session.role_name, error.action, "(no mapping)")
            raise
        ambient = _ambient(environ, session, call)
        if call.operation == "DeleteObjects":
            return self.authorizer.denied_among(session, checks, ambient)
        self.authorizer.require(session, checks, ambient)
        return frozenset()


def bucket_permission(bucket: FakeBucket, action: str, resource: str) -> PermissionResult:
    """Replaces `FakeBucket.get_permission`, which moto asks about every object request.

    moto's reads an unmet condition as a Deny, so `enforce_ssl` would shut a bucket to everyone. Signed requests have
    been through the gate; what is left to say here is which keys of a DeleteObjects to keep, and whether the policy
    makes an object public.
    """
    if resource in _undeletable.get():
        return PermissionResult.DENIED
    if bucket.policy is None:
        return PermissionResult.NEUTRAL
    ambient = Context.of(context.ambient(account=bucket.account_id, region=bucket.region_name))
    try:
        outcome = parse(bucket.policy.decode()).outcome(Request(action, resource, ambient, Caller()))
    except PolicyError:
        return PermissionResult.NEUTRAL
    return PermissionResult.PERMITTED if outcome.verdict is Verdict.ALLOWED else PermissionResult.NEUTRAL


def _ambient(environ: Environ, session: Session, call: Call) -> Context:
    return Context.of(
        context.ambient(
            account=session.account,
            region=call.region,
            source_ip=environ.get("REMOTE_ADDR") or "127.0.0.1",
            user_agent=environ.get("HTTP_USER_AGENT", ""),
        )
    )
