"""What holds of a deployment whose stage has a network of its own, and of an execution there."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator, Mapping
from typing import Any

from tests.e2e.conftest import PREFIX, QUICK, Cloud, Execution

REALTIME: Mapping[str, Any] = {**QUICK, "deploy": {"mode": "realtime", "release": {"bake_s": 0}}}


def check_network(cloud: Cloud, done: Execution) -> None:
    """Of an execution with REALTIME. Takes the endpoint away, as one does before the network goes, and a way."""
    vpc = _vpc(cloud)
    places = dict(_places(cloud, done))
    assert {"Fetch", "Answer", "training", "model"} <= places.keys()
    subnets = {each["SubnetId"]: each["VpcId"] for each in cloud.client("ec2").describe_subnets()["Subnets"]}
    for name, place in places.items():
        found = place.get("SubnetIds") or place.get("Subnets")
        assert found, name
        assert {subnets[subnet] for subnet in found} == {vpc}, name
        assert place["SecurityGroupIds"], name
    cloud.client("sagemaker").delete_endpoint(EndpointName=PREFIX)
    _check_that_nothing_is_downloaded(cloud)
    _check_that_s3_is_reached_by_its_endpoint(cloud, vpc)


def _check_that_nothing_is_downloaded(cloud: Cloud) -> None:
    refused = cloud.execute({**QUICK, "dataset": {"name": "ml-1m"}})
    assert (refused.status, refused.error) == ("FAILED", "NoWayToDownload"), refused.cause
    assert refused.cause.startswith(f"Fetch Ratings: no movies.dat in s3://{cloud.bucket}/datasets/ml-1m/, expected")
    serverless = cloud.execute({**QUICK, "deploy": {"mode": "serverless"}})
    assert (serverless.status, serverless.error) == ("FAILED", "InvalidInput"), serverless.cause
    assert "deploy.mode: 'serverless', expected 'realtime' or 'none'" in serverless.cause


def _check_that_s3_is_reached_by_its_endpoint(cloud: Cloud, vpc: str) -> None:
    assert "errorType" not in _fetched(cloud)
    ec2 = cloud.client("ec2")
    (way,) = ec2.describe_vpc_endpoints(
        Filters=[{"Name": "vpc-id", "Values": [vpc]}, {"Name": "service-name", "Values": [_service(cloud, "s3")]}]
    )["VpcEndpoints"]
    routes = way["RouteTableIds"]
    ec2.modify_vpc_endpoint(VpcEndpointId=way["VpcEndpointId"], RemoveRouteTableIds=routes)
    try:
        said = _fetched(cloud)["errorMessage"]
        assert (_service(cloud, "s3") in said, way["VpcEndpointId"] in said, vpc in said) == (True, True, True), said
    finally:
        ec2.modify_vpc_endpoint(VpcEndpointId=way["VpcEndpointId"], AddRouteTableIds=routes)
    assert "errorType" not in _fetched(cloud)
    (refused,) = ways(cloud)["refused"]
    assert refused["service"] == _service(cloud, "s3"), "nothing else lacked a way"


def ways(cloud: Cloud) -> dict[str, Any]:
    """The ways out of networks that calls took, and those that they did not find."""
    with urllib.request.urlopen(f"{cloud.endpoint_url}/_local_aws/network") as answer:  # noqa: S310 - our own server
        found: dict[str, Any] = json.load(answer)
    return found


def _fetched(cloud: Cloud) -> dict[str, Any]:
    """What the function says that fetches ratings, or how it failed."""
    answer = cloud.client("lambda").invoke(
        FunctionName=_function(cloud, "Fetch"), Payload=json.dumps({"dataset": "sample"})
    )
    said: dict[str, Any] = json.loads(answer["Payload"].read())
    return said


def _places(cloud: Cloud, done: Execution) -> Iterator[tuple[str, Any]]:
    client = cloud.client("sagemaker")
    for id_ in ("Fetch", "Answer"):
        found = cloud.client("lambda").get_function_configuration(FunctionName=_function(cloud, id_))
        yield id_, found["VpcConfig"]
    job = done.output["training"]["job"]
    yield "training", client.describe_training_job(TrainingJobName=job)["VpcConfig"]
    config = client.describe_endpoint_config(EndpointConfigName=cloud.live_config())
    (variant,) = config["ProductionVariants"]
    yield "model", client.describe_model(ModelName=variant["ModelName"])["VpcConfig"]


def _function(cloud: Cloud, id_: str) -> str:
    names = [each["FunctionName"] for each in cloud.client("lambda").list_functions()["Functions"]]
    (found,) = (name for name in names if f"{id_}Function" in name)
    return str(found)


def _vpc(cloud: Cloud) -> str:
    """The stage's."""
    filters = [{"Name": "tag:project", "Values": ["movie-recommender"]}]
    (found,) = cloud.client("ec2").describe_vpcs(Filters=filters)["Vpcs"]
    return str(found["VpcId"])


def _service(cloud: Cloud, name: str) -> str:
    return f"com.amazonaws.{cloud.client('ec2').meta.region_name}.{name}"
