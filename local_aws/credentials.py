"""Sessions of roles for the services that act as one: issued by the local STS, refused by IAM once they expire."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.sts.models import AssumedRole, sts_backends
from moto.utilities.utils import get_partition

from local_aws.network.places import Place

ACCOUNT = DEFAULT_ACCOUNT_ID

OPERATOR_SECRET = "local"  # noqa: S105 - of a loopback port that no other machine reaches
"""What the account's operator signs with, under any key that was not issued here, where signatures are computed."""

DURATION_S = 12 * 3600
"""The longest a role's session may last (STS API reference, AssumeRole: DurationSeconds)."""

_HOLDER = "local_aws_holder"


@dataclass(frozen=True, kw_only=True)
class Holder:
    """The code that a session's credentials were given to: `name` as in "function f", and where it runs."""

    name: str
    function_arn: str | None = None
    """Without a qualifier; None for what is no function."""
    place: Place | None = None
    """None outside of every VPC of the account."""


def issue(role_arn: str, session: str, *, region: str, holder: Holder | None = None) -> dict[str, str]:
    """A new session of the role, as a service in this region would get it. holder: None for the service itself.

    Returns access_key, secret_key, token and expiry_time (ISO 8601), as botocore names them.
    """
    assumed = sts_backends[ACCOUNT][get_partition(region)].assume_role(
        region_name=region,
        role_session_name=session,
        role_arn=role_arn,
        policy="",
        duration=DURATION_S,
        external_id="",
    )
    setattr(assumed, _HOLDER, holder)
    return {
        "access_key": assumed.access_key_id,
        "secret_key": assumed.secret_access_key,
        "token": assumed.session_token,
        "expiry_time": assumed.expiration.replace(tzinfo=UTC).isoformat(),
    }


def holder_of(assumed: AssumedRole) -> Holder | None:
    """Who was given the session's credentials; None for services, and for sessions that STS was asked for."""
    holder: Holder | None = getattr(assumed, _HOLDER, None)
    return holder
