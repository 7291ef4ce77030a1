"""Resources that a function makes: what it is asked, what becomes of its answers, and of none."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.local_aws.cloudformation.conftest import Deployer
from tests.local_aws.cloudformation.providing import TYPE, Provider, provider
from tests.local_aws.cloudformation.test_rollback import parameter, taken

FAILED = {"Status": "FAILED", "Reason": "not today"}


@pytest.fixture(scope="module")
def provided(aws: Callable[[str], Any], tmp_path_factory: pytest.TempPathFactory) -> Provider:
    return provider(Deployer(cache(aws)), tmp_path_factory.mktemp("provider") / "seen")


def arn(deployer: Deployer, name: str) -> str:
    return str(deployer.describe(name)["StackId"])


def test_a_whole_life(deployer: Deployer, provided: Provider) -> None:
    outputs = {"Id": {"Value": {"Ref": "R"}}, "Data": {"Value": {"Fn::GetAtt": ["R", "Inner.Name"]}}}
    made = {"Create": {"PhysicalResourceId": "first", "Data": {"Inner.Name": "one", "N": 1}, "NoEcho": True}}
    first = provided.resource(made, Number=1, Flag=False, List=[2, {"Deep": True}], ServiceTimeout=30)
    name = deployer.create({"R": first}, Outputs=outputs)
    stack = arn(deployer, name)
    assert deployer.outputs(name) == {"Id": "first", "Data": "one"}
    (created,) = provided.requests(stack)
    assert created["ResourceProperties"] == {
        **first["Properties"],
        "Number": "1",
        "Flag": "false",
        "List": ["2", {"Deep": "true"}],
        "ServiceTimeout": "30",
    }
    assert (created["ResourceType"], created["LogicalResourceId"]) == (TYPE, "R")

    second = provided.resource({"Update": {"Data": {"Inner.Name": "two"}}}, Number=2)
    deployer.update(name, {"R": second}, Outputs=outputs)
    assert deployer.outputs(name) == {"Id": "first", "Data": "two"}
    updated = provided.requests(stack)[1]
    assert updated["OldResourceProperties"] == created["ResourceProperties"]
    assert (updated["ResourceProperties"]["Number"], updated["PhysicalResourceId"]) == ("2", "first")

    deployer.api.delete_stack(StackName=name)
    assert deployer.status(stack) == "DELETE_COMPLETE"
    assert provided.asked(stack) == [("Create", None), ("Update", "first"), ("Delete", "first")]
    assert provided.requests(stack)[2]["ResourceProperties"]["Number"] == "2"


def test_nothing_is_asked_when_nothing_changes(deployer: Deployer, provided: Provider) -> None:
    name = deployer.create({"R": provided.resource(), "P": parameter()})
    deployer.update(name, {"R": provided.resource(), "P": parameter("w")})
    assert provided.asked(arn(deployer, name)) == [("Create", None)]


def test_a_failed_creation_says_why_and_is_deleted(deployer: Deployer, provided: Provider) -> None:
    refusing = provided.resource({"Create": {**FAILED, "PhysicalResourceId": "half"}})
    name = deployer.attempt({"R": refusing})
    stack = arn(deployer, name)
    assert deployer.status(name) == "ROLLBACK_COMPLETE"
    request = provided.requests(stack)[0]["RequestId"]
    said = "Received response status [FAILED] from custom resource. Message returned: not today"
    assert deployer.reasons(name)["R"] == f"{said} (RequestId: {request})"
    assert provided.asked(stack) == [("Create", None), ("Delete", "half")]


def test_a_failed_update_is_undone_by_another(deployer: Deployer, provided: Provider) -> None:
    name = deployer.create({"R": provided.resource(N=1)})
    deployer.update(name, {"R": provided.resource({"Update": FAILED}, N=2)})
    assert deployer.status(name) == "UPDATE_ROLLBACK_COMPLETE"
    assert "not today" in deployer.reasons(name)["R"]
    _, tried, undone = provided.requests(arn(deployer, name))
    assert (tried["ResourceProperties"]["N"], undone["ResourceProperties"]["N"]) == ("2", "1")
    assert undone["OldResourceProperties"] == tried["ResourceProperties"]


def test_another_id_is_another_resource(deployer: Deployer, provided: Provider) -> None:
    name = deployer.create({"R": provided.resource(N=1)})
    seen = len(deployer.events(name))
    deployer.update(name, {"R": provided.resource({"Update": {"PhysicalResourceId": "second"}}, N=2)})
    assert deployer.physical(name) == {"R": "second"}
    assert provided.asked(arn(deployer, name)) == [("Create", None), ("Update", "made"), ("Delete", "made")]
    assert provided.requests(arn(deployer, name))[2]["ResourceProperties"]["N"] == "1"
    assert deployer.events(name)[seen:] == [
        (name, "UPDATE_IN_PROGRESS"),
        ("R", "UPDATE_IN_PROGRESS"),
        ("R", "UPDATE_IN_PROGRESS"),
        ("R", "UPDATE_COMPLETE"),
        (name, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"),
        ("R", "DELETE_IN_PROGRESS"),
        ("R", "DELETE_COMPLETE"),
        (name, "UPDATE_COMPLETE"),
    ]


def test_a_replacement_is_rolled_back(deployer: Deployer, provided: Provider, aws: Callable[[str], Any]) -> None:
    before = provided.resource({"Update": {"PhysicalResourceId": "made"}}, N=1)
    name = deployer.create({"R": before})
    after = provided.resource({"Update": {"PhysicalResourceId": "second"}}, N=2)
    deployer.update(name, {"R": after, "Bad": {**taken(aws, f"/{deployer.name()}"), "DependsOn": "R"}})
    assert deployer.status(name) == "UPDATE_ROLLBACK_COMPLETE"
    assert deployer.physical(name) == {"R": "made"}
    stack = arn(deployer, name)
    assert provided.asked(stack) == [("Create", None), ("Update", "made"), ("Update", "second"), ("Delete", "second")]
    assert (name, "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS") in deployer.events(name)


def test_silence_is_a_failure_after_a_while(deployer: Deployer, provided: Provider) -> None:
    name = deployer.attempt({"R": provided.resource({"Create": "nothing"}, ServiceTimeout=1)})
    assert deployer.status(name) == "ROLLBACK_COMPLETE"
    created, deleted = provided.requests(arn(deployer, name))
    said = deployer.reasons(name)["R"]
    assert said.startswith("CloudFormation did not receive a response from your Custom Resource.")
    assert created["RequestId"] in said
    assert deleted["PhysicalResourceId"].startswith(f"{name}-R-")


def test_the_answer_may_come_from_elsewhere(deployer: Deployer, tmp_path: Path) -> None:
    """The function has returned long before: whoever knows the URL may answer, once."""
    asked = provider(deployer, tmp_path / "seen")
    resources = {"R": asked.resource({"Create": "nothing"})}
    with ThreadPoolExecutor(1) as threads:
        creating = threads.submit(deployer.create, resources, Outputs={"O": {"Value": {"Fn::GetAtt": ["R", "A"]}}})
        request = asked.next_request()
        answer = {name: request[name] for name in ("StackId", "RequestId", "LogicalResourceId")}
        answer |= {"Status": "SUCCESS", "PhysicalResourceId": "late", "Data": {"A": "from elsewhere"}}
        assert put(request["ResponseURL"], answer) == 200
        assert put(request["ResponseURL"], answer) == 403
        name = creating.result()
    assert deployer.outputs(name) == {"O": "from elsewhere"}


def put(url: str, answer: dict[str, Any]) -> int:
    request = urllib.request.Request(url, json.dumps(answer).encode(), method="PUT")  # noqa: S310 - our own server's
    try:
        with urllib.request.urlopen(request) as answered:  # noqa: S310
            return int(answered.status)
    except urllib.error.HTTPError as error:
        return error.code


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"Status": "FAILURE"}, "Invalid Response object: 'FAILURE' is not a valid ResponseStatus"),
        ({"RequestId": "mine"}, "Invalid Response object: RequestId 'mine', expected"),
        ({"PhysicalResourceId": ""}, "Invalid PhysicalResourceId"),
        ({"Data": {"Long": "x" * 5000}}, "Response object is too long."),
        ({"Data": [1]}, "Invalid Response object: Data [1], expected an object"),
    ],
)
def test_what_is_no_answer_fails_the_resource(
    deployer: Deployer, provided: Provider, said: dict[str, Any], reason: str
) -> None:
    name = deployer.attempt({"R": provided.resource({"Create": said})})
    assert deployer.status(name) == "ROLLBACK_COMPLETE"
    assert deployer.reasons(name)["R"].startswith(reason)


def test_an_attribute_that_was_not_answered_fails_who_asks_for_it(deployer: Deployer, provided: Provider) -> None:
    resources = {"R": provided.resource(), "P": parameter({"Fn::GetAtt": ["R", "Missing"]})}
    name = deployer.attempt(resources)
    assert "Vendor response doesn't contain Missing attribute in object" in deployer.reasons(name)["P"]


@pytest.mark.parametrize(
    ("token", "reason"),
    [
        ("arn:aws:sns:eu-west-1:123456789012:topic", "no SNS topics"),
        ("arn:aws:lambda:eu-west-1:123456789012:function:absent", "Function not found"),
    ],
)
def test_who_cannot_be_asked_fails_the_resource(deployer: Deployer, token: str, reason: str) -> None:
    name = deployer.attempt({"R": {"Type": TYPE, "Properties": {"ServiceToken": token}}})
    assert deployer.status(name) == "ROLLBACK_COMPLETE"
    assert reason in deployer.reasons(name)["R"]


def test_the_token_stays(deployer: Deployer, provided: Provider) -> None:
    name = deployer.create({"R": provided.resource()})
    deployer.update(name, {"R": provided.resource(ServiceToken=f"{provided.function_arn}-2")})
    assert deployer.status(name) == "UPDATE_ROLLBACK_COMPLETE"
    assert deployer.reasons(name)["R"] == "Modifying service token is not allowed."


def test_what_will_not_go_is_left_and_can_be_let_be(deployer: Deployer, provided: Provider) -> None:
    needed = parameter()
    resources = {"R": {**provided.resource({"Delete": FAILED}), "DependsOn": "Needed"}, "Needed": needed, "P": needed}
    name = deployer.create(resources)
    deployer.api.delete_stack(StackName=name)
    assert deployer.status(name) == "DELETE_FAILED"
    assert deployer.describe(name)["StackStatusReason"] == "The following resource(s) failed to delete: [R]. "
    assert "not today" in deployer.reasons(name)["R"]
    # What it depends on is there, and what does not matter to it is not.
    assert set(deployer.physical(name)) == {"R", "Needed"}
    stack = arn(deployer, name)
    deployer.api.delete_stack(StackName=name, RetainResources=["R"])
    assert deployer.status(stack) == "DELETE_COMPLETE"
    assert ("R", "DELETE_SKIPPED") in deployer.events(stack)
