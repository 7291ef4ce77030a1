"""APIs in stacks: what an update changes, what it costs to be busy, and what is left after deletion."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from botocore.exceptions import ClientError

from tests.local_aws.apigateway.laboratory import OUTPUTS, Laboratory, Template, api_resources, permission

ROUTES = {"A": ("GET /a", "AWS_IAM")}
LOG = {"DestinationArn": {"Fn::GetAtt": ["Log", "Arn"]}}


def with_permission(resources: Template) -> Template:
    return {**resources, "Permission": permission()}


def test_an_update_is_live_at_once(lab: Laboratory) -> None:
    name, before = lab.deploy(with_permission(api_resources(ROUTES)))
    url = before["Url"]
    assert lab.call(f"{url}/a").status_code == 200
    assert lab.call(f"{url}/b").status_code == 404
    moved = api_resources({"A": ("GET /b", "NONE")}, StageVariables={"colour": "blue"})
    moved["Integration"]["Properties"]["TimeoutInMillis"] = 1000
    moved["Api"]["Properties"]["Description"] = "moved"
    lab.deployer.update(name, with_permission(moved), Outputs=OUTPUTS)
    assert lab.deployer.status(name) == "UPDATE_COMPLETE", lab.deployer.reasons(name)
    assert lab.deployer.outputs(name) == before
    assert lab.call(f"{url}/a").status_code == 404
    assert lab.call(f"{url}/b", by=None).json()["stageVariables"] == {"colour": "blue"}
    late = lab.call(f"{url}/b?do=sleep", by=None)
    assert (late.status_code, late.text) == (503, '{"message":"Service Unavailable"}')


def test_what_an_update_takes_away(lab: Laboratory) -> None:
    busy = {"DefaultRouteSettings": {"ThrottlingRateLimit": 0.001, "ThrottlingBurstLimit": 2}}
    name, outputs = lab.deploy(with_permission(api_resources(ROUTES, **busy)))
    url = f"{outputs['Url']}/a"
    assert [lab.call(url).status_code for _ in range(4)] == [200, 200, 429, 429]
    refused = lab.call(url)
    assert refused.text == '{"message":"Too Many Requests"}'
    assert lab.entry_of(outputs["Log"], refused)["error"] == "Too Many Requests"
    plain = api_resources(ROUTES)
    del plain["Stage"]["Properties"]["AccessLogSettings"]
    lab.deployer.update(name, with_permission(plain), Outputs=OUTPUTS)
    assert lab.deployer.status(name) == "UPDATE_COMPLETE", lab.deployer.reasons(name)
    assert [lab.call(url).status_code for _ in range(4)] == [200] * 4
    stage = lab.local_aws.client("apigatewayv2").get_stage(ApiId=outputs["Api"], StageName="$default")
    assert "AccessLogSettings" not in stage
    assert stage["DefaultRouteSettings"] == {}


def test_a_route_has_limits_of_its_own(lab: Laboratory) -> None:
    own = {"RouteSettings": {"GET /a": {"ThrottlingRateLimit": 0.001, "ThrottlingBurstLimit": 1}}}
    _, outputs = lab.deploy(with_permission(api_resources({**ROUTES, "B": ("GET /b", "AWS_IAM")}, **own)))
    statuses = {path: [lab.call(outputs["Url"] + path).status_code for _ in range(2)] for path in ("/a", "/b")}
    assert statuses == {"/a": [200, 429], "/b": [200, 200]}


def test_a_function_without_room_is_unavailable(lab: Laboratory) -> None:
    resources = with_permission(api_resources(ROUTES))
    resources["Function"]["Properties"]["ReservedConcurrentExecutions"] = 0
    _, outputs = lab.deploy(resources)
    response = lab.call(f"{outputs['Url']}/a")
    assert (response.status_code, response.text) == (503, '{"message":"Service Unavailable"}')
    assert lab.entry_of(outputs["Log"], response)["integration"] == "Rate Exceeded."


def test_a_stage_with_a_name_is_in_the_path(lab: Laboratory) -> None:
    _, outputs = lab.deploy(with_permission(api_resources(ROUTES, StageName="dev")))
    event = lab.call(f"{outputs['Url']}/dev/a").json()
    assert (event["rawPath"], event["routeKey"], event["requestContext"]["stage"]) == ("/dev/a", "GET /a", "dev")
    missing = lab.call(f"{outputs['Url']}/a")
    assert (missing.status_code, missing.text) == (404, '{"message":"Not Found"}')


def test_nothing_listens_after_deletion(lab: Laboratory) -> None:
    name, outputs = lab.deploy(with_permission(api_resources(ROUTES)))
    lab.deployer.api.delete_stack(StackName=name)
    with pytest.raises(requests.ConnectionError):
        lab.call(f"{outputs['Url']}/a")
    apis = lab.local_aws.client("apigatewayv2").get_apis()["Items"]
    assert outputs["Api"] not in [api["ApiId"] for api in apis]


@pytest.mark.parametrize(
    ("resource", "change", "said"),
    [
        ("Api", {"CorsConfiguration": {"AllowOrigins": ["*"]}}, "CorsConfiguration"),
        ("Api", {"ProtocolType": "WEBSOCKET"}, "protocolType 'WEBSOCKET' is not emulated, only 'HTTP'"),
        ("Api", {"DisableExecuteApiEndpoint": True}, "disableExecuteApiEndpoint True is not emulated"),
        ("Integration", {"PayloadFormatVersion": "1.0"}, "payloadFormatVersion '1.0' is not emulated, only '2.0'"),
        ("Integration", {"IntegrationType": "HTTP_PROXY"}, "integrationType 'HTTP_PROXY' is not emulated"),
        ("Integration", {"TimeoutInMillis": 30_001}, "between 50 ms and 30000 ms"),
        ("Integration", {"IntegrationUri": "arn:aws:lambda:function"}, "Invalid function ARN"),
        ("A", {"AuthorizationType": "JWT"}, "authorizationType 'JWT' is not emulated, only 'NONE' or 'AWS_IAM'"),
        ("A", {"RouteKey": "/a"}, "not formatted properly"),
        ("A", {"RouteKey": "GET /a/{x+}/b"}, "a part that no path may have"),
        ("A", {"Target": "integrations/none"}, "Invalid Integration identifier"),
        ("Stage", {"AutoDeploy": False}, "autoDeploy False is not emulated"),
        ("Stage", {"AccessLogSettings": {"DestinationArn": "arn:aws:firehose:x", "Format": "a"}}, "ARN of a log group"),
        ("Stage", {"AccessLogSettings": LOG | {"Format": "$context.tls"}}, "$context.tls is not emulated"),
        ("Stage", {"DefaultRouteSettings": {"LoggingLevel": "INFO"}}, "loggingLevel is not supported for HTTP APIs"),
    ],
)
def test_what_cannot_be_fails_the_stack_by_name(
    lab: Laboratory, resource: str, change: dict[str, Any], said: str
) -> None:
    resources = with_permission(api_resources(ROUTES))
    resources[resource]["Properties"] |= change
    try:
        name = lab.deployer.attempt(resources)
        reasons = " ".join(lab.deployer.reasons(name).values())
    except ClientError as error:  # a property that is not known is refused before there is a stack
        lab.deployer.stacks.pop()
        reasons = str(error)
    assert said in reasons
