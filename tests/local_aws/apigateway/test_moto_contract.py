"""What the hooks rely on in moto's private parts; each test names the hook that breaks when moto changes."""

from __future__ import annotations

import inspect

import pytest
from moto.apigateway import urls as old_urls
from moto.apigatewayv2 import urls
from moto.apigatewayv2.exceptions import APIGatewayV2Error
from moto.apigatewayv2.models import ApiGatewayV2Backend, Stage, apigatewayv2_backends
from moto.apigatewayv2.responses import ApiGatewayV2Response
from moto.awslambda.models import LambdaFunction
from moto.awslambda.policy import Policy
from moto.core.base_backend import BackendDict
from moto.core.exceptions import JsonRESTError
from moto.core.utils import camelcase_to_underscores, get_service_model
from moto.sts.models import AssumedRole, STSBackend

from local_aws.apigateway.backend import Backend
from local_aws.apigateway.supported import ACTIONS, SUPPORTED

ADDED = {"UpdateStage", "DeleteAccessLogSettings"}
"""Operations that moto does not have."""


def test_the_backend_is_made_by_the_class_in_the_backend_attribute() -> None:
    assert isinstance(apigatewayv2_backends, BackendDict)
    assert apigatewayv2_backends.backend in (ApiGatewayV2Backend, Backend)
    assert list(inspect.signature(ApiGatewayV2Backend.__init__).parameters) == ["self", "region_name", "account_id"]
    assert Backend.__module__ == ApiGatewayV2Backend.__module__


@pytest.mark.parametrize("action", sorted(ACTIONS))
def test_actions_are_methods_of_the_response_class(action: str) -> None:
    exists = hasattr(ApiGatewayV2Response, camelcase_to_underscores(action))
    assert exists or action in ADDED, f"moto no longer answers {action}"
    assert action in get_service_model("apigatewayv2").operation_names


def test_every_member_that_is_checked_is_one_of_the_service() -> None:
    for action, members in SUPPORTED.items():
        shape = get_service_model("apigatewayv2").operation_model(action).input_shape
        on_the_wire = {member.serialization.get("name", name) for name, member in shape.members.items()}
        assert {path.partition(".")[0] for path in members} <= on_the_wire, action


@pytest.mark.parametrize(
    ("method", "first"),
    [
        ("create_route", "api_id"),
        ("create_integration", "api_id"),
        ("delete_integration", "api_id"),
        ("delete_route", "api_id"),
        ("create_stage", "api_id"),
        ("delete_stage", "api_id"),
        ("delete_api", "api_id"),
    ],
)
def test_methods_that_are_wrapped_take_what_they_took(method: str, first: str) -> None:
    assert list(inspect.signature(getattr(ApiGatewayV2Backend, method)).parameters)[1] == first


@pytest.mark.parametrize("action", ["update_route", "update_integration", "create_route"])
def test_the_response_class_names_what_it_passes(action: str) -> None:
    source = inspect.getsource(getattr(ApiGatewayV2Response, action))
    source = source if "def checked" not in source else ""  # wrapped, when the hooks are installed in this process
    assert not source or "api_id=api_id" in source


def test_the_objects_have_what_the_picture_is_taken_of() -> None:
    backend = ApiGatewayV2Backend("eu-west-1", "123456789012")
    api = backend.create_api("", "", "", "", "", "n", "HTTP", "", {}, "")
    assert api.api_endpoint.startswith("https://")
    assert [dict(api.stages), dict(api.routes), dict(api.integrations)] == [{}, {}, {}]
    stage = Stage(api, {"stageName": "s", "autoDeploy": True})
    assert stage.config == {"stageName": "s", "autoDeploy": True}
    for name in ("access_log_settings", "default_route_settings", "route_settings", "stage_variables", "created"):
        assert hasattr(stage, name), name
    route = vars(api.create_route(api_key_required=False, authorization_scopes=[], route_key="GET /a", target="t"))
    assert {"route_id", "route_key", "authorization_type", "target"} <= route.keys()
    made = vars(api.create_integration("INTERNET", "", "POST", "AWS_PROXY", "uri"))
    assert {"id", "integration_uri", "payload_format_version", "timeout_in_millis"} <= made.keys()


def test_both_apis_routes_are_dictionaries_read_when_the_server_is_made() -> None:
    assert isinstance(urls.url_paths, dict)
    assert set(urls.url_paths) <= set(old_urls.url_paths)


def test_errors_are_answered_with_their_code_and_status() -> None:
    assert issubclass(APIGatewayV2Error, JsonRESTError)
    assert JsonRESTError("NotEmulated", "m").error_type == "NotEmulated"


def test_a_functions_policy_is_a_list_of_statements() -> None:
    assert "self.policy = Policy(self)" in inspect.getsource(LambdaFunction.__init__)
    assert "self.statements" in inspect.getsource(Policy.__init__)


def test_sessions_keep_their_secret() -> None:
    source = inspect.getsource(AssumedRole)
    for name in ("secret_access_key", "session_token", "user_id"):
        assert name in source
    assert hasattr(STSBackend, "get_assumed_role_from_access_key")
