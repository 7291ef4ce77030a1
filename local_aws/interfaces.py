"""Network interfaces of what runs in a VPC: services make them as the role of what runs. None is made here."""

from __future__ import annotations

from collections.abc import Iterable

from local_aws import iam


def check_role(role_arn: str, actions: Iterable[str], *, region: str, session: str = "local") -> None:
    """Raise AccessDenied for the first of EC2's actions that the role may not take on `*`: no interface is there yet.

    `session` is the name that the error's assumed-role ARN ends with.
    """
    for action in actions:
        iam.authorize(role_arn, f"ec2:{action}", "*", {"aws:RequestedRegion": region}, session=session)
