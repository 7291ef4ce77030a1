"""Trainings and models in a VPC.

Source: SageMaker Developer Guide, "How to use SageMaker AI execution roles" (CreateTrainingJob and CreateModel in a
private VPC) and "Give SageMaker AI Training Jobs Access to Resources in Your Amazon VPC": channels and artifacts take
the way that the VPC has to S3. What is said where there is none: known of training jobs, the rest is this project's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from local_aws import interfaces
from local_aws.network import places, ways
from local_aws.network.errors import NetworkError
from local_aws.network.places import Place
from local_aws.sagemaker.errors import ValidationException

NO_WAY = (
    "Please ensure that the subnet's route table has a route to an S3 VPC endpoint or a NAT device, and both the "
    "security groups and the subnet's network ACL allow outbound traffic to S3"
)
_ASKED = (
    *("CreateNetworkInterface", "CreateNetworkInterfacePermission"),
    *("DeleteNetworkInterface", "DeleteNetworkInterfacePermission"),
    *("DescribeNetworkInterfaces", "DescribeVpcs", "DescribeDhcpOptions", "DescribeSubnets", "DescribeSecurityGroups"),
)


def check(account: str, region: str, request: Mapping[str, Any]) -> Place | None:
    """Where the request's VpcConfig puts what it makes; None without one. Raises ValidationException."""
    try:
        return _place(account, region, request)
    except NetworkError as error:
        raise ValidationException(f"Invalid VpcConfig: {error}") from error


def join(account: str, region: str, request: Mapping[str, Any], *, role_arn: str) -> Place | None:
    """The same when it starts, as its role. Raises NetworkError, and AccessDenied unless the role may join."""
    place = _place(account, region, request)
    if place is not None:
        for action in _ASKED:
            interfaces.check(role_arn, action, place, session="SageMaker")
    return place


def reach_s3(caller: str, place: Place | None) -> None:
    """Raise NoRoute when there is a network and no way from it to S3."""
    if place is not None:
        ways.require(caller, place, service="s3", region=place.region)


def _place(account: str, region: str, request: Mapping[str, Any]) -> Place | None:
    config = request.get("VpcConfig")
    return (
        places.find(account, region, subnets=config["Subnets"], groups=config["SecurityGroupIds"]) if config else None
    )
