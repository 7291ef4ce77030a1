"""Serverless endpoints: what their configurations may hold, and from which kind to which an endpoint may be updated."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from fm.model import FactorizationMachine
from tests.local_aws.networks import Network
from tests.local_aws.sagemaker.endpoint_laboratory import create, delete_and_wait, invoke, put_artifact, random_model
from tests.local_aws.sagemaker.laboratory import IMAGE, Lab

SERVERLESS = {"MemorySizeInMB": 2048, "MaxConcurrency": 5}


def variant(model: str, name: str = "A", **more: Any) -> dict[str, Any]:
    return {"VariantName": name, "ModelName": model, "ServerlessConfig": SERVERLESS, **more}


def serverless_config(lab: Lab, *variants: dict[str, Any], **more: Any) -> str:
    name = lab.name("config")
    lab.aws("sagemaker").create_endpoint_config(EndpointConfigName=name, ProductionVariants=list(variants), **more)
    return name


@pytest.fixture(scope="module")
def junk(lab: Lab) -> str:
    return lab.model(lab.junk_artifact())


@pytest.fixture(scope="module")
def model(lab: Lab) -> str:
    made: FactorizationMachine = random_model(3)
    return lab.model(put_artifact(lab, made))


def test_a_config_is_described_as_it_was_asked_for(lab: Lab, junk: str) -> None:
    described = lab.aws("sagemaker").describe_endpoint_config(
        EndpointConfigName=serverless_config(lab, variant(junk, InitialVariantWeight=1.0))
    )
    assert described["ProductionVariants"] == [variant(junk, InitialVariantWeight=1.0)]


@pytest.mark.parametrize("memory", [1024, 2048, 3072, 4096, 5120, 6144])
def test_memory_comes_in_whole_gigabytes(lab: Lab, junk: str, memory: int) -> None:
    assert serverless_config(lab, variant(junk, ServerlessConfig={"MemorySizeInMB": memory, "MaxConcurrency": 200}))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"ServerlessConfig": {"MemorySizeInMB": 1500, "MaxConcurrency": 1}}, "MemorySizeInMB 1500"),
        ({"ServerlessConfig": {"MemorySizeInMB": 7168, "MaxConcurrency": 1}}, "memorySizeInMB"),
        ({"ServerlessConfig": {"MemorySizeInMB": 2048, "MaxConcurrency": 201}}, "maxConcurrency"),
        ({"ServerlessConfig": {**SERVERLESS, "ProvisionedConcurrency": 6}}, "exceeds MaxConcurrency 5"),
        ({"InitialInstanceCount": 1}, "InitialInstanceCount is not for"),
        ({"InstanceType": "ml.m5.large", "InitialInstanceCount": 1}, "either an InstanceType or a ServerlessConfig"),
        ({"VolumeSizeInGB": 5}, "VolumeSizeInGB is not for"),
        ({"ContainerStartupHealthCheckTimeoutInSeconds": 60}, "HealthCheckTimeoutInSeconds is not for"),
    ],
)
def test_variants_that_aws_has_not_are_refused(lab: Lab, junk: str, changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ClientError, match=said) as caught:
        serverless_config(lab, variant(junk, **changes))
    assert caught.value.response["Error"]["Code"] == "ValidationException"


def test_what_needs_instances_is_refused(lab: Lab, junk: str, network: Network) -> None:
    with pytest.raises(ClientError, match="2 variants, expected one"):
        serverless_config(lab, variant(junk), variant(junk, "B"))
    with pytest.raises(ClientError, match="EnableNetworkIsolation is not supported for serverless"):
        serverless_config(lab, variant(junk), EnableNetworkIsolation=True)
    container = {"Image": IMAGE, "ModelDataUrl": lab.junk_artifact()}
    isolated = lab.model("", PrimaryContainer=container, EnableNetworkIsolation=True)
    with pytest.raises(ClientError, match=f"'{isolated}': EnableNetworkIsolation is not supported for serverless"):
        serverless_config(lab, variant(isolated))
    inside = lab.model("", PrimaryContainer=container, VpcConfig=network.of_sagemaker())
    with pytest.raises(ClientError, match=f"'{inside}': VpcConfig is not supported for serverless"):
        serverless_config(lab, variant(inside))


def test_from_serverless_to_instances_there_is_one_way(lab: Lab, model: str) -> None:
    sagemaker = lab.aws("sagemaker")
    serverless, instances = serverless_config(lab, variant(model)), lab.config(model)
    endpoint = create(lab, serverless)
    (described,) = lab.settled(endpoint)["ProductionVariants"]
    assert described["CurrentServerlessConfig"] == described["DesiredServerlessConfig"] == SERVERLESS
    before = invoke(lab, endpoint)["Body"]
    sagemaker.update_endpoint(EndpointName=endpoint, EndpointConfigName=serverless_config(lab, variant(model)))
    assert lab.settled(endpoint)["EndpointStatus"] == "InService"
    sagemaker.update_endpoint(EndpointName=endpoint, EndpointConfigName=instances)
    (described,) = lab.settled(endpoint)["ProductionVariants"]
    assert "CurrentServerlessConfig" not in described
    assert described["CurrentInstanceCount"] == 1
    assert invoke(lab, endpoint)["Body"] == before
    with pytest.raises(ClientError, match="Cannot update real-time endpoint") as caught:
        sagemaker.update_endpoint(EndpointName=endpoint, EndpointConfigName=serverless)
    assert caught.value.response["Error"]["Code"] == "ValidationException"
    assert lab.settled(endpoint)["EndpointConfigName"] == instances
    delete_and_wait(lab, endpoint)
