"""What the hooks rely on in moto's private parts; each test names the hook that breaks when moto changes."""

from __future__ import annotations

import inspect

import pytest
from moto.core.responses import BaseResponse
from moto.core.utils import camelcase_to_underscores, get_service_model
from moto.ec2.models import EC2Backend, ec2_backends
from moto.ec2.models.core import TaggedEC2Resource
from moto.ec2.models.elastic_network_interfaces import NetworkInterface
from moto.ec2.models.security_groups import SecurityGroupBackend
from moto.ec2.models.security_groups import SecurityGroupRule as MotosRule
from moto.ec2.models.subnets import Subnet, SubnetBackend
from moto.ec2.models.vpcs import VPCEndPoint
from moto.ec2.responses import EC2Response

from local_aws.ec2.hooks import CHECKS, OPERATIONS
from local_aws.ec2.supported import ACTIONS, CHANGES

PLACE = ("123456789012", "us-west-2")


@pytest.mark.parametrize("action", sorted(ACTIONS))
def test_actions_are_aws_and_have_their_method(action: str) -> None:
    assert action in get_service_model("ec2").operation_names
    assert callable(getattr(EC2Response, camelcase_to_underscores(action)))
    assert "getattr(self, action)" in inspect.getsource(BaseResponse.call_action)


def test_what_is_checked_or_done_here_is_supported() -> None:
    assert OPERATIONS.keys() | CHECKS.keys() <= ACTIONS
    assert not OPERATIONS.keys() & CHECKS.keys()


@pytest.mark.parametrize("action", sorted(CHANGES))
def test_members_are_those_of_the_model(action: str) -> None:
    shape = get_service_model("ec2").operation_model(action).input_shape
    named = {path.partition(".")[0] for path in CHANGES[action]} - {"ClientToken", "DryRun"}
    assert named <= shape.members.keys()


def test_moto_keeps_what_is_looked_through_here() -> None:
    backend = ec2_backends[PLACE[0]][PLACE[1]]
    assert isinstance(backend, EC2Backend)
    vpc = backend.create_vpc("10.0.0.0/16")
    subnet = backend.create_subnet(vpc.id, "10.0.0.0/24", availability_zone="us-west-2a")
    (main,) = (table for table in backend.route_tables.values() if table.vpc_id == vpc.id)
    (acl,) = (acl for acl in backend.network_acls.values() if acl.vpc_id == vpc.id)
    assert (main.main_association_id is not None, main._associations, acl.default) == (True, {}, True)
    assert [link.subnet_id for link in acl._associations.values()] == [subnet.id]
    (group,) = backend.groups[vpc.id].values()
    assert (group.is_default, group.ingress_rules[:1] and group.ingress_rules[0].source_group) in (
        (True, []),  # moto's own: that is why there is a hook
        (True, {"GroupId": group.id, "UserId": PLACE[0], "OwnerId": PLACE[0]}),
    )
    interface = backend.create_network_interface(subnet, "10.0.0.4", group_ids=[group.id])
    assert (backend.enis[interface.id].subnet_id, interface.vpc_id, interface.group_set) == (subnet.id, vpc.id, [group])
    assert isinstance(backend.vpc_end_points, dict)
    vpc.add_tag("k", "v")
    assert backend.tags[vpc.id] == {"k": "v"}
    assert issubclass(type(vpc), TaggedEC2Resource)


def test_rules_are_made_by_the_class_of_that_name_with_these_arguments() -> None:
    assert "yield SecurityGroupRule(" in inspect.getsource(SecurityGroupBackend._iterate_security_rules)
    named = list(inspect.signature(MotosRule.__init__).parameters)
    assert named[1:9] == [
        *("ec2_backend", "ip_protocol", "group_id", "from_port", "to_port"),
        *("ip_range", "source_group", "prefix_list_id"),
    ]
    assert "self.source_group != other.source_group" in inspect.getsource(MotosRule.__eq__), "is Rule still needed?"


def test_endpoints_are_made_with_these_arguments_and_found_where_they_are_put() -> None:
    named = list(inspect.signature(VPCEndPoint.__init__).parameters)
    assert named[1:7] == ["ec2_backend", "endpoint_id", "vpc_id", "service_name", "endpoint_type", "policy_document"]
    assert {"route_table_ids", "subnet_ids", "dns_entries", "security_group_ids"} <= set(named)
    assert {"private_dns_enabled", "destination_prefix_list_id", "tags"} <= set(named)
    backend = ec2_backends[PLACE[0]][PLACE[1]]
    lists = [held.prefix_list_name for held in backend.managed_prefix_lists.values()]
    assert {lists.count(f"com.amazonaws.us-west-2.{name}") for name in ("s3", "dynamodb")} == {1}
    assert "self.vpc_end_points.values()" in inspect.getsource(EC2Backend.describe_vpc_endpoints)


def test_addresses_of_a_subnet_are_given_back_by_the_interface() -> None:
    assert "self.subnet.del_subnet_ip" in inspect.getsource(NetworkInterface.delete)
    assert "_unused_ips.add(ip)" in inspect.getsource(Subnet.del_subnet_ip)


def test_what_a_check_puts_into_a_request_is_what_moto_reads() -> None:
    assert "return self.params" in inspect.getsource(BaseResponse._get_params)
    assert "ChainMap(self.params" in inspect.getsource(BaseResponse._get_param)
    assert EC2Response().automated_parameter_parsing


def test_the_replaced_methods_are_of_the_mixins() -> None:
    assert "create_subnet" in vars(SubnetBackend)
    assert "create_security_group" in vars(SecurityGroupBackend)
    assert '"us-east-1a"' in inspect.getsource(inspect.unwrap(SubnetBackend.create_subnet))
