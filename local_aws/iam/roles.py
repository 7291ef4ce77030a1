"""Roles, their policies and their sessions, read from moto's IAM and STS stores."""

from __future__ import annotations

import hmac
import json
import re
from dataclasses import dataclass
from typing import Any

from moto.core.utils import utcnow
from moto.iam.models import get_account_id_from, iam_backends
from moto.sts.models import sts_backends
from moto.utilities.utils import get_partition

from local_aws.credentials import Holder, holder_of
from local_aws.iam import context, session_tags
from local_aws.iam.context import Context
from local_aws.iam.errors import ExpiredCredentials, InvalidRoleArn, UnknownCredentials
from local_aws.iam.evaluation import Policies, ResourcePolicy
from local_aws.iam.policy import Policy, parse
from local_aws.iam.principals import Caller

_ROLE_ARN = re.compile(r"arn:(?P<partition>[^:]+):iam::(?P<account>\d{12}):role/.+")


@dataclass(frozen=True)
class Session:
    """A role in use: AWS calls this an assumed-role session."""

    role_arn: str
    name: str
    policy: str = ""
    """The session policy's JSON, empty when the session was started without one."""
    tags: tuple[tuple[str, str], ...] = ()
    """(key, value) of the session tags."""
    holder: Holder | None = None
    """The code that has the session's credentials; None for a service, and for whoever asked STS for them."""

    @property
    def account(self) -> str:
        """Twelve digits."""
        return self.role_arn.split(":")[4]

    @property
    def role_name(self) -> str:
        """The role's name without its path."""
        return self.role_arn.rpartition("/")[2]

    @property
    def arn(self) -> str:
        """How AWS names the session in its errors."""
        partition = self.role_arn.split(":")[1]
        return f"arn:{partition}:sts::{self.account}:assumed-role/{self.role_name}/{self.name}"

    @property
    def caller(self) -> Caller:
        """The session as a principal."""
        return Caller(account=self.account, role_arn=self.role_arn, session_arn=self.arn)

    def context(self) -> Context:
        """The context keys that describe the session. Its own tags go before the role's of the same key."""
        role = find(self.role_arn)
        return Context.of(
            context.of_role(
                self.role_arn,
                account=self.account,
                user_id=f"{role.id}:{self.name}" if role else self.name,
                tags=[*(role.tags if role else ()), *({"Key": key, "Value": value} for key, value in self.tags)],
                function_arn=self.holder.function_arn if self.holder else None,
            )
        )


def session_of(access_key: str, token: str, region: str) -> Session:
    """The session that STS gave this access key to.

    Raises UnknownCredentials for a key STS never issued or another session's token, ExpiredCredentials, and
    InvalidRoleArn: moto's STS issues sessions of anything.
    """
    sts = sts_backends[get_account_id_from(access_key)][get_partition(region)]
    assumed = sts.get_assumed_role_from_access_key(access_key)
    if assumed is None or not hmac.compare_digest(assumed.session_token, token):
        raise UnknownCredentials("The security token included in the request is invalid.")
    if assumed.expiration < utcnow():
        raise ExpiredCredentials("The security token included in the request is expired")
    _backend(assumed.role_arn)
    tags, holder = session_tags.of(assumed), holder_of(assumed)
    return Session(assumed.role_arn, assumed.session_name, assumed.policy or "", tags, holder)


def find(role_arn: str) -> Any | None:
    """moto's role of exactly this ARN, path included; None when there is none. Raises InvalidRoleArn."""
    roles = list(_backend(role_arn).roles.values())
    return next((role for role in roles if role.arn == role_arn), None)


def find_named(account: str, region: str, name: str) -> Any | None:
    """moto's role of this name, whatever its path; None when there is none."""
    roles = list(iam_backends[account][get_partition(region)].roles.values())
    return next((role for role in roles if role.name == name), None)


def policies(session: Session, resource: ResourcePolicy | None = None) -> Policies:
    """All that bears on the session. A role that is gone has no policies, so nothing is allowed.

    Raises MalformedPolicy.
    """
    role = find(session.role_arn)
    session_policy = parse(session.policy) if session.policy else None
    if role is None:
        return Policies(identity=(), session=session_policy)
    inline = [_parse(document) for document in list(role.policies.values())]
    managed = [_default_version(policy) for policy in list(role.managed_policies.values())]
    return Policies(
        identity=(*inline, *managed),
        boundary=_boundary(role),
        session=session_policy,
        resource=resource,
    )


def trust_policy(role: Any) -> ResourcePolicy:
    """Who may assume the role. Raises MalformedPolicy."""
    return ResourcePolicy(policy=_parse(role.assume_role_policy_document), name="role trust policy", is_required=True)


def _backend(role_arn: str) -> Any:
    """The store that a role of this ARN would be in. Raises InvalidRoleArn."""
    parts = _ROLE_ARN.fullmatch(role_arn)
    if parts is None or parts["partition"] not in iam_backends[parts["account"]]:
        raise InvalidRoleArn(role_arn)
    return iam_backends[parts["account"]][parts["partition"]]


def _boundary(role: Any) -> Policy | None:
    if not role.permissions_boundary_arn:
        return None
    return _default_version(iam_backends[role.account_id][role.partition].get_policy(role.permissions_boundary_arn))


def _default_version(policy: Any) -> Policy:
    return _parse(next(version.document for version in policy.versions if version.is_default))


def _parse(document: str | dict[str, Any]) -> Policy:
    # moto keeps the Policies of a CloudFormation role as it finds them, as a mapping.
    return parse(document if isinstance(document, str) else json.dumps(document, default=str))
