"""What the calls of API Gateway's own API need."""

from __future__ import annotations

from typing import Any

from tests.local_aws.iam.services.needs import REGION, Call, assert_needs_exactly, calls

APIS = f"arn:aws:apigateway:{REGION}::/apis"
ROUTE = {"ApiId": "a", "RouteId": "r"}

CALLS: list[Call] = [
    ("apigatewayv2", "create_api", {"Name": "n", "ProtocolType": "WEBSOCKET"}, [("apigateway:POST", APIS)]),
    ("apigatewayv2", "get_apis", {}, [("apigateway:GET", APIS)]),
    ("apigatewayv2", "get_api", {"ApiId": "a"}, [("apigateway:GET", f"{APIS}/a")]),
    ("apigatewayv2", "delete_api", {"ApiId": "a"}, [("apigateway:DELETE", f"{APIS}/a")]),
    ("apigatewayv2", "update_route", ROUTE, [("apigateway:PATCH", f"{APIS}/a/routes/r")]),
    (
        "apigatewayv2",
        "create_integration",
        {"ApiId": "a", "IntegrationType": "AWS_PROXY"},
        [("apigateway:POST", f"{APIS}/a/integrations")],
    ),
    (
        "apigatewayv2",
        "update_stage",
        {"ApiId": "a", "StageName": "$default"},
        [("apigateway:PATCH", f"{APIS}/a/stages/$default")],
    ),
    (
        "apigatewayv2",
        "tag_resource",
        {"ResourceArn": f"{APIS}/a", "Tags": {"k": "v"}},
        [("apigateway:POST", f"arn:aws:apigateway:{REGION}::/tags/arn%3Aaws%3Aapigateway%3A{REGION}%3A%3A%2Fapis%2Fa")],
    ),
]


@calls(CALLS)
def test_call_needs_exactly_these_permissions(role: Any, call: Call) -> None:
    assert_needs_exactly(role, call)
