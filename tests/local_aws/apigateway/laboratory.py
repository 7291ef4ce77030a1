"""An HTTP API in front of a function, deployed as a stack, and requests to it that are signed by botocore."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.local_aws.cloudformation.conftest import Deployer, trusting
from tests.local_aws.conftest import REGION, LocalAws

DEADLINE_S = 20.0
Template = dict[str, Any]
OPERATOR = Credentials("local-operator", "local")
LOGGED = {
    "id": "$context.requestId",
    "route": "$context.routeKey",
    "status": "$context.status",
    "caller": "$context.identity.userArn",
    "error": "$context.error.message",
    "why": "$context.authorizer.error",
    "integration": "$context.integrationErrorMessage",
}
# Not JSON: quotation marks in the values would not be escaped, as on AWS.
SEPARATOR = "|"
FORMAT = SEPARATOR.join(LOGGED.values())
SOURCE = """
import base64, os, time

class Unhappy(Exception):
    pass

def handler(event, context):
    do = event.get("queryStringParameters", {}).get("do")
    if do == "raise":
        raise Unhappy("no")
    if do == "exit":
        os._exit(3)
    if do == "wrong":
        return {"statusCode": 200, "body": {"not": "text"}}
    if do == "sleep":
        time.sleep(3)
    if do == "large":
        return "x" * 7_000_000
    if do == "full":
        return {
            "statusCode": 418, "headers": {"X-Made": "here", "Content-Type": "image/png"}, "cookies": ["a=1", "b=2"],
            "body": base64.b64encode(bytes(range(256))).decode(), "isBase64Encoded": True,
        }
    if do == "empty":
        return {"statusCode": 204}
    return event
"""


def api_resources(routes: Mapping[str, tuple[str, str]], **stage: Any) -> Template:
    """routes: by logical id, (route key, authorization). Without a permission for API Gateway to call the function."""
    integration = {"ApiId": {"Ref": "Api"}, "IntegrationType": "AWS_PROXY", "PayloadFormatVersion": "2.0"}
    return {
        "Role": {
            "Type": "AWS::IAM::Role",
            "Properties": {"AssumeRolePolicyDocument": trusting("lambda")},
        },
        "Function": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "Code": {"ZipFile": SOURCE},
                "Handler": "index.handler",
                "Runtime": "python3.11",
                "Role": {"Fn::GetAtt": ["Role", "Arn"]},
                "Timeout": 20,
            },
        },
        "Log": {"Type": "AWS::Logs::LogGroup", "Properties": {}},
        "Api": {"Type": "AWS::ApiGatewayV2::Api", "Properties": {"Name": "api", "ProtocolType": "HTTP"}},
        "Integration": {
            "Type": "AWS::ApiGatewayV2::Integration",
            "Properties": {**integration, "IntegrationUri": {"Fn::GetAtt": ["Function", "Arn"]}},
        },
        "Stage": {
            "Type": "AWS::ApiGatewayV2::Stage",
            "Properties": {
                "ApiId": {"Ref": "Api"},
                "StageName": "$default",
                "AutoDeploy": True,
                "AccessLogSettings": {"DestinationArn": {"Fn::GetAtt": ["Log", "Arn"]}, "Format": FORMAT},
                **stage,
            },
        },
        **{name: _route(key, authorization) for name, (key, authorization) in routes.items()},
    }


def permission(path: str = "/*/*") -> Template:
    """The resource that lets API Gateway call the function for these paths of the API."""
    source = f"arn:${{AWS::Partition}}:execute-api:${{AWS::Region}}:${{AWS::AccountId}}:${{Api}}{path}"
    return {
        "Type": "AWS::Lambda::Permission",
        "Properties": {
            "Action": "lambda:InvokeFunction",
            "FunctionName": {"Fn::GetAtt": ["Function", "Arn"]},
            "Principal": "apigateway.amazonaws.com",
            "SourceArn": {"Fn::Sub": source},
        },
    }


OUTPUTS = {
    "Url": {"Value": {"Fn::GetAtt": ["Api", "ApiEndpoint"]}},
    "Api": {"Value": {"Ref": "Api"}},
    "Log": {"Value": {"Ref": "Log"}},
    "Function": {"Value": {"Ref": "Function"}},
}


def _route(key: str, authorization: str) -> Template:
    properties = {"ApiId": {"Ref": "Api"}, "RouteKey": key, "AuthorizationType": authorization}
    target = {"Target": {"Fn::Join": ["/", ["integrations", {"Ref": "Integration"}]]}}
    return {"Type": "AWS::ApiGatewayV2::Route", "Properties": properties | target}


@dataclass
class Laboratory:
    """Deploys APIs, calls them, and reads their logs."""

    local_aws: LocalAws
    deployer: Deployer = field(init=False)
    http: requests.Session = field(default_factory=requests.Session)

    def __post_init__(self) -> None:
        self.deployer = Deployer(cache(self.local_aws.client))

    def deploy(self, resources: Template) -> tuple[str, dict[str, str]]:
        """A new stack's name and outputs."""
        name = self.deployer.create(resources, Outputs=OUTPUTS)
        return name, self.deployer.outputs(name)

    def call(
        self, url: str, method: str = "GET", *, by: Credentials | None = OPERATOR, **more: Any
    ) -> requests.Response:
        """A request, signed unless `by` is None."""
        headers, body = dict(more.get("headers", {})), more.get("data")
        if by is not None:
            request = AWSRequest(method=method, url=url, data=body, headers=headers)
            SigV4Auth(by, "execute-api", REGION).add_auth(request)
            headers = dict(request.headers)
        return self.http.request(method, url, headers=headers, data=body, timeout=DEADLINE_S)

    def caller(self, *statements: Mapping[str, Any], session_policy: Mapping[str, Any] | None = None) -> Credentials:
        """A new role's session with these permissions."""
        iam, name = self.local_aws.client("iam"), f"api-{uuid.uuid4().hex[:12]}"
        role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trusting("lambda")))["Role"]
        if statements:
            policy = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
            iam.put_role_policy(RoleName=name, PolicyName="tests", PolicyDocument=policy)
        narrowed = {"Policy": json.dumps(session_policy)} if session_policy else {}
        sts = self.local_aws.client("sts")
        issued = sts.assume_role(RoleArn=role["Arn"], RoleSessionName="caller", **narrowed)["Credentials"]
        return Credentials(issued["AccessKeyId"], issued["SecretAccessKey"], issued["SessionToken"])

    def audit(self) -> dict[str, Any]:
        """What the local IAM was asked."""
        page: dict[str, Any] = requests.get(f"{self.local_aws.endpoint_url}/_local_aws/iam", timeout=DEADLINE_S).json()
        return page

    def logged(self, group: str, request_id: str) -> dict[str, str]:
        """The access log's entry of a request; there is nothing to wait on but its delivery."""
        logs, deadline = self.local_aws.client("logs"), time.monotonic() + DEADLINE_S
        while True:
            for found in logs.filter_log_events(logGroupName=group)["events"]:
                entry = dict(zip(LOGGED, found["message"].split(SEPARATOR), strict=True))
                if entry["id"] == request_id:
                    return entry
            assert time.monotonic() < deadline, request_id
            time.sleep(0.02)

    def entry_of(self, group: str, response: requests.Response) -> dict[str, str]:
        """The access log's entry of a response."""
        return self.logged(group, response.headers["Apigw-Requestid"])

    def clean_up(self) -> None:
        """Delete all stacks."""
        for name in reversed(self.deployer.stacks):
            self.deployer.api.delete_stack(StackName=name)
        self.http.close()


def allow(resource: str, effect: str = "Allow") -> dict[str, str]:
    """A statement about calling APIs."""
    return {"Effect": effect, "Action": "execute-api:Invoke", "Resource": resource}


Caller = Callable[..., Credentials]
