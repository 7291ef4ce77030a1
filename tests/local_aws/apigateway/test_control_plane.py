"""The API of API Gateway itself: what it keeps, what it refuses, and whom."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

FUNCTION = "arn:aws:lambda:eu-west-1:123456789012:function:f"
INVOCATION = f"arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/{FUNCTION}/invocations"


@pytest.fixture(scope="module")
def gateway(aws: Callable[[str], Any]) -> Any:
    return aws("apigatewayv2")


@pytest.fixture
def api(gateway: Any) -> Iterator[str]:
    made: str = gateway.create_api(Name="api", ProtocolType="HTTP", Tags={"k": "v"})["ApiId"]
    yield made
    gateway.delete_api(ApiId=made)


def integration(gateway: Any, api: str, **changes: Any) -> str:
    request = {"IntegrationType": "AWS_PROXY", "IntegrationUri": FUNCTION, "PayloadFormatVersion": "2.0", **changes}
    made: str = gateway.create_integration(ApiId=api, **request)["IntegrationId"]
    return made


def refused(call: Callable[..., Any], **request: Any) -> tuple[str, int, str]:
    with pytest.raises(ClientError) as caught:
        call(**request)
    answer = caught.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Message"]


def test_what_is_made_is_answered(gateway: Any, api: str) -> None:
    made = integration(gateway, api, IntegrationUri=INVOCATION, TimeoutInMillis=2000)
    route = gateway.create_route(
        ApiId=api, RouteKey="GET /a", Target=f"integrations/{made}", AuthorizationType="AWS_IAM"
    )
    gateway.create_stage(ApiId=api, StageName="$default", AutoDeploy=True)
    described = gateway.get_api(ApiId=api)
    assert described["ApiEndpoint"].startswith("http://localhost:")
    assert (described["ProtocolType"], described["Tags"]) == ("HTTP", {"k": "v"})
    assert gateway.get_integration(ApiId=api, IntegrationId=made)["TimeoutInMillis"] == 2000
    assert [one["RouteKey"] for one in gateway.get_routes(ApiId=api)["Items"]] == ["GET /a"]
    assert gateway.get_stage(ApiId=api, StageName="$default")["AutoDeploy"] is True
    gateway.update_route(ApiId=api, RouteId=route["RouteId"], RouteKey="POST /a")
    assert gateway.get_route(ApiId=api, RouteId=route["RouteId"])["RouteKey"] == "POST /a"
    gateway.update_stage(ApiId=api, StageName="$default", Description="d", StageVariables={"a": "b"})
    stage = gateway.get_stage(ApiId=api, StageName="$default")
    assert (stage["Description"], stage["StageVariables"], stage["AutoDeploy"]) == ("d", {"a": "b"}, True)
    arn = f"arn:aws:apigateway:eu-west-1::/apis/{api}"
    gateway.tag_resource(ResourceArn=arn, Tags={"l": "w"})
    gateway.untag_resource(ResourceArn=arn, TagKeys=["k"])
    assert gateway.get_tags(ResourceArn=arn)["Tags"] == {"l": "w"}


def test_what_is_there_is_in_the_way(gateway: Any, api: str) -> None:
    made = integration(gateway, api)
    target = f"integrations/{made}"
    route = gateway.create_route(ApiId=api, RouteKey="GET /a", Target=target)["RouteId"]
    other = gateway.create_route(ApiId=api, RouteKey="GET /b", Target=target)["RouteId"]
    conflict = ("ConflictException", 409)
    twice = refused(gateway.create_route, ApiId=api, RouteKey="GET /a")
    assert twice == (*conflict, "Route with key GET /a already exists for this API")
    assert refused(gateway.update_route, ApiId=api, RouteId=other, RouteKey="GET /a")[:2] == conflict
    needed = refused(gateway.delete_integration, ApiId=api, IntegrationId=made)
    assert needed[:2] == conflict
    assert "because it is referenced by Route" in needed[2]
    gateway.create_stage(ApiId=api, StageName="dev", AutoDeploy=True)
    assert refused(gateway.create_stage, ApiId=api, StageName="dev", AutoDeploy=True)[:2] == conflict
    for one in (route, other):
        gateway.delete_route(ApiId=api, RouteId=one)
    gateway.delete_integration(ApiId=api, IntegrationId=made)


def test_what_is_refused_changes_nothing(gateway: Any, api: str) -> None:
    made = integration(gateway, api)
    code = refused(gateway.update_integration, ApiId=api, IntegrationId=made, IntegrationUri="f")[0]
    assert code == "BadRequestException"
    assert gateway.get_integration(ApiId=api, IntegrationId=made)["IntegrationUri"] == FUNCTION
    for change in ({"PayloadFormatVersion": "1.0"}, {"CredentialsArn": "arn:aws:iam::123456789012:role/r"}):
        assert refused(integration, gateway=gateway, api=api, **change)[0] == "NotEmulated"
    elsewhere = FUNCTION.replace("eu-west-1", "us-east-1")
    assert "of another region" in refused(integration, gateway=gateway, api=api, IntegrationUri=elsewhere)[2]
    assert len(gateway.get_integrations(ApiId=api)["Items"]) == 1


@pytest.mark.parametrize(
    ("call", "request_of"),
    [
        ("get_api", {"ApiId": "none"}),
        ("delete_api", {"ApiId": "none"}),
        ("delete_route", {"RouteId": "none"}),
        ("delete_stage", {"StageName": "none"}),
        ("update_stage", {"StageName": "none", "Description": "d"}),
        ("delete_integration", {"IntegrationId": "none"}),
        ("update_integration", {"IntegrationId": "none", "Description": "d"}),
    ],
)
def test_what_is_not_there_is_not_found(gateway: Any, api: str, call: str, request_of: dict[str, str]) -> None:
    assert refused(getattr(gateway, call), **{"ApiId": api, **request_of})[:2] == ("NotFoundException", 404)


@pytest.mark.parametrize(
    ("service", "call", "request_of", "named"),
    [
        ("apigatewayv2", "get_authorizers", {"ApiId": "a"}, "ApiGatewayV2.GetAuthorizers"),
        ("apigatewayv2", "create_deployment", {"ApiId": "a"}, "ApiGatewayV2.CreateDeployment"),
        ("apigatewayv2", "get_domain_names", {}, "ApiGatewayV2.GetDomainNames"),
        ("apigatewayv2", "import_api", {"Body": "{}"}, "ApiGatewayV2.ImportApi"),
        ("apigateway", "create_rest_api", {"name": "n"}, "API Gateway.CreateRestApi"),
        ("apigateway", "get_rest_apis", {}, "API Gateway.GetRestApis"),
    ],
)  # fmt: skip
def test_other_actions_are_refused_by_name(
    aws: Callable[[str], Any], service: str, call: str, request_of: dict[str, Any], named: str
) -> None:
    assert refused(getattr(aws(service), call), **request_of) == ("NotEmulated", 400, f"{named} is not emulated")
