"""Models and endpoint configurations: what they take, how they are described, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.sagemaker.laboratory import IMAGE, Lab

ARN = "arn:aws:sagemaker:eu-west-1:123456789012"


@pytest.fixture(scope="module")
def model(lab: Lab) -> str:
    return lab.model(lab.junk_artifact())


def variant(model: str, **changes: Any) -> dict[str, Any]:
    settings = {
        "VariantName": "A",
        "ModelName": model,
        "InstanceType": "ml.m5.large",
        "InitialInstanceCount": 1,
    } | changes
    return {name: value for name, value in settings.items() if value is not None}


def test_a_model_is_described_as_it_was_made(lab: Lab) -> None:
    artifact, name = lab.junk_artifact(), lab.name("model")
    container = {"Image": IMAGE, "ModelDataUrl": artifact, "Environment": {"A": "1"}}
    arn = lab.aws("sagemaker").create_model(
        ModelName=name, PrimaryContainer=container, ExecutionRoleArn=lab.role_arn, Tags=[{"Key": "k", "Value": "v"}]
    )["ModelArn"]
    described = lab.aws("sagemaker").describe_model(ModelName=name)
    assert arn == described["ModelArn"] == f"{ARN}:model/{name}"
    assert described["PrimaryContainer"] == container | {"Mode": "SingleModel"}
    assert described["ExecutionRoleArn"] == lab.role_arn
    assert lab.aws("sagemaker").list_tags(ResourceArn=arn)["Tags"] == [{"Key": "k", "Value": "v"}]
    listed = lab.aws("sagemaker").list_models(NameContains=name)["Models"]
    assert [one["ModelName"] for one in listed] == [name]


def test_a_model_can_be_made_once_and_deleted_once(lab: Lab) -> None:
    artifact = lab.junk_artifact()
    name = lab.model(artifact)
    arn = f"{ARN}:model/{name}"
    with pytest.raises(ClientError, match=f'Cannot create already existing model "{arn}"'):
        lab.model(artifact, ModelName=name)
    lab.aws("sagemaker").delete_model(ModelName=name)
    for action in ("describe_model", "delete_model"):
        with pytest.raises(ClientError, match=f'Could not find model "{arn}"'):
            getattr(lab.aws("sagemaker"), action)(ModelName=name)


def test_an_artifact_that_is_not_there_is_refused(lab: Lab) -> None:
    url = f"s3://{lab.bucket}/nothing/model.tar.gz"
    with pytest.raises(ClientError, match=f"Could not find model data at {url}"):
        lab.model(url)


def test_an_artifact_that_the_role_may_not_read_is_refused(lab: Lab) -> None:
    url = lab.junk_artifact()
    with pytest.raises(ClientError, match=f'Could not access model data at {url}.*"s3:GetObject" permissions'):
        lab.model(url, ExecutionRoleArn=lab.role(actions=["logs:*"]))


def test_a_role_must_trust_sagemaker(lab: Lab) -> None:
    with pytest.raises(ClientError, match="Could not assume role"):
        lab.model(lab.junk_artifact(), ExecutionRoleArn=lab.role(actions=["s3:*"], trusted="ec2.amazonaws.com"))


def test_an_unknown_image_is_named(lab: Lab) -> None:
    container = {"Image": IMAGE.replace("factorization-machines", "xgboost"), "ModelDataUrl": lab.junk_artifact()}
    with pytest.raises(ClientError, match=r"cannot pull the image.*xgboost:1"):
        lab.model("", PrimaryContainer=container)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"PrimaryContainer": {"Image": IMAGE}}, "without ModelDataUrl"),
        ({"PrimaryContainer": {"ModelPackageName": "package"}}, "ModelPackage .*/package does not exist"),
        ({"ModelName": "a_b"}, "'modelName'"),
    ],
)
def test_models_that_cannot_be_served_are_refused(lab: Lab, changes: dict[str, Any], named: str) -> None:
    with pytest.raises(ClientError, match=named):
        lab.model(lab.junk_artifact(), **changes)


def test_a_config_is_described_as_it_was_made(lab: Lab, model: str) -> None:
    name, asked = lab.name("config"), variant(model, InitialVariantWeight=2.5)
    arn = lab.aws("sagemaker").create_endpoint_config(EndpointConfigName=name, ProductionVariants=[asked])
    described = lab.aws("sagemaker").describe_endpoint_config(EndpointConfigName=name)
    assert arn["EndpointConfigArn"] == described["EndpointConfigArn"] == f"{ARN}:endpoint-config/{name}"
    assert described["ProductionVariants"] == [asked]
    listed = lab.aws("sagemaker").list_endpoint_configs(NameContains=name)["EndpointConfigs"]
    assert [one["EndpointConfigName"] for one in listed] == [name]


def test_a_config_can_be_made_once_and_deleted_once(lab: Lab, model: str) -> None:
    sagemaker, name = lab.aws("sagemaker"), lab.config(model)
    arn = f"{ARN}:endpoint-config/{name}"
    with pytest.raises(ClientError, match=f'Cannot create already existing endpoint configuration "{arn}"'):
        sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant(model)])
    sagemaker.delete_endpoint_config(EndpointConfigName=name)
    for action in ("describe_endpoint_config", "delete_endpoint_config"):
        with pytest.raises(ClientError, match=f'Could not find endpoint configuration "{arn}"'):
            getattr(sagemaker, action)(EndpointConfigName=name)


@pytest.mark.parametrize(
    ("variants", "said"),
    [
        ([{"ModelName": "sm-no-such-model"}], f'Could not find model "{ARN}:model/sm-no-such-model"'),
        ([{"InstanceType": "m5.large"}], "instanceType"),
        ([{"InstanceType": None}], "either an InstanceType or a ServerlessConfig"),
        ([{"InitialInstanceCount": None}], "InitialInstanceCount"),
        ([{}, {}], "Variant names must be unique"),
        ([{"ManagedInstanceScaling": {"Status": "ENABLED"}}], "ManagedInstanceScaling is not supported locally"),
        ([{"InstanceType": None, "ServerlessConfig": {"MemorySizeInMB": 9000, "MaxConcurrency": 1}}], "memorySizeInMB"),
    ],
)
def test_configs_that_cannot_be_are_refused(lab: Lab, model: str, variants: list[dict[str, Any]], said: str) -> None:
    with pytest.raises(ClientError, match=said) as caught:
        lab.aws("sagemaker").create_endpoint_config(
            EndpointConfigName=lab.name("config"),
            ProductionVariants=[variant(model, **changes) for changes in variants],
        )
    assert caught.value.response["Error"]["Code"] == "ValidationException"


def test_data_capture_is_not_pretended(lab: Lab, model: str) -> None:
    capture = {
        "InitialSamplingPercentage": 100,
        "DestinationS3Uri": f"s3://{lab.bucket}/capture",
        "CaptureOptions": [{"CaptureMode": "Input"}],
    }
    with pytest.raises(ClientError, match="DataCaptureConfig is not supported locally"):
        lab.aws("sagemaker").create_endpoint_config(
            EndpointConfigName=lab.name("config"), ProductionVariants=[variant(model)], DataCaptureConfig=capture
        )
