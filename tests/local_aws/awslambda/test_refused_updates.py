"""An update that is refused changes nothing, whichever part of it was wrong."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

LEVEL = "import os\n\ndef handler(event, context):\n    return os.environ.get('LEVEL')\n"
ABSENT = "arn:aws:lambda:eu-west-1:123456789012:layer:absent:1"


@pytest.fixture(scope="module")
def function(functions: Any) -> str:
    return str(functions.create(LEVEL, Environment={"Variables": {"LEVEL": "1"}}, Description="old"))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"Layers": [ABSENT]}, "LayerVersion does not exist"),
        ({"EphemeralStorage": {"Size": 10_241}}, "less than or equal to 10240"),
        ({"Runtime": "nodejs20.x"}, "Runtime nodejs20.x: the local AWS runs python3.N functions only"),
        ({"MemorySize": 100_000}, "'memorySize' failed to satisfy"),
    ],
)
def test_of_the_configuration(functions: Any, function: str, wrong: dict[str, Any], message: str) -> None:
    right = {"Description": "new", "Timeout": 11, "Environment": {"Variables": {"LEVEL": "2"}}}
    before = functions.client.get_function_configuration(FunctionName=function)
    with pytest.raises(ClientError, match=message):
        functions.client.update_function_configuration(FunctionName=function, **right, **wrong)
    after = functions.client.get_function_configuration(FunctionName=function)
    del before["ResponseMetadata"], after["ResponseMetadata"]
    assert after == before
    assert functions.invoke(function, {}).payload == "1"


def test_whose_layer_cannot_be_unpacked(functions: Any, function: str) -> None:
    publish = functions.client.publish_layer_version
    broken = publish(LayerName="lam-broken", Content={"ZipFile": b"no zip"})["LayerVersionArn"]
    with pytest.raises(ClientError, match="Could not unzip"):
        functions.client.update_function_configuration(FunctionName=function, Layers=[broken])
    assert functions.client.get_function_configuration(FunctionName=function)["Layers"] == []
    assert functions.invoke(function, {}).payload == "1"


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"ZipFile": b"no zip"}, "Could not unzip"),
        ({"S3Bucket": "lam-absent-bucket", "S3Key": "k"}, "NoSuchBucket"),
    ],
)
def test_of_the_code(functions: Any, function: str, wrong: dict[str, Any], message: str) -> None:
    before = functions.client.get_function(FunctionName=function)
    with pytest.raises(ClientError, match=message):
        functions.client.update_function_code(FunctionName=function, Architectures=["arm64"], **wrong)
    after = functions.client.get_function(FunctionName=function)
    del before["ResponseMetadata"], after["ResponseMetadata"]
    assert after == before
    assert functions.invoke(function, {}).payload == "1"


def test_published_versions_keep_what_an_update_changes(functions: Any) -> None:
    def queue(name: str) -> dict[str, str]:
        return {"TargetArn": f"arn:aws:sqs:eu-west-1:123456789012:{name}"}

    name = functions.create(LEVEL, DeadLetterConfig=queue("one"))
    functions.client.publish_version(FunctionName=name)
    first = functions.client.get_function(FunctionName=name, Qualifier="1")
    functions.update_code(name, "handler = print\n")
    functions.client.update_function_configuration(FunctionName=name, DeadLetterConfig=queue("two"))
    again = functions.client.get_function(FunctionName=name, Qualifier="1")
    assert again["Configuration"]["DeadLetterConfig"] == queue("one")
    assert again["Code"] == first["Code"]
