"""Every statement of every role is needed: without it something fails, and says which action was denied.

All statements are tried but two: the fetch function's right to write datasets is used only when GroupLens is reached,
and the hosting role's right to publish metrics only by instances, which a local endpoint has none of. What retires
versions fails no execution, and what reads one needs no training: they are invoked by themselves; the API is called.
Three kinds do not end an execution, in AWS as little as here:
- functions, jobs and endpoints that may not write logs or metrics lose them silently, so there the audit must name it;
- the rights to deliver the machine's logs and to make the rule it waits by are asked for when the machine is created or
  updated, so there that call must fail;
- what only the clean-up needs is tried with an execution that has something to clean up.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.e2e.calling import call, live_version
from tests.e2e.conftest import BOTH, COMPARED, QUICK, TUNED, Cloud
from tests.e2e.roles import Statement, actions, await_denial, is_lost_silently, role_name, statements, without

pytestmark = pytest.mark.e2e

FUNCTIONS = ("Validate", "Fetch", "Prepare", "Evaluate", "Rank", "Verify", "Publish", "Batch", "Report", "Retire")
TRAINING = "RecommenderTrainingRole"
ROLES = (*(f"Functions{name}Role" for name in FUNCTIONS), TRAINING, "RecommenderPublishHostingRole")
BATCH = {**BOTH, "batch": {"n": 2}}
"""It uses every role of an execution that trains."""
GIVEN = {"FunctionsRankRole": BOTH, "FunctionsBatchRole": {**QUICK, "batch": {"n": 2}}}
"""What runs where a role is tried; QUICK uses all others."""
RETIRE, RESTORE, API = "FunctionsRetireRole", "FunctionsRestoreRole", "ApiAnswerRole"
ROLES_WITH_SPARK = ("FunctionsCollectRole", "SparkRole")
"""Those that are used only where Spark prepares: test_spark.py tries their statements."""
MACHINE = "RecommenderMachineRole"
BY_SPARK = {**QUICK, "prepare": {"engine": "glue"}}
"""It fails before Spark is needed, where the machine may not start the job."""
FIRST_USED_AT_CREATION = {"logs:CreateLogDelivery", "events:PutRule"}
CLEAN_UP_ONLY = {"sagemaker:DeleteModel", "sagemaker:DeleteEndpointConfig"}


def test_these_are_all_the_roles(cloud: Cloud) -> None:
    template = json.loads((cloud.assembly / "Pipeline.template.json").read_text())
    roles = [name for name, entry in template["Resources"].items() if entry["Type"] == "AWS::IAM::Role"]
    all_roles = (*ROLES, *ROLES_WITH_SPARK, RESTORE, API, MACHINE)
    assert all(any(name.startswith(known) for known in all_roles) for name in roles)
    assert len(roles) == len(all_roles)


@pytest.mark.parametrize("role", [role for role in ROLES if "Validate" not in role and role != RETIRE])
def test_each_statement_of_a_working_role(live: Cloud, role: str, subtests: pytest.Subtests) -> None:
    for statement in statements(live, role):
        if is_lost_silently(statement) or (role == "FunctionsFetchRole" and "s3:PutObject" in actions(statement)):
            continue
        with subtests.test(actions=actions(statement)), _taken_away(live, role, statement):
            _assert_denied(live, statement, GIVEN.get(role, QUICK))


def test_each_statement_for_logs_and_metrics(live: Cloud) -> None:
    with contextlib.ExitStack() as taken_away:
        for role in ROLES:
            taken_away.enter_context(without(live, role, is_lost_silently))
        done = live.execute(BATCH)
        assert done.status == "SUCCEEDED", done.cause
        for role in ROLES:
            await_denial(live, role_name(live, role), {"logs:CreateLogStream", "logs:PutLogEvents"})
        await_denial(live, role_name(live, TRAINING), {"cloudwatch:PutMetricData"})


@pytest.mark.parametrize("role", [RETIRE, RESTORE])
def test_each_statement_of_what_manages_versions(live: Cloud, role: str, subtests: pytest.Subtests) -> None:
    live.execute({**QUICK, "deploy": {"mode": "none"}})
    version = live_version(live)
    for statement in statements(live, role):
        keep = 1 if "s3:DeleteObject" in actions(statement) else 1000
        event = {"keep": keep, "live": version} if role == RETIRE else {"version": version}
        with subtests.test(actions=actions(statement)), _taken_away(live, role, statement):
            said = _invoked(live, role, event)
            if is_lost_silently(statement):
                await_denial(live, role_name(live, role), set(actions(statement)))
            else:
                assert _names_one(said, statement), said


def test_each_statement_of_the_apis_role(live: Cloud, subtests: pytest.Subtests) -> None:
    """It goes on with the version that it has in memory, so the audit must tell; after a failure it waits a while."""
    live.execute(QUICK)
    role, names = role_name(live, API), live.outputs["VersionParameter"]
    before = live_version(live)
    pair = {"pairs": [{"user": 1, "item": 1}]}
    for statement in statements(live, API):
        allowed = set(actions(statement))
        with subtests.test(actions=sorted(allowed)), _taken_away(live, API, statement):
            if "s3:GetObject" in allowed:  # another version has to be loaded
                live.client("ssm").put_parameter(Name=names, Value="never-was", Overwrite=True)
            await_denial(live, role, allowed, trying=lambda: call(live, "/predictions", body=pair))
            live.client("ssm").put_parameter(Name=names, Value=before, Overwrite=True)


def _invoked(cloud: Cloud, role: str, event: Mapping[str, Any]) -> str:
    """What the function of that role answers, or how it fails."""
    functions = cloud.client("lambda").list_functions(MaxItems=50)["Functions"]
    (name,) = (entry["FunctionName"] for entry in functions if entry["Role"].endswith(f"/{role_name(cloud, role)}"))
    answer = cloud.client("lambda").invoke(FunctionName=name, Payload=json.dumps(event))
    return str(answer["Payload"].read().decode())


def test_each_statement_of_the_machines_role(live: Cloud, subtests: pytest.Subtests) -> None:
    for statement in statements(live, MACHINE):
        allowed = set(actions(statement))
        with subtests.test(actions=sorted(allowed)), _taken_away(live, MACHINE, statement):
            if allowed & FIRST_USED_AT_CREATION:
                _assert_update_denied(live, allowed)
            elif allowed & CLEAN_UP_ONLY:
                with without(live, "FunctionsVerifyRole", lambda entry: "s3:PutObject" in actions(entry)):
                    _assert_denied(live, statement)
            else:
                _assert_denied(live, statement, _that_uses(statement))


def _that_uses(statement: Statement) -> Mapping[str, Any]:
    """The quickest input whose execution needs that statement of the machine's role."""
    said = json.dumps(statement)
    if "glue:StartJobRun" in said:
        return BY_SPARK
    if "TuningJob" in said or "hyper-parameter-tuning-job" in said:
        return TUNED
    if "DescribeEndpointConfig" in said or "DescribeModel" in said:
        return COMPARED
    return BOTH if "RankFunction" in said or "-rank" in said.lower() else QUICK


@contextlib.contextmanager
def _taken_away(cloud: Cloud, role: str, statement: Statement) -> Iterator[None]:
    with without(cloud, role, lambda entry: entry == statement):
        yield


def _assert_denied(cloud: Cloud, statement: Statement, given: Mapping[str, Any] = QUICK) -> None:
    done = cloud.execute(given)
    assert done.status == "FAILED"
    assert _names_one(done.cause, statement), done.cause
    assert re.search(r"not authorized|AccessDenied|Could not access", done.cause), done.cause


def _names_one(said: str, statement: Statement) -> bool:
    """Whether one of the actions is named, with or without its service."""
    return any(action.partition(":")[2] in said for action in actions(statement))


def _assert_update_denied(cloud: Cloud, allowed: set[str]) -> None:
    steps, arn = cloud.client("stepfunctions"), cloud.outputs["StateMachineArn"]
    machine = steps.describe_state_machine(stateMachineArn=arn)
    with pytest.raises(ClientError) as refused:
        steps.update_state_machine(
            stateMachineArn=arn, roleArn=machine["roleArn"], loggingConfiguration=machine["loggingConfiguration"]
        )
    assert refused.value.response["Error"]["Code"] == "AccessDeniedException"
    assert any(action in str(refused.value) for action in allowed) or "log destination" in str(refused.value).lower()
