"""Network interfaces of what runs in a VPC: services make them as the role of what runs. None is made here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from moto.utilities.utils import get_partition

from local_aws import iam
from local_aws.network.places import Place

_OF_INTERFACES = frozenset(
    {
        *("CreateNetworkInterface", "CreateNetworkInterfacePermission", "DeleteNetworkInterface"),
        *("CreateTags", "DeleteTags"),
    }
)


def check(role_arn: str, action: str, place: Place, *, session: str, context: Mapping[str, str] | None = None) -> None:
    """Raise AccessDenied unless the role may take the action of EC2 on all that an interface in the place takes.

    `context` holds condition keys and values; `session` is the name that the error's assumed-role ARN ends with.
    """
    known = {"aws:RequestedRegion": place.region, **(context or {})}
    for resource in _resources(action, place):
        iam.authorize(role_arn, f"ec2:{action}", resource, known, session=session)


def _resources(action: str, place: Place) -> Iterator[str]:
    """Service Authorization Reference, "Actions, resources, and condition keys for Amazon EC2": of these actions."""
    arn = f"arn:{get_partition(place.region)}:ec2:{place.region}:{place.account}:"
    if action == "DescribeVpcAttribute":
        yield f"{arn}vpc/{place.vpc}"
    elif action not in _OF_INTERFACES:
        yield "*"
    else:
        yield f"{arn}network-interface/*"
    if action == "CreateNetworkInterface":
        yield from (f"{arn}subnet/{subnet}" for subnet in place.subnets)
        yield from (f"{arn}security-group/{group}" for group in place.groups)
