"""Where in EC2's networks something runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from moto.ec2.models import EC2Backend, ec2_backends

from local_aws.network.errors import SeveralVpcsOfGroups, SeveralVpcsOfSubnets, UnknownGroup, UnknownSubnet


@dataclass(frozen=True, kw_only=True)
class Place:
    """Subnets and security groups, all of one VPC."""

    account: str
    region: str
    vpc: str
    subnets: tuple[str, ...]
    groups: tuple[str, ...]

    @property
    def ec2(self) -> EC2Backend:
        """moto's store of the networks."""
        return ec2_backends[self.account][self.region]


def find(account: str, region: str, *, subnets: Sequence[str], groups: Sequence[str]) -> Place:
    """The place of these ids, at least one of each. Raises UnknownSubnet, UnknownGroup and SeveralVpcs."""
    ec2 = ec2_backends[account][region]
    known = {subnet.id: subnet.vpc_id for subnet in ec2.describe_subnets()}
    for id_ in subnets:
        if id_ not in known:
            raise UnknownSubnet(id_)
    found = {id_: ec2.get_security_group_from_id(id_) for id_ in groups}
    for id_, group in found.items():
        if group is None:
            raise UnknownGroup(id_)
    vpcs = {known[id_] for id_ in subnets}
    if len(vpcs) > 1:
        raise SeveralVpcsOfSubnets
    if {group.vpc_id for group in found.values() if group} - vpcs:
        raise SeveralVpcsOfGroups
    (vpc,) = vpcs
    return Place(account=account, region=region, vpc=vpc, subnets=tuple(subnets), groups=tuple(groups))
