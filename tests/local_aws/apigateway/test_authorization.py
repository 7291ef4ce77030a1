"""Who may call an API: the caller's policies, and the function's own."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.credentials import Credentials

from tests.local_aws.apigateway.laboratory import OPERATOR, Laboratory, allow, api_resources, permission

FORBIDDEN = (403, '{"message":"Forbidden"}')
ARN = "arn:aws:execute-api:eu-west-1:123456789012"


def outcome(response: Any) -> tuple[int, str]:
    return response.status_code, response.text


def test_nobody_calls_without_a_signature(lab: Laboratory, api: dict[str, str]) -> None:
    for method, path in (("GET", "/users/1"), ("POST", "/predictions"), ("GET", "/none"), ("DELETE", "/files/a")):
        response = lab.call(api["Url"] + path, method, by=None)
        assert outcome(response) == FORBIDDEN
        assert lab.entry_of(api["Log"], response)["why"] == "Missing Authentication Token"
    assert lab.call(f"{api['Url']}/open", by=None).status_code == 200


def test_a_role_calls_what_its_policy_names_and_nothing_else(lab: Laboratory, api: dict[str, str]) -> None:
    caller = lab.caller(allow(f"{ARN}:{api['Api']}/$default/GET/users/*"))
    response = lab.call(f"{api['Url']}/users/13", by=caller)
    iam = response.json()["requestContext"]["authorizer"]["iam"]
    assert iam["accessKey"] == caller.access_key
    assert iam["userArn"].startswith("arn:aws:sts::123456789012:assumed-role/api-")
    assert iam["userArn"].endswith("/caller")
    assert iam["callerId"] == iam["userId"]
    assert iam["userId"].startswith("AROA")
    assert lab.entry_of(api["Log"], response)["caller"] == iam["userArn"]
    refused = lab.call(f"{api['Url']}/predictions", "POST", by=caller, data=b"{}")
    assert outcome(refused) == FORBIDDEN
    said = lab.entry_of(api["Log"], refused)
    resource = f"{ARN}:{api['Api']}/$default/POST/predictions"
    assert said["why"].startswith(f"User: {iam['userArn']} is not authorized to perform: execute-api:Invoke on")
    role = iam["userArn"].split("/")[1]
    denials = [denial for denial in lab.audit()["denials"] if denial["role"] == role]
    assert [(denial["action"], denial["resource"]) for denial in denials] == [("execute-api:Invoke", resource)]
    used = [(row["action"], row["resource"]) for row in lab.audit()["used"] if row["role"] == role]
    assert used == [("execute-api:Invoke", f"{ARN}:{api['Api']}/$default/GET/users/*")]


@pytest.mark.parametrize(
    ("statements", "is_allowed"),
    [
        ([allow("*")], True),
        ([allow(f"{ARN}:*/*/GET/users/13")], True),
        ([allow(f"{ARN}:*/*/POST/users/13")], False),
        ([allow(f"{ARN}:other/*")], False),
        ([allow("*"), allow(f"{ARN}:*/*/GET/users/13", "Deny")], False),
        ([allow("*") | {"Condition": {"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}}], True),
        ([allow("*") | {"Condition": {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}}], False),
        ([], False),
    ],
    ids=["all", "path", "method", "another api", "denied", "address", "another address", "nothing"],
)
def test_policies(lab: Laboratory, api: dict[str, str], statements: list[Any], *, is_allowed: bool) -> None:
    response = lab.call(f"{api['Url']}/users/13", by=lab.caller(*statements))
    assert response.status_code == (200 if is_allowed else 403)


def test_a_session_policy_narrows(lab: Laboratory, api: dict[str, str]) -> None:
    policy = {"Version": "2012-10-17", "Statement": [allow(f"{ARN}:*/*/GET/users/1")]}
    caller = lab.caller(allow("*"), session_policy=policy)
    assert lab.call(f"{api['Url']}/users/1", by=caller).status_code == 200
    assert lab.call(f"{api['Url']}/users/2", by=caller).status_code == 403


@pytest.mark.parametrize("path", ["secret", "%2573ecret"])
def test_a_path_that_is_encoded_otherwise_is_the_same_resource(lab: Laboratory, api: dict[str, str], path: str) -> None:
    caller = lab.caller(allow("*"), allow(f"{ARN}:*/*/GET/users/secret", "Deny"))
    assert lab.call(f"{api['Url']}/users/{path}", by=caller).status_code == 403
    assert lab.call(f"{api['Url']}/users/{path}").json()["pathParameters"] == {"user": "secret"}


@pytest.mark.parametrize("wrong", ["secret", "token", "key", "operator"])
def test_credentials_that_are_not_right(lab: Laboratory, api: dict[str, str], wrong: str) -> None:
    right, other = lab.caller(allow("*")), lab.caller(allow("*"))
    credentials = {
        "secret": Credentials(right.access_key, other.secret_key, right.token),
        "token": Credentials(right.access_key, right.secret_key, other.token),
        "key": Credentials("ASIAIOSFODNN7EXAMPLE", right.secret_key, right.token),
        "operator": Credentials("local-operator", "guessed"),
    }[wrong]
    assert lab.call(f"{api['Url']}/users/1", by=right).status_code == 200
    assert outcome(lab.call(f"{api['Url']}/users/1", by=credentials)) == FORBIDDEN


def test_a_users_key_signs_with_its_own_secret(lab: Laboratory, api: dict[str, str]) -> None:
    iam = lab.local_aws.client("iam")
    iam.create_user(UserName="api-user")
    key = iam.create_access_key(UserName="api-user")["AccessKey"]
    own = Credentials(key["AccessKeyId"], key["SecretAccessKey"])
    assert lab.call(f"{api['Url']}/users/1", by=own).status_code == 200
    assert lab.call(f"{api['Url']}/users/1", by=Credentials(key["AccessKeyId"], "local")).status_code == 403


def test_a_signed_body_cannot_be_exchanged(lab: Laboratory, api: dict[str, str]) -> None:
    sent: dict[str, str] = {}
    lab.http.hooks["response"].append(lambda response, **_: sent.update(response.request.headers))
    assert lab.call(f"{api['Url']}/predictions", "POST", data=b"{}").status_code == 200
    lab.http.hooks["response"].clear()
    response = lab.call(
        f"{api['Url']}/predictions", "POST", by=None, data=b"[]", headers=sent | {"Content-Length": "2"}
    )
    assert outcome(response) == FORBIDDEN


def test_the_function_must_let_api_gateway_in(lab: Laboratory) -> None:
    routes = {"A": ("GET /a/{x}", "NONE"), "B": ("GET /b", "NONE"), "Default": ("$default", "NONE")}
    name, outputs = lab.deploy(api_resources(routes))
    refused = lab.call(f"{outputs['Url']}/a/1", by=None)
    assert outcome(refused) == (500, '{"message":"Internal Server Error"}')
    said = "The IAM role configured on the integration or API Gateway doesn't have permissions to call the integration."
    assert lab.entry_of(outputs["Log"], refused)["integration"].startswith(said)
    denied = [row for row in lab.audit()["denials"] if row["role"] == "apigateway.amazonaws.com"]
    assert any(row["resource"].endswith(f":function:{outputs['Function']}") for row in denied)
    # As the CDK writes it for one route: the path with its variables, any method.
    lab.deployer.update(name, {**api_resources(routes), "P": permission("/*/*/a/{x}")}, Outputs={})
    statuses = {path: lab.call(outputs["Url"] + path, by=None).status_code for path in ("/a/1", "/b", "/c")}
    assert statuses == {"/a/1": 200, "/b": 500, "/c": 500}
    # And as the console writes it for the default route.
    lab.deployer.update(name, {**api_resources(routes), "P": permission("/*/$default")}, Outputs={})
    statuses = {path: lab.call(outputs["Url"] + path, by=None).status_code for path in ("/a/1", "/b", "/c")}
    assert statuses == {"/a/1": 500, "/b": 500, "/c": 200}


def test_the_operator_is_the_accounts_root(lab: Laboratory, api: dict[str, str]) -> None:
    iam = lab.call(f"{api['Url']}/users/1", by=OPERATOR).json()["requestContext"]["authorizer"]["iam"]
    assert iam["userArn"] == "arn:aws:iam::123456789012:root"
