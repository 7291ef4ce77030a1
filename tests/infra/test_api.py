"""The HTTP API: who may call it, how often, what is logged of it; and the parameter that names the live version."""

from __future__ import annotations

import json
import re

import pytest

from infra.settings import STAGES, stage_of
from tests.infra.rendering import Json, rendered, resources
from tests.infra.synthesis import Assembly

NAME = "movie-recommender-dev"
PARAMETER = f"/{NAME}/model"
ROUTES = {
    "GET /users",
    "GET /users/{user}",
    "GET /users/{user}/recommendations",
    "GET /items",
    "GET /items/{item}",
    "GET /items/{item}/similar",
    "POST /predictions",
    "POST /recommendations",
    "GET /model",
    "GET /openapi.json",
    "$default",
}


def _only(template: Json, kind: str) -> Json:
    (properties,) = resources(template, kind).values()
    return properties


def test_every_route_asks_iam(pipeline: Json) -> None:
    routes = list(resources(pipeline, "AWS::ApiGatewayV2::Route").values())
    assert {route["RouteKey"] for route in routes} == ROUTES
    assert len(routes) == len(ROUTES)
    assert {route["AuthorizationType"] for route in routes} == {"AWS_IAM"}


def test_every_route_leads_to_the_one_function(pipeline: Json) -> None:
    integration = _only(pipeline, "AWS::ApiGatewayV2::Integration")
    assert integration["IntegrationType"] == "AWS_PROXY"
    assert integration["PayloadFormatVersion"] == "2.0"
    assert integration["IntegrationUri"].startswith("${ApiAnswerFunction")
    (target,) = {route["Target"] for route in resources(pipeline, "AWS::ApiGatewayV2::Route").values()}
    assert re.fullmatch(r"integrations/\$\{ApiIntegration\w+}", target)


def test_nobody_else_may_invoke_the_function(pipeline: Json) -> None:
    """The source is this API: any of its stages and routes, of which each asks IAM."""
    permission = _only(pipeline, "AWS::Lambda::Permission")
    assert permission["Principal"] == "apigateway.amazonaws.com"
    assert permission["FunctionName"].startswith("${ApiAnswerFunction")
    assert re.fullmatch(
        r"arn:\$\{AWS::Partition}:execute-api:\$\{AWS::Region}:\$\{AWS::AccountId}:\$\{ApiHttp\w+}/\*/\*",
        permission["SourceArn"],
    )


def test_no_other_page_may_call_it_from_a_browser(pipeline: Json) -> None:
    api = _only(pipeline, "AWS::ApiGatewayV2::Api")
    assert api["ProtocolType"] == "HTTP"
    assert "CorsConfiguration" not in api


@pytest.mark.parametrize("stage", STAGES)
def test_the_stage_is_throttled_as_the_settings_say(assemblies: dict[str, Assembly], stage: str) -> None:
    deployed = _only(assemblies[stage].template("Pipeline"), "AWS::ApiGatewayV2::Stage")
    settings = stage_of(stage)
    assert (deployed["StageName"], deployed["AutoDeploy"]) == ("$default", True)
    assert deployed["DefaultRouteSettings"] == {
        "ThrottlingRateLimit": settings.api_rate_per_s,
        "ThrottlingBurstLimit": settings.api_burst,
    }


def test_each_request_is_a_line_of_json_in_a_log_of_its_own(pipeline: Json) -> None:
    settings = _only(pipeline, "AWS::ApiGatewayV2::Stage")["AccessLogSettings"]
    logs = resources(pipeline, "AWS::Logs::LogGroup")
    assert settings["DestinationArn"].startswith("${ApiLog")
    assert logs["ApiLog"]["LogGroupName"].startswith(f"/aws/vendedlogs/apis/{NAME}-")
    logged = json.loads(settings["Format"])
    assert {"$context.requestId", "$context.status", "$context.identity.userArn", "$context.routeKey"} <= {
        *logged.values()
    }
    assert all(re.fullmatch(r"\$context\.[A-Za-z.]+", variable) for variable in logged.values())


def test_the_function_answers_before_the_api_stops_waiting(pipeline: Json) -> None:
    """An HTTP API waits 30 seconds ("Quotas for configuring and running an HTTP API")."""
    function = resources(pipeline, "AWS::Lambda::Function")["ApiAnswerFunction"]
    assert function["Timeout"] < 30
    assert function["Architectures"] == ["arm64"]
    assert [layer.startswith("${FunctionsLayersNumpy") for layer in function["Layers"]] == [True]
    assert function["Environment"]["Variables"].items() >= {
        ("POINTER", PARAMETER),
        ("ENDPOINT", NAME),
        ("VARIANT", "main"),
    }


def test_outputs_say_where_it_is(pipeline: Json) -> None:
    outputs = rendered(pipeline["Outputs"])
    assert re.fullmatch(r"\$\{ApiHttp\w+\.ApiEndpoint}", outputs["ApiUrl"]["Value"])
    assert outputs["VersionParameter"]["Value"] == PARAMETER


def test_a_deployment_leaves_the_live_version_alone(pipeline: Json) -> None:
    """CloudFormation would put "none" wherever anything of this differs from what was deployed: so it is for ever."""
    assert list(resources(pipeline, "AWS::SSM::Parameter").values()) == [
        {"Name": PARAMETER, "Type": "String", "Value": "none"}
    ]
