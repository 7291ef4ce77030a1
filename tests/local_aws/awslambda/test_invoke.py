"""Invoke over HTTP, on a function that runs as a real process."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=8,
)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=JSON_VALUES)
def test_event_reaches_the_handler_and_its_return_value_comes_back(functions: Any, probe: str, value: Any) -> None:
    result = functions.invoke(probe, {"do": "echo", "value": value})
    assert (result.status, result.error, result.version) == (200, None, "$LATEST")
    assert result.payload == value


def test_context_describes_the_function_and_this_request(functions: Any, probe: str, local_aws: Any) -> None:
    client_context = base64.b64encode(json.dumps({"custom": {"tenant": "a"}}).encode()).decode()
    result = functions.invoke(probe, {"do": "about"}, ClientContext=client_context)
    about = result.payload
    assert about["arn"] == f"arn:aws:lambda:{local_aws.region}:{local_aws.account}:function:{probe}"
    assert (about["name"], about["version"], about["memory_mb"]) == (probe, "$LATEST", "128")
    assert about["request_id"] == result.request_id
    assert 0 < about["remaining_ms"] <= 20_000
    assert about["client"] == {"tenant": "a"}


def test_environment_is_lambdas_own_and_nothing_of_this_machine(
    functions: Any, probe: str, local_aws: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = functions.invoke(probe, {"do": "process"}).payload
    environment = process["environment"]
    assert environment["COLOUR"] == "blue"
    assert environment["AWS_ENDPOINT_URL"] == local_aws.endpoint_url
    assert environment["AWS_REGION"] == environment["AWS_DEFAULT_REGION"] == local_aws.region
    assert environment["AWS_EXECUTION_ENV"] == "AWS_Lambda_python3.13"
    assert environment["AWS_LAMBDA_FUNCTION_NAME"] == probe
    assert environment["AWS_LAMBDA_LOG_GROUP_NAME"] == f"/aws/lambda/{probe}"
    assert environment["LAMBDA_TASK_ROOT"] == process["folder"]
    inherited = set(os.environ) - {"PATH", "HOME", "LANG", "TZ", "LC_CTYPE", "TMPDIR", "LD_LIBRARY_PATH", "PYTHONPATH"}
    assert inherited.isdisjoint(environment)
    assert environment["HOME"] != os.environ.get("HOME")
    assert Path(environment["TMPDIR"]).is_relative_to(local_aws.folder)
    assert not any("site-packages" in entry for entry in process["path"])


def test_calls_are_signed_as_the_functions_role(functions: Any, probe: str, local_aws: Any) -> None:
    role = functions.role.rpartition("/")[2]
    identity = functions.invoke(probe, {"do": "whoami"}).payload
    assert identity == f"arn:aws:sts::{local_aws.account}:assumed-role/{role}/{probe}"


def test_missing_payload_is_an_empty_event(functions: Any) -> None:
    name = functions.create("def handler(event, context):\n    return event\n")
    assert functions.invoke(name).payload == {}


def test_dry_run_answers_204_and_runs_nothing(functions: Any, probe: str, tmp_path: Path) -> None:
    event = {"do": "touch", "path": str(tmp_path / "ran")}
    result = functions.invoke(probe, event, InvocationType="DryRun")
    assert (result.status, result.payload) == (204, None)
    assert functions.invoke(probe, {"do": "echo", "value": 1}).payload == 1
    assert not (tmp_path / "ran").exists()


def test_event_invocation_answers_202_and_runs_later(functions: Any, probe: str, tmp_path: Path) -> None:
    meeting = {"do": "meet", "folder": str(tmp_path), "expected": 2}
    result = functions.invoke(probe, meeting | {"name": "later"}, InvocationType="Event")
    assert (result.status, result.payload) == (202, None)
    functions.invoke(probe, meeting | {"name": "now"})
    assert {path.name for path in tmp_path.iterdir()} == {"later", "now"}


def test_log_tail_holds_what_the_invocation_wrote(functions: Any, probe: str) -> None:
    result = functions.invoke(probe, {"do": "log", "printed": "péché", "logged": "a line"})
    lines = result.log.splitlines()
    start = lines.index(f"START RequestId: {result.request_id} Version: $LATEST")
    assert lines[start + 1] == "péché"
    assert lines[start + 2].startswith("[INFO]\t")
    assert lines[start + 2].endswith(f"\t{result.request_id}\ta line")
    assert lines[start + 3] == f"END RequestId: {result.request_id}"
    assert lines[start + 4].startswith(f"REPORT RequestId: {result.request_id}\tDuration: ")
    assert "Memory Size: 128 MB" in lines[start + 4]


def test_log_tail_is_the_last_4_kb(functions: Any, probe: str) -> None:
    result = functions.invoke(probe, {"do": "log", "printed": "x" * 9000, "logged": "end"})
    assert len(result.log) == 4096
    assert "\tend\n" in result.log


@pytest.mark.parametrize("length", [6_100_000, 6_291_554])
def test_response_up_to_the_limit_comes_back_whole(functions: Any, probe: str, length: int) -> None:
    assert len(functions.invoke(probe, {"do": "repeat", "length": length}).payload) == length


def test_response_beyond_the_limit_is_an_error(functions: Any, probe: str) -> None:
    result = functions.invoke(probe, {"do": "repeat", "length": 6_291_555})
    assert result.error == "Unhandled"
    assert result.payload["errorType"] == "Function.ResponseSizeTooLarge"


@pytest.mark.parametrize(("kind", "limit"), [("RequestResponse", 6_291_456), ("Event", 1_048_576)])
def test_request_beyond_the_limit_is_refused(functions: Any, probe: str, kind: str, limit: int) -> None:
    event = {"do": "echo", "value": "x" * limit}
    with pytest.raises(ClientError) as refused:
        functions.invoke(probe, event, InvocationType=kind)
    assert refused.value.response["Error"]["Code"] == "RequestEntityTooLargeException"
    assert f"{len(json.dumps(event))} byte payload" in refused.value.response["Error"]["Message"]
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 413


def test_payload_that_is_not_json_is_refused(functions: Any, probe: str) -> None:
    with pytest.raises(ClientError, match="Could not parse request body into json") as refused:
        functions.client.invoke(FunctionName=probe, Payload=b"{not json")
    assert refused.value.response["Error"]["Code"] == "InvalidRequestContentException"


def test_unknown_function_is_not_found(functions: Any) -> None:
    with pytest.raises(ClientError, match=r"Function not found: arn:aws:lambda:.*:function:lam-absent") as refused:
        functions.invoke("lam-absent", {})
    assert refused.value.response["Error"]["Code"] == "ResourceNotFoundException"


def test_function_may_be_named_by_its_arn(functions: Any, probe: str, local_aws: Any) -> None:
    arn = f"arn:aws:lambda:{local_aws.region}:{local_aws.account}:function:{probe}"
    assert functions.invoke(arn, {"do": "echo", "value": 7}).payload == 7
