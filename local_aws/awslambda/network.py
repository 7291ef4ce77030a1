"""Functions in a VPC: VpcConfig as Lambda checks and answers it.

Messages: those that Lambda gives. It asks for these three actions and on no resource: where a policy allows them on
some resources or conditions only, the role "does not have permissions to call DeleteNetworkInterface on EC2".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.awslambda.exceptions import ValidationException

from local_aws import iam
from local_aws.awslambda.errors import InvalidParameterValueException
from local_aws.iam.errors import AccessDenied
from local_aws.network import places
from local_aws.network.errors import SeveralVpcs, UnknownGroup, UnknownSubnet
from local_aws.network.places import Place

NOWHERE: Mapping[str, Any] = {"SubnetIds": [], "SecurityGroupIds": []}
"""The VpcConfig that takes a function out of its VPC."""

_ASKED = ("CreateNetworkInterface", "DescribeNetworkInterfaces", "DeleteNetworkInterface")
_MOST = {"SubnetIds": 16, "SecurityGroupIds": 5}


def place(account: str, region: str, config: Mapping[str, Any]) -> Place | None:
    """Where a VpcConfig puts a function; None for NOWHERE. Raises InvalidParameterValueException."""
    subnets, groups = (list(config.get(name) or ()) for name in _MOST)
    _check(config, subnets, groups)
    if not subnets:
        return None
    try:
        return places.find(account, region, subnets=subnets, groups=groups)
    except UnknownSubnet as error:
        raise _not_found("DescribeSubnets", "InvalidSubnetID.NotFound", error) from error
    except UnknownGroup as error:
        raise _not_found("DescribeSecurityGroups", "InvalidGroup.NotFound", error) from error
    except SeveralVpcs as error:
        raise InvalidParameterValueException(str(error)) from error


def described(where: Place | None) -> dict[str, Any]:
    """VpcConfigResponse of the API."""
    return {
        "SubnetIds": list(where.subnets) if where else [],
        "SecurityGroupIds": list(where.groups) if where else [],
        "VpcId": where.vpc if where else "",
        "Ipv6AllowedForDualStack": False,
    }


def check_role(role_arn: str, *, region: str) -> None:
    """Raise InvalidParameterValueException unless Lambda could make, see and remove interfaces as the role."""
    try:
        for action in _ASKED:
            iam.authorize(role_arn, f"ec2:{action}", "*", {"aws:RequestedRegion": region})
    except AccessDenied as error:
        denied = error.action.removeprefix("ec2:")
        message = f"The provided execution role does not have permissions to call {denied} on EC2"
        raise InvalidParameterValueException(message) from error


def _check(config: Mapping[str, Any], subnets: list[str], groups: list[str]) -> None:
    for (name, most), given in zip(_MOST.items(), (subnets, groups), strict=True):
        if len(given) > most:
            limit = f"Member must have length less than or equal to {most}"
            raise ValidationException(str(given), f"vpcConfig.{name[0].lower()}{name[1:]}", limit)
    if bool(subnets) != bool(groups):
        raise InvalidParameterValueException("SubnetIds and SecurityIds must coexist or be both empty list.")
    if config.get("Ipv6AllowedForDualStack"):
        raise InvalidParameterValueException("Ipv6AllowedForDualStack: the local AWS has no IPv6")


def _not_found(action: str, code: str, error: Exception) -> InvalidParameterValueException:
    told = f"Error occurred while {action}. EC2 Error Code: {code}. EC2 Error Message: {error}"
    return InvalidParameterValueException(told)
