"""IAM: every request that is signed with a role's temporary credentials is authorised against the role's policies.

Services that act for a role or take one ask here: `authorize`, `is_allowed`, `assert_trusts`. CloudFormation tells
where its stacks are: `find_stacks_with`.
"""

from __future__ import annotations

from collections.abc import Mapping

from moto.s3.models import FakeBucket

from local_aws.iam import context as keys
from local_aws.iam import session_tags
from local_aws.iam.authorizer import Authorizer, resource_region
from local_aws.iam.callers import Identity, identify
from local_aws.iam.context import Context
from local_aws.iam.errors import AccessDenied, IamError, RoleNotAssumable
from local_aws.iam.gate import Gate, Wsgi, bucket_permission
from local_aws.iam.roles import Session
from local_aws.iam.services import Check
from local_aws.iam.stacks import find_stacks_with
from local_aws.iam.trust import assert_trusts
from local_aws.network import ways
from local_aws.world import World

__all__ = [
    "AccessDenied",
    "IamError",
    "Identity",
    "RoleNotAssumable",
    "assert_trusts",
    "authorize",
    "authorize_caller",
    "authorize_service",
    "find_stacks_with",
    "identify",
    "install",
    "is_allowed",
]

_AUTHORIZER = Authorizer()


def install(world: World) -> None:
    """Put the gate before moto, have STS keep session tags, and take S3's own reading of bucket policies out."""

    def gate(application: Wsgi) -> Wsgi:
        return Gate(application, _AUTHORIZER)

    world.middlewares.append(gate)
    world.pages["/_local_aws/iam"] = _AUTHORIZER.audit.page
    world.pages["/_local_aws/network"] = ways.RECORD.page
    session_tags.keep()
    setattr(FakeBucket, "get_permission", bucket_permission)  # noqa: B010 - replaces a method, which mypy refuses


def authorize(
    role_arn: str, action: str, resource: str, context: Mapping[str, str] | None = None, *, session: str = "local"
) -> None:
    """Raise AccessDenied, in AWS's words, unless the role may take the action on the resource.

    For what a service does as a role without a request of its own, and for what AWS checks when a role is handed over.
    `context` holds condition keys and values; `session` is the name that the error's assumed-role ARN ends with.
    """
    caller = Session(role_arn, session)
    ambient = _AUTHORIZER.ambient(caller, region=resource_region(resource))
    _AUTHORIZER.require(caller, [Check(action, resource, Context.of(context or {}))], ambient)


def is_allowed(role_arn: str, action: str, resource: str, context: Mapping[str, str] | None = None) -> bool:
    """Whether `authorize` would pass; a denial goes to the audit's `unenforced`.

    For what AWS drops silently when it is denied, as Step Functions does with its traces.
    """
    return _AUTHORIZER.is_allowed(role_arn, action, resource, context or {})


def authorize_caller(caller: Identity, action: str, resource: str, *, source_ip: str, user_agent: str) -> None:
    """Raise AccessDenied unless a verified caller may take the action on the resource; the operator always may."""
    if caller.session is None:
        return
    region = resource_region(resource)
    given = keys.ambient(account=caller.account, region=region, source_ip=source_ip, user_agent=user_agent)
    _AUTHORIZER.require(caller.session, [Check(action, resource)], Context.of(given))


def authorize_service(
    service: str, action: str, resource: str, *, policy: str | None, context: Mapping[str, str]
) -> None:
    """Raise AccessDenied unless the resource's own policy lets an AWS service take the action.

    `policy` is the document's JSON, None where the resource has none; `context` holds condition keys and values.
    """
    account, region = resource.split(":")[4], resource_region(resource)
    given = keys.ambient(account=account, region=region) | {
        "aws:PrincipalIsAWSService": "true",
        "aws:PrincipalServiceName": service,
    }
    check = Check(action, resource, Context.of(context))
    _AUTHORIZER.require_service(service, check, policy, Context.of(given))
