"""Warm, cold, parallel, updated and deleted functions, and what the API remembers of them."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_aws.awslambda.pool import MAX_IDLE

PID = "import os\n\ndef handler(event, context):\n    return [os.getpid(), {answer!r}, os.environ.get('LEVEL')]\n"


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_process_is_used_again_while_it_is_warm(functions: Any) -> None:
    name = functions.create(PID.format(answer="a"))
    cold, warm = functions.invoke(name), functions.invoke(name)
    assert cold.payload == warm.payload
    assert "Init Duration: " in cold.log
    assert "INIT_START" not in warm.log
    assert "Init Duration: " not in warm.log


def test_parallel_invocations_run_in_sandboxes_of_their_own(functions: Any, probe: str, tmp_path: Path) -> None:
    def meet(member: int) -> int:
        event = {"do": "meet", "folder": str(tmp_path), "name": str(member), "expected": 3}
        return int(functions.invoke(probe, event).payload)

    with ThreadPoolExecutor(3) as pool:
        pids = set(pool.map(meet, range(3)))
    assert len(pids) == 3


def test_no_more_than_the_cap_stay_warm(functions: Any) -> None:
    oldest = functions.invoke(functions.create(PID.format(answer="oldest"))).payload[0]
    others: list[int] = []
    while is_running(oldest):
        assert len(others) < MAX_IDLE, "as many are warm as may be, and the oldest is still one of them"
        others.append(functions.invoke(functions.create(PID.format(answer="other"))).payload[0])
    assert all(map(is_running, others))


def test_update_of_the_code_ends_the_old_process(functions: Any) -> None:
    name = functions.create(PID.format(answer="old"))
    old_pid, old, _ = functions.invoke(name).payload
    functions.update_code(name, PID.format(answer="new"))
    assert not is_running(old_pid)
    assert (old, functions.invoke(name).payload[1]) == ("old", "new")


def test_update_of_the_configuration_ends_the_old_process(functions: Any) -> None:
    name = functions.create(PID.format(answer="a"), Environment={"Variables": {"LEVEL": "1"}})
    pid, _, level = functions.invoke(name).payload
    functions.client.update_function_configuration(FunctionName=name, Environment={"Variables": {"LEVEL": "2"}})
    assert not is_running(pid)
    assert (level, functions.invoke(name).payload[2]) == ("1", "2")


def test_deletion_ends_the_process(functions: Any) -> None:
    name = functions.create(PID.format(answer="a"))
    pid = functions.invoke(name).payload[0]
    assert is_running(pid)
    functions.client.delete_function(FunctionName=name)
    assert not is_running(pid)
    with pytest.raises(ClientError, match="Function not found"):
        functions.invoke(name)


def test_published_version_keeps_its_code(functions: Any) -> None:
    name = functions.create(PID.format(answer="first"))
    functions.client.publish_version(FunctionName=name)
    functions.update_code(name, PID.format(answer="second"))
    functions.client.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    latest, alias = functions.invoke(name), functions.invoke(name, Qualifier="live")
    assert (latest.payload[1], latest.version) == ("second", "$LATEST")
    assert (alias.payload[1], alias.version) == ("first", "1")


def test_reserved_concurrency_throttles(functions: Any, tmp_path: Path) -> None:
    name = functions.create()
    functions.client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    with pytest.raises(ClientError, match=r"Rate Exceeded\.") as throttled:
        functions.invoke(name, {"do": "echo", "value": 1})
    assert throttled.value.response["Error"]["Code"] == "TooManyRequestsException"
    functions.client.delete_function_concurrency(FunctionName=name)
    assert functions.invoke(name, {"do": "echo", "value": 1}).payload == 1


def test_configuration_comes_back_as_given(functions: Any) -> None:
    layer = functions.layer({"python/titles.py": ""})
    given = {
        "Runtime": "python3.14",
        "Description": "a function",
        "Timeout": 17,
        "MemorySize": 1769,
        "Architectures": ["arm64"],
        "EphemeralStorage": {"Size": 2048},
        "TracingConfig": {"Mode": "Active"},
        "LoggingConfig": {"LogFormat": "Text", "LogGroup": "/lam/given"},
        "Environment": {"Variables": {"LEVEL": "1"}},
        "DeadLetterConfig": {"TargetArn": "arn:aws:sqs:eu-west-1:123456789012:dead"},
    }
    name = functions.create(**given, Layers=[layer])
    found = functions.client.get_function_configuration(FunctionName=name)
    assert {key: found[key] for key in given} == given
    assert [each["Arn"] for each in found["Layers"]] == [layer]
    assert (found["State"], found["LastUpdateStatus"]) == ("Active", "Successful")


def test_updated_configuration_comes_back(functions: Any) -> None:
    name = functions.create()
    before = functions.client.get_function_configuration(FunctionName=name)
    updates: dict[str, Any] = {
        "Timeout": 9,
        "MemorySize": 512,
        "EphemeralStorage": {"Size": 1024},
        "TracingConfig": {"Mode": "Active"},
        "LoggingConfig": {"LogFormat": "JSON", "LogGroup": "/lam/json", "SystemLogLevel": "WARN"},
    }
    functions.client.update_function_configuration(FunctionName=name, **updates)
    after = functions.client.get_function_configuration(FunctionName=name)
    updates["LoggingConfig"]["ApplicationLogLevel"] = "INFO"
    assert {key: after[key] for key in updates} == updates
    assert before["LoggingConfig"] == {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{name}"}
    assert after["RevisionId"] != before["RevisionId"]
    assert {key: after[key] for key in ("Handler", "Runtime", "CodeSha256")} == {
        key: before[key] for key in ("Handler", "Runtime", "CodeSha256")
    }


def test_layer_deleted_from_the_account_still_serves_its_function(functions: Any) -> None:
    layer = functions.layer({"python/titles.py": "NAME = 'kept'"})
    name = functions.create("import titles\n\ndef handler(e, c):\n    return titles.NAME\n", Layers=[layer])
    _, _, _, _, _, _, layer_name, version = layer.split(":")
    functions.client.delete_layer_version(LayerName=layer_name, VersionNumber=int(version))
    assert functions.invoke(name).payload == "kept"


def test_code_and_layer_may_come_from_s3(functions: Any, aws: Any, zipped: Any) -> None:
    s3, bucket = aws("s3"), "lam-code-from-s3"
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_object(Bucket=bucket, Key="code.zip", Body=zipped({"app.py": "from titles import handler"}))
    s3.put_object(Bucket=bucket, Key="layer.zip", Body=zipped({"python/titles.py": "handler = lambda e, c: 'here'"}))
    content = {"S3Bucket": bucket, "S3Key": "layer.zip"}
    layer = functions.client.publish_layer_version(LayerName="lam-from-s3", Content=content)["LayerVersionArn"]
    name = functions.create(Code={"S3Bucket": bucket, "S3Key": "code.zip"}, Layers=[layer])
    assert functions.invoke(name).payload == "here"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"Code": {"ZipFile": b"no zip"}}, "Could not unzip uploaded file"),
        ({"Code": {"S3Bucket": "lam-absent-bucket", "S3Key": "k"}}, "NoSuchBucket"),
        ({"Timeout": 901}, "'timeout' failed to satisfy constraint: Member must have value less than or equal to 900"),
        ({"MemorySize": 10_241}, "'memorySize' failed to satisfy"),
        ({"Environment": {"Variables": {"AWS_REGION": "x"}}}, "Reserved keys used in this request: AWS_REGION"),
        ({"Environment": {"Variables": {"K": "x" * 4096}}}, "exceeded the 4KB limit"),
        ({"Role": "arn:aws:iam::123456789012:role/lam-absent"}, "cannot be assumed by Lambda"),
        ({"Layers": ["arn:aws:lambda:eu-west-1:123456789012:layer:absent:1"]}, "LayerVersion does not exist"),
        ({"PackageType": "Image"}, "runs zips only"),
        ({"Runtime": "nodejs22.x"}, "Runtime nodejs22.x: the local AWS runs python3.N functions only"),
        ({"Runtime": "cobol"}, "Runtime cobol: the local AWS runs python3.N functions only"),
        (
            {"FileSystemConfigs": [{"Arn": "a", "LocalMountPath": "/mnt/a"}]},
            "FileSystemConfigs: the local AWS has no EFS",
        ),
    ],
)
def test_creation_refuses(functions: Any, settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ClientError) as refused:
        functions.create(**settings)
    assert message in refused.value.response["Error"]["Message"]
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] in {400, 404}


def test_tracing_is_refused_to_a_role_that_may_not_write_traces(functions: Any) -> None:
    role = functions.create_role(Action=["logs:CreateLogStream", "logs:PutLogEvents"], Resource="*")
    active = {"TracingConfig": {"Mode": "Active"}}
    refusal = "role does not have permissions to call PutTraceSegments on XRAY"
    with pytest.raises(ClientError, match=refusal) as refused:
        functions.create(Role=role, **active)
    assert refused.value.response["Error"]["Code"] == "InvalidParameterValueException"
    name = functions.create(Role=role, TracingConfig={"Mode": "PassThrough"})
    with pytest.raises(ClientError, match=refusal):
        functions.client.update_function_configuration(FunctionName=name, **active)
    traced = functions.create(**active)
    with pytest.raises(ClientError, match=refusal):
        functions.client.update_function_configuration(FunctionName=traced, Role=role)


def test_role_that_does_not_trust_lambda_is_refused(functions: Any) -> None:
    role = functions.create_role(trusted="states.amazonaws.com")
    with pytest.raises(ClientError, match="cannot be assumed by Lambda") as refused:
        functions.create(Role=role)
    assert refused.value.response["Error"]["Code"] == "InvalidParameterValueException"
    name = functions.create()
    with pytest.raises(ClientError, match="cannot be assumed by Lambda"):
        functions.client.update_function_configuration(FunctionName=name, Role=role)
