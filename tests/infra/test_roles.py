"""What each role may do, in full, and who may take it."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase

from tests.infra.expected_roles import ASSETS, CONDITIONS, EXPECTED, NAME, OF_THE_GROUP, RULE_ARN, TO_SCHEDULER
from tests.infra.rendering import Json, masked, resources
from tests.infra.statements import listed, statements


def test_each_role_may_do_exactly_this(pipeline: Json) -> None:
    granted: dict[str, dict[str, str]] = {role: {} for role in resources(pipeline, "AWS::IAM::Role")}
    for role, statement in statements(pipeline):
        actions = " ".join(listed(statement["Action"]))
        if "scheduler.amazonaws.com" in str(statement.get("Condition")):
            actions += " to the Scheduler"
        assert actions not in granted[role], "one statement for the same actions"
        granted[role][actions] = " ".join(_short(masked(statement["Resource"])))
    assert granted == EXPECTED


def test_nothing_is_allowed_twice(pipeline: Json) -> None:
    """Who takes a statement away takes the right away."""
    allowed = [
        (role, action, resource)
        for role, statement in statements(pipeline)
        for action in listed(statement["Action"])
        for resource in listed(statement["Resource"])
    ]
    assert len(allowed) > 60
    assert len(set(allowed)) == len(allowed)
    for role, action, resource in allowed:
        wider = [other for owner, same, other in allowed if (owner, same) == (role, action) and other != resource]
        assert not [other for other in wider if fnmatchcase(resource, other)], (role, action, resource)


def test_the_spark_job_may_do_what_the_function_does_and_fetch_its_code() -> None:
    """The same preparation needs the same permissions, whoever runs it."""
    function, spark = EXPECTED["FunctionsPrepareRole"], EXPECTED["SparkRole"]
    assert {action for action in function if action.startswith("s3:")} == {
        action for action in spark if action.startswith("s3:")
    }
    assert CONDITIONS["SparkRole s3:ListBucket"] == CONDITIONS["FunctionsPrepareRole s3:ListBucket"]
    code = "s3:assets/<asset hash>.py s3:assets/<asset hash>.zip"
    assert spark["s3:GetObject"] == f"{code} {function['s3:GetObject']}"


def test_conditions_narrow_listing_and_passing(pipeline: Json) -> None:
    found = {
        f"{role} {statement['Action']}": statement["Condition"]
        for role, statement in statements(pipeline)
        if "Condition" in statement and statement["Condition"] != TO_SCHEDULER
    }
    assert found == CONDITIONS
    passing = {role for role, statement in statements(pipeline) if statement.get("Condition") == TO_SCHEDULER}
    assert passing == {"RecommenderMachineRole", "ExpiryFunctionRole"}


def test_statements_only_allow_and_name_each_action(pipeline: Json) -> None:
    for role, statement in statements(pipeline):
        assert statement["Effect"] == "Allow"
        assert not {"NotAction", "NotResource"} & statement.keys()
        assert not [action for action in listed(statement["Action"]) if "*" in action], role


def test_roles_have_nothing_beside_their_own_policy(pipeline: Json) -> None:
    for role, properties in resources(pipeline, "AWS::IAM::Role").items():
        assert not properties.keys() & {"ManagedPolicyArns", "Policies"}, role
    assert all(len(policy["Roles"]) == 1 for policy in resources(pipeline, "AWS::IAM::Policy").values())


def test_each_role_trusts_one_service_on_behalf_of_this_account(pipeline: Json) -> None:
    ours = {"StringEquals": {"aws:SourceAccount": "${AWS::AccountId}"}}
    expected: dict[str, tuple[str, Json]] = {
        **{
            role: ("lambda.amazonaws.com", {})
            for role in EXPECTED
            if role.endswith("FunctionRole") or role.startswith(("Functions", "ApiAnswer"))
        },
        "ApprovalsRole": (
            "events.amazonaws.com",
            {"StringEquals": {**ours["StringEquals"], "aws:SourceArn": RULE_ARN}},
        ),
        "SparkRole": ("glue.amazonaws.com", {}),  # infra.spark says why
        "RecommenderTrainingRole": ("sagemaker.amazonaws.com", ours),
        "RecommenderPublishHostingRole": ("sagemaker.amazonaws.com", ours),
        "RecommenderMachineRole": ("states.amazonaws.com", ours),
        "ExpiryRole": ("scheduler.amazonaws.com", OF_THE_GROUP),
    }
    trusted = {}
    for role, properties in resources(pipeline, "AWS::IAM::Role").items():
        (statement,) = properties["AssumeRolePolicyDocument"]["Statement"]
        assert statement["Action"] == "sts:AssumeRole"
        trusted[role] = (statement["Principal"]["Service"], statement.get("Condition", {}))
    assert trusted == expected


def _short(value: str | list[str]) -> list[str]:
    return sorted(_short_arn(resource) for resource in listed(value))


def _short_arn(resource: str) -> str:
    """Only the service and the resource of an ARN of this partition, region and account; others raise."""
    if resource == "*" or resource.startswith("${"):
        return re.sub(r"[0-9A-F]{8}(?=(?:\.Arn)?}$)", "", resource)
    bucket = resource.removeprefix(f"arn:${{AWS::Partition}}:s3:::${{import {NAME}-bucket}}")
    if bucket != resource:
        return f"s3:bucket{bucket}"
    if resource.startswith(ASSETS):
        return f"s3:assets{resource.removeprefix(ASSETS)}"
    place = r"(iam:|[\w-]+:\$\{AWS::Region}):\$\{AWS::AccountId}"
    arn = re.fullmatch(rf"arn:\$\{{AWS::Partition}}:{place}:(.+)", resource)
    assert arn, f"{resource}: expected partition, region and account by reference"
    return f"{arn[1].partition(':')[0]}:{arn[2]}"


def test_every_function_and_the_machine_are_traced(pipeline: Json) -> None:
    functions = resources(pipeline, "AWS::Lambda::Function")
    traced = {name for name, each in functions.items() if each.get("TracingConfig") == {"Mode": "Active"}}
    assert {name for name, each in functions.items() if each["Handler"].startswith("lambdas.")} == traced
    (machine,) = resources(pipeline, "AWS::StepFunctions::StateMachine").values()
    assert machine["TracingConfiguration"] == {"Enabled": True}
