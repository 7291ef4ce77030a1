"""Every statement of every role is needed: without it something would be denied.

The local IAM tells which checks a role passed by one statement alone, and would not have passed without it
(docs/fidelity/iam.md, tests/local_aws/iam). So everything the application can do is done once with all statements
there, as `USES` lists it, and each statement must have been needed by something. A feature whose statement nothing
there uses yet adds a use. What taking away does is tried on a sample, and in test_failures.py and test_api.py: the
execution fails, and says which action was denied.

Not everything is tried here:
- the fetch function's right to write datasets is used only when GroupLens is reached;
- the hosting role's right to publish metrics is used only by instances, which a local endpoint has none of;
- the roles of the Spark job and of what collects its results are used only where Spark is: by test_spark.py;
- the roles that end an endpoint's time, and that tear a stack down, are used by test_expiry.py and test_teardown.py;
- the machine's right to start that job is taken away instead: the execution fails before Spark is needed.
Three kinds do not end an execution, in AWS as little as here:
- functions, jobs and endpoints that may not write logs or metrics lose them silently, so there the audit must name it;
- the rights to deliver the machine's logs and to make the rule it waits by, and those of functions to write traces, are
  asked for when the machine or the function is created or updated, so there that call must fail;
- what only the clean-up needs is used by an execution that has something to clean up.
"""

from __future__ import annotations

import contextlib
import json
import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.e2e.alarms import Alarms
from tests.e2e.approving import judge, newest_package, started_by
from tests.e2e.calling import await_version, call, live_version
from tests.e2e.conftest import BOTH, COMPARED, DEADLINE_S, PREFIX, QUICK, TUNED, Cloud
from tests.e2e.meeting import await_state
from tests.e2e.roles import (
    Needed,
    actions,
    as_needed,
    await_denial,
    await_needed,
    is_lost_silently,
    needed,
    role_name,
    role_names,
    statements,
    without,
)

pytestmark = pytest.mark.e2e

EVERYTHING: dict[str, Any] = {**BOTH, **TUNED, **COMPARED, "models": BOTH["models"], "batch": {"n": 2}}
EVERYTHING["gate"] = {**BOTH["gate"], **COMPARED["gate"]}
EVERYTHING["deploy"] = {**QUICK["deploy"], "autoscaling": {"max": 2}}
"""An execution that tunes, trains both models, compares them with the live one, deploys, scales, and writes a batch."""
BY_SPARK = {**QUICK, "prepare": {"engine": "glue"}}
MACHINE = "RecommenderMachineRole"
NOT_USED = {
    ("FunctionsFetchRole", "s3:PutObject"),
    ("RecommenderPublishHostingRole", "cloudwatch:PutMetricData"),
    (MACHINE, "glue:StartJobRun"),
}
"""One of the actions of each statement that the docstring names; the roles of Spark, expiry and deletion besides."""
ROLES_WITH_SPARK = {"FunctionsCollectRole", "SparkRole"}
ELSEWHERE = {*ROLES_WITH_SPARK, "ExpiryRole", "ExpiryFunctionRole", "TeardownFunctionRole"}
TAKEN_AWAY: dict[str, tuple[str, dict[str, Any]]] = {
    "FunctionsFetchRole": ("s3:ListBucket", QUICK),
    "FunctionsPrepareRole": ("s3:GetObject", QUICK),
    "RecommenderTrainingRole": ("s3:GetObject", QUICK),
    "RecommenderPublishHostingRole": ("s3:GetObject", QUICK),
    MACHINE: ("glue:StartJobRun", BY_SPARK),
}
"""A statement by one of its actions, and what fails without it: of each kind of role one, and the sooner the better."""


def _everything(cloud: Cloud) -> None:
    done = cloud.execute(EVERYTHING)
    assert (done.status, done.output.get("decision")) == ("SUCCEEDED", "deployed"), done.cause


def _ask(cloud: Cloud) -> None:
    await_version(cloud, live_version(cloud))
    assert call(cloud, "/predictions", body={"pairs": [{"user": 1, "item": 1}]}).document["source"] == "endpoint"


def _send_back(cloud: Cloud) -> None:
    """A release whose alarm goes off, which its next evaluation would end."""
    arn = cloud.start({**QUICK, "deploy": {"release": {"bake_s": 3600}}})
    await_state(cloud, arn, "Update Endpoint")
    deadline = time.monotonic() + DEADLINE_S
    while cloud.client("stepfunctions").describe_execution(executionArn=arn)["status"] == "RUNNING":
        assert time.monotonic() < deadline, cloud.states(arn)
        if cloud.client("sagemaker").describe_endpoint(EndpointName=PREFIX)["EndpointStatus"] == "Updating":
            cloud.client("cloudwatch").set_alarm_state(
                AlarmName=f"{PREFIX}-endpoint-errors", StateValue="ALARM", StateReason="the test says so"
            )
        time.sleep(0.2)
    done = cloud.finish(arn)
    assert (done.status, done.output.get("decision")) == ("SUCCEEDED", "rejected"), done.cause
    Alarms(cloud).await_states({"endpoint-errors": "OK"})


def _restore(cloud: Cloud) -> None:
    done = cloud.execute({"restore": {"version": live_version(cloud)}})
    assert done.status == "SUCCEEDED", done.cause


def _restore_nothing(cloud: Cloud) -> None:
    assert cloud.execute({"restore": {"version": "never-was"}}).error == "UnknownVersion"


def _clean_up(cloud: Cloud) -> None:
    """An approved model that no container can load has a model and a config to remove, and a package to reject."""
    s3, where = cloud.client("s3"), _live_model(cloud)
    content = s3.get_object(**where)["Body"].read()
    s3.put_object(**where, Body=b"not a model")
    package = newest_package(cloud)
    judge(cloud, package, "Rejected")
    done = started_by(cloud, lambda: judge(cloud, package, "Approved"))
    s3.put_object(**where, Body=content)
    assert {"Delete New Model", "Delete New Endpoint Config", "Reject Package"} <= set(done.states), done


def _live_model(cloud: Cloud) -> dict[str, str]:
    """Bucket and key of the artifact that the endpoint serves."""
    sagemaker = cloud.client("sagemaker")
    (variant,) = sagemaker.describe_endpoint_config(EndpointConfigName=cloud.live_config())["ProductionVariants"]
    url = sagemaker.describe_model(ModelName=variant["ModelName"])["PrimaryContainer"]["ModelDataUrl"]
    bucket, _, key = url.removeprefix("s3://").partition("/")
    return {"Bucket": bucket, "Key": key}


def _retire(cloud: Cloud) -> None:
    (function,) = [
        entry["FunctionName"]
        for entry in cloud.client("lambda").list_functions(MaxItems=50)["Functions"]
        if entry["Handler"] == "lambdas.retire.handler"
    ]
    event = json.dumps({"keep": 0, "live": live_version(cloud)})
    answer = cloud.client("lambda").invoke(FunctionName=function, Payload=event)
    retired = json.load(answer["Payload"])
    assert retired["retired"]
    assert retired["packages"]


def _update_machine(cloud: Cloud) -> None:
    steps, arn = cloud.client("stepfunctions"), cloud.outputs["StateMachineArn"]
    machine = steps.describe_state_machine(stateMachineArn=arn)
    kept = {name: machine[name] for name in ("roleArn", "loggingConfiguration")}
    steps.update_state_machine(stateMachineArn=arn, **kept)


def _update_functions(cloud: Cloud) -> None:
    functions = cloud.client("lambda")
    for entry in functions.list_functions(MaxItems=50)["Functions"]:
        if entry["TracingConfig"]["Mode"] == "Active":
            kept = {name: entry[name] for name in ("FunctionName", "TracingConfig")}
            functions.update_function_configuration(**kept)


USES: dict[str, Callable[[Cloud], None]] = {
    "an execution with everything": _everything,
    "the API": _ask,
    "a restoration": _restore,
    "a restoration of nothing": _restore_nothing,
    "an approval, and a clean-up": _clean_up,
    "a release that is sent back": _send_back,
    "what deletes old versions": _retire,
    "an update of the machine": _update_machine,
    "an update of the functions": _update_functions,
}
"""What the application can do, in this order. The version that is live is the first one's: the clean-up is after a
second approval of it, while its package is the newest, and leaves that rejected."""


def test_each_statement_is_needed(live: Cloud) -> None:
    before = needed(live)
    for use in USES.values():
        use(live)
    await_needed(live, _all(live) - _not_used(live), since=before)


def test_what_is_not_used_is_there(live: Cloud) -> None:
    """Else one of `NOT_USED` would say nothing."""
    assert len(_not_used(live) & _all(live)) == len(NOT_USED) + sum(len(statements(live, role)) for role in ELSEWHERE)


def test_these_are_all_the_statements(live: Cloud) -> None:
    template = json.loads((live.assembly / "Pipeline.template.json").read_text())["Resources"].values()
    policies = [entry["Properties"] for entry in template if entry["Type"] == "AWS::IAM::Policy"]
    roles = [entry for entry in template if entry["Type"] == "AWS::IAM::Role"]
    assert len(roles) == len(role_names(live)) == len(policies)
    assert not [role for role in roles if {"Policies", "ManagedPolicyArns"} & role["Properties"].keys()]
    assert len(_all(live)) == sum(len(policy["PolicyDocument"]["Statement"]) for policy in policies) > 50


@pytest.mark.parametrize("role", TAKEN_AWAY)
def test_an_execution_without_a_statement_ends_and_says_what_was_denied(live: Cloud, role: str) -> None:
    action, given = TAKEN_AWAY[role]
    with _without(live, role, action):
        done = live.execute(given)
    assert done.status == "FAILED"
    assert action.partition(":")[2] in done.cause, done.cause
    assert re.search(r"not authorized|AccessDenied|Could not access", done.cause), done.cause


def test_logs_and_metrics_are_lost_silently(live: Cloud) -> None:
    roles = [role for role in role_names(live) if role.startswith("Functions") and role not in ROLES_WITH_SPARK]
    used = {*roles, *TAKEN_AWAY} - {MACHINE, "FunctionsRestoreRole"}
    with contextlib.ExitStack() as taken_away:
        for role in used:
            taken_away.enter_context(without(live, role, is_lost_silently))
        done = live.execute({**BOTH, "batch": {"n": 2}})
        assert done.status == "SUCCEEDED", done.cause
        for role in used:
            await_denial(live, role_name(live, role), {"logs:CreateLogStream", "logs:PutLogEvents"})
        await_denial(live, role_name(live, "RecommenderTrainingRole"), {"cloudwatch:PutMetricData"})


@pytest.mark.parametrize("action", ["logs:CreateLogDelivery", "events:PutRule"])
def test_a_machine_whose_role_may_not_log_or_wait_is_not_updated(live: Cloud, action: str) -> None:
    with _without(live, MACHINE, action), pytest.raises(ClientError) as refused:
        _update_machine(live)
    assert refused.value.response["Error"]["Code"] == "AccessDeniedException"
    assert action in str(refused.value) or "log destination" in str(refused.value).lower()


@contextlib.contextmanager
def _without(cloud: Cloud, role: str, action: str) -> Iterator[None]:
    with without(cloud, role, lambda entry: action in actions(entry)):
        yield


def _all(cloud: Cloud) -> set[Needed]:
    return {as_needed(name, entry) for role, name in role_names(cloud).items() for entry in statements(cloud, role)}


def _not_used(cloud: Cloud) -> set[Needed]:
    return {
        as_needed(name, entry)
        for role, name in role_names(cloud).items()
        for entry in statements(cloud, role)
        if role in ELSEWHERE or any((role, action) in NOT_USED for action in actions(entry))
    }
