"""Security groups on the way from a function to an endpoint."""

from __future__ import annotations

from tests.local_aws.conftest import REGION
from tests.local_aws.network.calling import Function
from tests.local_aws.networks import HTTPS, Network


def test_the_groups_let_a_call_out_and_in(inside: Function, network: Network) -> None:
    """A rule by addresses has to have all of the subnets: the function may be in any."""
    ec2, other = network.ec2, network.new_group()
    endpoint = network.interface("logs", SecurityGroupIds=[other])

    def refused() -> str | None:
        said = inside.call("logs", "describe_log_groups")
        return said["Message"].partition("does not serve it: ")[2] if said["Code"] == "NoRouteFromVpc" else None

    shut = f"no HTTPS from there is let in by {other} of {endpoint}"
    own, second = {"UserIdGroupPairs": [{"GroupId": network.group}]}, {"IpRanges": [{"CidrIp": "10.0.1.0/24"}]}
    for permission, expected in (
        ({**HTTPS, **own}, None),
        ({**HTTPS, "FromPort": 80, "ToPort": 80, **own}, shut),
        ({**HTTPS, "IpProtocol": "udp", **own}, shut),
        ({"IpProtocol": "-1", **own}, None),
        ({**HTTPS, **second}, shut),
        ({**HTTPS, "IpRanges": [{"CidrIp": "10.0.0.0/16"}]}, None),
        ({**HTTPS, "UserIdGroupPairs": [{"GroupId": other}]}, shut),
    ):
        ec2.authorize_security_group_ingress(GroupId=other, IpPermissions=[permission])
        assert refused() == expected, permission
        ec2.revoke_security_group_ingress(GroupId=other, IpPermissions=[permission])
    ec2.authorize_security_group_ingress(GroupId=other, IpPermissions=[{**HTTPS, **own}])
    network.let_nothing_out()
    shut = f"no HTTPS to {endpoint} is let out by {network.group}"
    assert refused() == shut
    ec2.authorize_security_group_egress(GroupId=network.group, IpPermissions=[{**HTTPS, **second}])
    assert refused() == shut
    there = {"UserIdGroupPairs": [{"GroupId": other}]}
    ec2.authorize_security_group_egress(GroupId=network.group, IpPermissions=[{**HTTPS, **there}])
    assert refused() is None


def test_the_groups_let_a_call_out_to_a_gateway(inside: Function, network: Network) -> None:
    ec2, endpoint = network.ec2, network.gateway("s3")
    network.let_nothing_out()
    said = inside.call("s3", "list_buckets")["Message"]
    assert said.endswith(f"no HTTPS to {endpoint} is let out by {network.group}")
    names = [{"Name": "prefix-list-name", "Values": [f"com.amazonaws.{REGION}.s3"]}]
    (found,) = ec2.describe_managed_prefix_lists(Filters=names)["PrefixLists"]
    for to in ({"PrefixListIds": [{"PrefixListId": found["PrefixListId"]}]}, {"IpRanges": [{"CidrIp": "0.0.0.0/0"}]}):
        ec2.authorize_security_group_egress(GroupId=network.group, IpPermissions=[{**HTTPS, **to}])
        assert inside.call("s3", "list_buckets")["Code"] is None
        ec2.revoke_security_group_egress(GroupId=network.group, IpPermissions=[{**HTTPS, **to}])
    assert inside.call("s3", "list_buckets")["Code"] == "NoRouteFromVpc"
