"""Calls of functions in a VPC: real ones, by boto3 in a sandbox, with and without a way to the service."""

from __future__ import annotations

import json
import time
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest

from tests.local_aws.awslambda.conftest import zipped
from tests.local_aws.conftest import REGION, LocalAws
from tests.local_aws.networks import LAMBDA_ASKS, Network, role, statement

CODE = """
import boto3, time
from botocore.exceptions import ClientError

def handler(event, context):
    client = boto3.client(event["service"], **event.get("client", {}))
    began = time.monotonic()
    try:
        answer = getattr(client, event["call"])(**event.get("arguments", {}))
    except ClientError as error:
        tries = error.response["ResponseMetadata"]["RetryAttempts"]
        return {**error.response["Error"], "tries": tries}
    if "Body" in answer:
        answer["Body"].read()
    return {"Code": None}

def lend(event, context):
    credentials = boto3.Session().get_credentials()
    return {
        "aws_access_key_id": credentials.access_key,
        "aws_secret_access_key": credentials.secret_key,
        "aws_session_token": credentials.token,
        "url": boto3.client("s3").generate_presigned_url("get_object", {"Bucket": event["bucket"], "Key": "k"}),
    }
"""
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


class Function:
    """One function that makes the calls it is told to."""

    def __init__(self, client: Any, role_arn: str, **settings: Any) -> None:
        self._client = client
        self.name = f"net-{uuid.uuid4().hex[:12]}"
        client.create_function(
            FunctionName=self.name,
            Runtime="python3.13",
            Role=role_arn,
            Handler="app.handler",
            Timeout=30,
            Code={"ZipFile": zipped({"app.py": CODE})},
            **settings,
        )

    def ask(self, event: dict[str, Any]) -> Any:
        answer = self._client.invoke(FunctionName=self.name, Payload=json.dumps(event))
        said = json.load(answer["Payload"])
        assert "FunctionError" not in answer, said
        return said

    def call(self, service: str, call: str, arguments: dict[str, Any] | None = None, **client: Any) -> Any:
        return self.ask({"service": service, "call": call, "arguments": arguments or {}, "client": client})

    def delete(self) -> None:
        self._client.delete_function(FunctionName=self.name)


@pytest.fixture
def anything(aws: Callable[[str], Any]) -> str:
    """A role that may do everything."""
    return role(aws("iam"), "lambda", {"Effect": "Allow", "Action": "*", "Resource": "*"})


@pytest.fixture
def inside(aws: Callable[[str], Any], network: Network, anything: str) -> Iterator[Function]:
    made = Function(aws("lambda"), anything, VpcConfig=network.of_lambda())
    yield made
    made.delete()


def page(local_aws: LocalAws) -> Any:
    with urllib.request.urlopen(f"{local_aws.endpoint_url}/_local_aws/network") as answer:  # noqa: S310 - our own
        return json.load(answer)


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


def test_whoever_has_a_presigned_url_may_be_anywhere(
    aws: Callable[[str], Any], inside: Function, bucket: str, local_aws: LocalAws
) -> None:
    """But whoever has the function's credentials is the function: it alone can have them."""
    aws("lambda").update_function_configuration(FunctionName=inside.name, Handler="app.lend")
    lent = inside.ask({"bucket": bucket})
    with urllib.request.urlopen(lent.pop("url")) as answer:  # noqa: S310 - our own server
        assert answer.read() == b"v"
    where = {"region_name": REGION, "endpoint_url": local_aws.endpoint_url}
    with pytest.raises(Exception, match="NoRouteFromVpc"):
        boto3.client("s3", **where, **lent).list_buckets()


def test_policies_see_the_way_and_the_function(
    aws: Callable[[str], Any], inside: Function, network: Network, bucket: str
) -> None:
    """`aws:SourceVpce` of a bucket's policy, `lambda:SourceFunctionArn` of a role's: both on AWS, both here."""
    endpoint = network.gateway("s3")

    def only(**condition: Any) -> Any:
        arns = [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]
        fence = {"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": arns, "Condition": condition}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [fence]})
        aws("s3").put_bucket_policy(Bucket=bucket, Policy=policy)
        return inside.call("s3", "get_object", {"Bucket": bucket, "Key": "k"})["Code"]

    assert only(StringNotEquals={"aws:SourceVpce": endpoint}) is None
    assert only(StringNotEquals={"aws:SourceVpce": "vpce-0dead"}) == "AccessDenied"
    assert only(StringNotEquals={"aws:SourceVpc": network.vpc}) is None
    assert only(StringEquals={"aws:SourceVpc": network.vpc}) == "AccessDenied"
    arn = f"arn:aws:lambda:{REGION}:123456789012:function:{inside.name}"
    assert only(ArnEquals={"lambda:SourceFunctionArn": arn}) == "AccessDenied"
    assert only(ArnEquals={"lambda:SourceFunctionArn": f"{arn}x"}) is None


def test_what_lambda_asks_for_may_be_kept_from_the_function(aws: Callable[[str], Any], network: Network) -> None:
    """Lambda, "Giving Lambda functions access to resources in an Amazon VPC": the Deny by lambda:SourceFunctionArn."""
    functions = f"arn:aws:lambda:{REGION}:123456789012:function:*"
    allowed = statement(*LAMBDA_ASKS)
    kept = {**allowed, "Effect": "Deny", "Condition": {"ArnLike": {"lambda:SourceFunctionArn": functions}}}
    arn = role(aws("iam"), "lambda", allowed, kept)
    network.interface("ec2")
    function = Function(aws("lambda"), arn, VpcConfig=network.of_lambda())
    said = function.call("ec2", "describe_network_interfaces")
    assert said["Code"] == "UnauthorizedOperation", said
    assert "explicit deny" in said["Message"]
    function.delete()


@pytest.fixture
def bucket(aws: Callable[[str], Any]) -> str:
    """A bucket with an object `k`."""
    name = f"net-{uuid.uuid4().hex[:12]}"
    aws("s3").create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    aws("s3").put_object(Bucket=name, Key="k", Body=b"v")
    return name
