"""Sessions of roles for the services that act as one: issued by the local STS, refused by IAM once they expire."""

from __future__ import annotations

from datetime import UTC

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.sts.models import sts_backends
from moto.utilities.utils import get_partition

ACCOUNT = DEFAULT_ACCOUNT_ID

OPERATOR_SECRET = "local"  # noqa: S105 - of a loopback port that no other machine reaches
"""What the account's operator signs with, under any key that was not issued here, where signatures are computed."""

DURATION_S = 12 * 3600
"""The longest a role's session may last (STS API reference, AssumeRole: DurationSeconds)."""


def issue(role_arn: str, session: str, *, region: str) -> dict[str, str]:
    """A new session of the role, as a service in this region would get it.

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
    return {
        "access_key": assumed.access_key_id,
        "secret_key": assumed.secret_access_key,
        "token": assumed.session_token,
        "expiry_time": assumed.expiration.replace(tzinfo=UTC).isoformat(),
    }
