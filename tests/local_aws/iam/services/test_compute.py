"""What the calls of Lambda, Step Functions and Glue jobs need."""

from __future__ import annotations

from typing import Any

from tests.local_aws.iam.services.needs import PASS, PASSED, Call, arn, assert_needs_exactly, calls

MACHINE = arn("states", "stateMachine:m")
EXECUTION = arn("states", "execution:m:e")


CALLS: list[Call] = [
    ("lambda", "invoke", {"FunctionName": "none"}, [("lambda:InvokeFunction", arn("lambda", "function:none"))]),
    (
        "lambda",
        "invoke",
        {"FunctionName": arn("lambda", "function:none")},
        [("lambda:InvokeFunction", arn("lambda", "function:none"))],
    ),
    (
        "lambda",
        "invoke",
        {"FunctionName": "none", "Qualifier": "live"},
        [("lambda:InvokeFunction", arn("lambda", "function:none:live"))],
    ),
    ("lambda", "get_function", {"FunctionName": "none"}, [("lambda:GetFunction", arn("lambda", "function:none"))]),
    (
        "lambda",
        "create_function",
        {
            "FunctionName": "iam-f",
            "Role": PASSED,
            "Code": {"ZipFile": b"not a zip"},
            "Handler": "a.b",
            "Runtime": "python3.12",
        },
        [("lambda:CreateFunction", arn("lambda", "function:iam-f")), PASS],
    ),
    ("stepfunctions", "start_execution", {"stateMachineArn": MACHINE}, [("states:StartExecution", MACHINE)]),
    ("stepfunctions", "describe_execution", {"executionArn": EXECUTION}, [("states:DescribeExecution", EXECUTION)]),
    ("stepfunctions", "stop_execution", {"executionArn": EXECUTION}, [("states:StopExecution", EXECUTION)]),
    (
        "stepfunctions",
        "create_state_machine",
        {"name": "iam-m", "definition": "{}", "roleArn": PASSED},
        [("states:CreateStateMachine", arn("states", "stateMachine:iam-m")), PASS],
    ),
    ("stepfunctions", "send_task_success", {"taskToken": "x", "output": "{}"}, [("states:SendTaskSuccess", "*")]),
    ("glue", "start_job_run", {"JobName": "none"}, [("glue:StartJobRun", arn("glue", "job/none"))]),
    (
        "glue",
        "create_job",
        {"Name": "iam-j", "Role": "passed", "Command": {"Name": "glueetl", "ScriptLocation": "s3://b/k"}},
        [("glue:CreateJob", arn("glue", "job/iam-j")), PASS],
    ),
    (
        "glue",
        "update_job",
        {"JobName": "none", "JobUpdate": {"Role": PASSED, "Command": {"Name": "glueetl"}}},
        [("glue:UpdateJob", arn("glue", "job/none")), PASS],
    ),
    (
        "glue",
        "batch_stop_job_run",
        {"JobName": "none", "JobRunIds": ["r"]},
        [("glue:BatchStopJobRun", arn("glue", "job/none"))],
    ),
    (
        "glue",
        "create_connection",
        {"ConnectionInput": {"Name": "iam-c", "ConnectionType": "NETWORK", "ConnectionProperties": {}}},
        [("glue:CreateConnection", arn("glue", "catalog")), ("glue:CreateConnection", arn("glue", "connection/iam-c"))],
    ),
    *(
        (
            "glue",
            method,
            {member: "none"},
            [(f"glue:{action}", arn("glue", "catalog")), (f"glue:{action}", arn("glue", "connection/none"))],
        )
        for method, action, member in (
            ("get_connection", "GetConnection", "Name"),
            ("delete_connection", "DeleteConnection", "ConnectionName"),
        )
    ),
    ("glue", "get_tags", {"ResourceArn": arn("glue", "job/none")}, [("glue:GetTags", arn("glue", "job/none"))]),
    ("glue", "get_job_run", {"JobName": "none", "RunId": "r"}, [("glue:GetJobRun", arn("glue", "job/none"))]),
]


@calls(CALLS)
def test_call_needs_exactly_these_permissions(role: Any, call: Call) -> None:
    assert_needs_exactly(role, call)
