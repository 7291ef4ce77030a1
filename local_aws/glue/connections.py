"""A connection: the place in a network that the runs of a job are given."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models import EC2Backend

from local_aws.glue.errors import InvalidInputException

_PLACE = ("SubnetId", "SecurityGroupIdList", "AvailabilityZone")
"""What a NETWORK connection has to say (Developer Guide, "Connections API": the zone too, which the subnet implies)."""


class Connection:
    """What CreateConnection or UpdateConnection said."""

    def __init__(self, definition: Mapping[str, Any], *, tags: Mapping[str, str]) -> None:
        self.name, self.tags = str(definition["Name"]), dict(tags)
        self.created = datetime.now(UTC)
        self.update(definition)

    def update(self, definition: Mapping[str, Any]) -> None:
        """Take on another definition."""
        self.definition = dict(definition)
        self.updated = datetime.now(UTC)

    def describe(self) -> dict[str, Any]:
        """GetConnection's answer."""
        return {
            **self.definition,
            "CreationTime": self.created,
            "LastUpdatedTime": self.updated,
            "Status": "READY",
        }


def check(definition: Mapping[str, Any], ec2: EC2Backend) -> None:
    """Raises InvalidInputException for a place that is not there, or whose parts do not fit together."""
    place = definition.get("PhysicalConnectionRequirements") or {}
    if missing := [name for name in _PLACE if not place.get(name)]:
        raise InvalidInputException(f"PhysicalConnectionRequirements: {', '.join(missing)} missing")
    try:
        subnet = ec2.get_subnet(place["SubnetId"])
    except EC2ClientError as error:
        raise InvalidInputException(error.message) from error
    if subnet.availability_zone != place["AvailabilityZone"]:
        said = f"The subnet {subnet.id} is in {subnet.availability_zone}, not in {place['AvailabilityZone']}"
        raise InvalidInputException(said)
    for held in place["SecurityGroupIdList"]:
        group = ec2.get_security_group_from_id(held)
        if group is None:
            raise InvalidInputException(f"The security group '{held}' does not exist")
        if group.vpc_id != subnet.vpc_id:
            raise InvalidInputException(
                f"The security group {held} and the subnet {subnet.id} are of different networks"
            )
