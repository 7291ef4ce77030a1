"""Who signed a request, once the signature is verified."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from moto.iam.models import get_account_id_from, iam_backends
from moto.sts.models import sts_backends
from moto.utilities.utils import get_partition

from local_aws.credentials import ACCOUNT, OPERATOR_SECRET
from local_aws.iam import roles
from local_aws.iam.roles import Session
from local_aws.iam.signing import Signable, signature_of

_TEMPORARY = "ASIA"


@dataclass(frozen=True, kw_only=True)
class Identity:
    """A verified caller. session: the role's session; None is the account's operator, who may do everything."""

    access_key: str
    account: str
    user_id: str
    arn: str
    session: Session | None = None


def identify(request: Signable, *, service: str, region: str) -> Identity:
    """Who signed the request for this service and region.

    Raises CredentialsRefused (MissingCredentials, UnknownCredentials, ExpiredCredentials, SignatureRefused) and
    InvalidRoleArn.
    """
    signed = signature_of(request)
    if not signed.access_key.startswith(_TEMPORARY):
        signed.verify(request, secret=_lasting_secret(signed.access_key, region), service=service, region=region)
        partition = get_partition(region)
        arn = f"arn:{partition}:iam::{ACCOUNT}:root"
        return Identity(access_key=signed.access_key, account=ACCOUNT, user_id=ACCOUNT, arn=arn)
    session = roles.session_of(signed.access_key, signed.token, region)
    assumed = _sessions(signed.access_key, region).get_assumed_role_from_access_key(signed.access_key)
    signed.verify(request, secret=assumed.secret_access_key, service=service, region=region)
    return Identity(
        access_key=signed.access_key,
        account=session.account,
        user_id=assumed.user_id,
        arn=session.arn,
        session=session,
    )


def _sessions(access_key: str, region: str) -> Any:
    return sts_backends[get_account_id_from(access_key)][get_partition(region)]


def _lasting_secret(access_key: str, region: str) -> str:
    """The secret of an IAM user's key; every other key is the operator's."""
    keys = iam_backends[ACCOUNT][get_partition(region)].access_keys
    return keys[access_key].secret_access_key if access_key in keys else OPERATOR_SECRET
