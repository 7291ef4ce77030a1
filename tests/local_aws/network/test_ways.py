"""Calls of functions in a VPC: real ones, by boto3 in a sandbox, with and without a way to the service."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from tests.local_aws.conftest import REGION, LocalAws
from tests.local_aws.network.calling import Function, page
from tests.local_aws.networks import Network

CALLS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "s3": ("s3", "list_buckets", {}),
    "dynamodb": ("dynamodb", "list_tables", {}),
    "states": ("stepfunctions", "list_state_machines", {}),
    "monitoring": ("cloudwatch", "describe_alarms", {}),
    "sagemaker.api": ("sagemaker", "list_models", {}),
    "sagemaker.runtime": ("sagemaker-runtime", "invoke_endpoint", {"EndpointName": "absent", "Body": ""}),
    "ssm": ("ssm", "get_parameters_by_path", {"Path": "/"}),
    "glue": ("glue", "get_jobs", {}),
    "logs": ("logs", "describe_log_groups", {}),
    "events": ("events", "list_rules", {}),
    "lambda": ("lambda", "list_functions", {}),
    "application-autoscaling": (
        "application-autoscaling",
        "describe_scalable_targets",
        {"ServiceNamespace": "sagemaker"},
    ),
    "cloudformation": ("cloudformation", "list_exports", {}),
    "scheduler": ("scheduler", "list_schedules", {}),
    "sts": ("sts", "get_caller_identity", {}),
    "kms": ("kms", "list_keys", {}),
    "xray": ("xray", "put_trace_segments", {"TraceSegmentDocuments": []}),
    "sns": ("sns", "list_topics", {}),
    "sqs": ("sqs", "list_queues", {}),
    "ec2": ("ec2", "describe_vpcs", {}),
    "ecr.api": ("ecr", "describe_repositories", {}),
}
"""A call of each service, by the end of its endpoint's name (PrivateLink Guide, "AWS services that integrate")."""

ARRIVED = {"sagemaker-runtime": "ValidationError", "xray": "NotEmulated"}
"""What a service that was reached refuses of these."""


def test_without_an_endpoint_no_service_is_reached(inside: Function, network: Network) -> None:
    for end, (service, call, arguments) in CALLS.items():
        said = inside.call(service, call, arguments)
        missing = f"which has no endpoint for {service} (com.amazonaws.{REGION}.{end})"
        assert said["Code"] == "NoRouteFromVpc", (service, said)
        assert said["Message"] == f"function {inside.name} is in {network.vpc}, {missing}"
        assert said["tries"] == 0


def test_with_its_endpoint_each_service_is_reached(inside: Function, network: Network) -> None:
    network.gateway("s3")
    network.gateway("dynamodb")
    for end in CALLS.keys() - {"s3", "dynamodb"}:
        network.interface(end)
    for service, call, arguments in CALLS.values():
        said = inside.call(service, call, arguments)
        assert said["Code"] == ARRIVED.get(service), (service, said)


def test_an_endpoint_serves_as_long_as_it_is_there(inside: Function, network: Network) -> None:
    def code() -> Any:
        return inside.call("s3", "list_buckets")["Code"]

    assert code() == "NoRouteFromVpc"
    endpoint = network.gateway("s3")
    assert code() is None
    network.ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint])
    assert code() == "NoRouteFromVpc"


def test_a_gateway_is_a_route_of_each_subnet(inside: Function, network: Network) -> None:
    """Lambda may put a function into any of its subnets."""
    main = network.main_table()
    endpoint = network.gateway("s3", RouteTableIds=[main])
    said = inside.call("s3", "list_buckets")["Message"]
    expected = f"{endpoint} is not in the route table {network.table} of {network.subnets[0]}"
    assert said.endswith(f"(com.amazonaws.{REGION}.s3) does not serve it: {expected}")
    network.associate(network.subnets[1], main)
    network.ec2.modify_vpc_endpoint(VpcEndpointId=endpoint, AddRouteTableIds=[network.table])
    assert inside.call("s3", "list_buckets")["Code"] is None
    network.ec2.modify_vpc_endpoint(VpcEndpointId=endpoint, RemoveRouteTableIds=[main])
    said = inside.call("s3", "list_buckets")["Message"]
    assert said.endswith(f"{endpoint} is not in the route table {main} of {network.subnets[1]}")


def test_an_interface_answers_by_its_private_name(inside: Function, network: Network) -> None:
    endpoint = network.interface("logs", PrivateDnsEnabled=False)
    assert inside.call("logs", "describe_log_groups")["Message"].endswith(f"{endpoint} has no private DNS name")


def test_an_endpoint_is_to_one_region(inside: Function, network: Network) -> None:
    network.gateway("s3")
    said = inside.call("s3", "list_buckets", region_name="us-west-2")
    assert said["Code"] == "NoRouteFromVpc"
    assert "no endpoint for s3 (com.amazonaws.us-west-2.s3)" in said["Message"]


def test_outside_of_a_vpc_nothing_is_asked(
    aws: Callable[[str], Any], anything: str, local_aws: LocalAws, network: Network, inside: Function
) -> None:
    """The same role inside and outside: it is the code that is in the network."""
    outside = Function(aws("lambda"), anything)
    before = page(local_aws)["calls"]
    assert outside.call("s3", "list_buckets")["Code"] is None
    assert page(local_aws)["calls"] == before
    assert inside.call("s3", "list_buckets")["Code"] == "NoRouteFromVpc"
    aws("lambda").update_function_configuration(
        FunctionName=inside.name, VpcConfig={"SubnetIds": [], "SecurityGroupIds": []}
    )
    assert inside.call("s3", "list_buckets")["Code"] is None
    outside.delete()


def test_a_refusal_is_quick_and_on_record(inside: Function, network: Network, local_aws: LocalAws) -> None:
    began = time.monotonic()
    for _ in range(3):
        said = inside.call("s3", "list_buckets")
    assert time.monotonic() - began < 20
    network.gateway("s3")
    inside.call("s3", "list_buckets")
    found = page(local_aws)
    (refused,) = [row for row in found["refused"] if row["caller"] == f"function {inside.name}"]
    service = f"com.amazonaws.{REGION}.s3"
    assert refused == {
        "caller": f"function {inside.name}",
        "vpc": network.vpc,
        "service": service,
        "reason": said["Message"],
        "count": 3,
    }
    (taken,) = [row for row in found["taken"] if row["caller"] == f"function {inside.name}"]
    assert (taken["vpc"], taken["service"], taken["count"]) == (network.vpc, service, 1)
    assert found["calls"] >= found["denied"] >= 3
