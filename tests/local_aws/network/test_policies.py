"""What is known of a call that comes from a function in a network: to policies, and by whose credentials it is."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.local_aws.conftest import REGION, LocalAws
from tests.local_aws.network.calling import Function
from tests.local_aws.networks import LAMBDA_ASKS, Network, role, statement


def test_whoever_has_a_presigned_url_may_be_anywhere(
    aws: Callable[[str], Any], inside: Function, bucket: str, local_aws: LocalAws
) -> None:
    """But whoever has the function's credentials is the function: it alone can have them."""
    aws("lambda").update_function_configuration(FunctionName=inside.name, Handler="app.lend")
    lent = inside.ask({"bucket": bucket})
    with urllib.request.urlopen(lent.pop("url")) as answer:  # noqa: S310 - our own server
        assert answer.read() == b"v"
    where = {"region_name": REGION, "endpoint_url": local_aws.endpoint_url}
    with pytest.raises(ClientError, match="NoRouteFromVpc"):
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
