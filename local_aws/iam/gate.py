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
from local_aws.iam.errors import IamError, MissingCredentials, UnmappedAction
from local_aws.iam.refusals import refuse
from local_aws.iam.requests import Environ, Signature, decode, protocol_of, signature
from local_aws.iam.roles import Session
from local_aws.iam.services import BY_SIGNING_NAME, Call
from local_aws.network import ways
from local_aws.network.errors import NoRoute
from local_aws.world import ACCOUNT

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

_undeletable: ContextVar[frozenset[str]] = ContextVar("undeletable", default=frozenset())
"""The object ARNs that the DeleteObjects being answered may not delete: AWS answers it key by key."""


@dataclass(frozen=True)
class Gate:
    """WSGI middleware: roles and anybody are authorised; who signs with another key is the operator and passes."""

    application: Wsgi
    authorizer: Authorizer

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        signed = signature(environ)
        is_preflight = environ["REQUEST_METHOD"] == "OPTIONS"  # browsers never sign it
        if is_preflight if signed is None else not signed.is_temporary:
            return self.application(environ, start_response)
        service = signed.service if signed else _service_unsigned(environ)
        try:
            undeletable = self._authorize(environ, signed) if signed else self._authorize_anybody(environ, service)
        except (IamError, NoRoute) as error:
            protocol = protocol_of(environ, BY_SIGNING_NAME.get(service))
            return refuse(error, service=service, protocol=protocol).respond(environ, start_response)
        token = _undeletable.set(undeletable)
        try:
            return self.application(environ, start_response)
        finally:
            _undeletable.reset(token)

    def _authorize(self, environ: Environ, signed: Signature) -> frozenset[str]:
        """What of a request that passes may still not be deleted. Raises IamError and NoRoute."""
        session = roles.session_of(signed.access_key, signed.token, signed.region)
        try:
            call = decode(environ, signed, session.account)
            way = _way(environ, session, call)
            checks = call.service.checks(call)
        except UnmappedAction as error:
            self.authorizer.audit.denied(session.role_name, error.action, "(no mapping)")
            raise
        ambient = _ambient(environ, call).merged(way)
        if call.operation == "DeleteObjects":
            return self.authorizer.denied_among(session, checks, ambient)
        self.authorizer.require(session, checks, ambient)
        return frozenset()

    def _authorize_anybody(self, environ: Environ, service: str) -> frozenset[str]:
        """S3 alone answers requests without a signature, as far as a bucket's policy lets everybody in."""
        try:
            if service != "s3":
                raise UnmappedAction(service)
            call = decode(environ, Signature("", "", "us-east-1", "s3"), ACCOUNT)
            checks = list(call.service.checks(call))
        except UnmappedAction:
            raise MissingCredentials("Missing Authentication Token") from None
        self.authorizer.require_public(checks, _ambient(environ, call), account=ACCOUNT)
        return frozenset()


def bucket_permission(bucket: FakeBucket, action: str, resource: str) -> PermissionResult:
    """Replaces `FakeBucket.get_permission`, which moto asks about every object request.

    moto's reads an unmet condition as a Deny, so `enforce_ssl` would shut a bucket to everyone. All requests have been
    through the gate; what is left to say here is which keys of a DeleteObjects to keep.
    """
    del bucket, action
    return PermissionResult.DENIED if resource in _undeletable.get() else PermissionResult.PERMITTED


def _service_unsigned(environ: Environ) -> str:
    """Services are told apart by the signature. Without one there is S3, and what speaks as S3 does not."""
    is_call = environ["REQUEST_METHOD"] == "POST" and environ["PATH_INFO"] == "/"
    is_form = environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded")
    return "" if is_call and (is_form or "HTTP_X_AMZ_TARGET" in environ) else "s3"


def _way(environ: Environ, session: Session, call: Call) -> Context:
    """What is known of a call by its way to the service, if the caller's code is in a network. Raises NoRoute.

    Whoever has a presigned URL may be anywhere.
    """
    holder = session.holder
    if holder is None or holder.place is None or "HTTP_AUTHORIZATION" not in environ:
        return Context({})
    way = ways.require(holder.name, holder.place, service=call.model, region=call.region)
    return Context.of(context.of_way(way.vpc, way.endpoint))


def _ambient(environ: Environ, call: Call) -> Context:
    return Context.of(
        context.ambient(
            account=call.account,
            region=call.region,
            source_ip=environ.get("REMOTE_ADDR") or "127.0.0.1",
            user_agent=environ.get("HTTP_USER_AGENT", ""),
        )
    )
