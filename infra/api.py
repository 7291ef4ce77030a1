"""The HTTP API: recommendations and predictions, for whoever IAM lets in."""

from __future__ import annotations

import json

from aws_cdk import Aws, Duration
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.functions import Capacity, PythonFunction
from infra.logs import log_group, stack_uuid
from infra.pipeline_functions import may_predict
from infra.settings import Stage
from infra.storage import MODELS, may_read
from infra.version import LiveVersion
from infra.workflow.endpoint import VARIANT

ROUTES = {
    "Users": "GET /users",
    "User": "GET /users/{user}",
    "UserRecommendations": "GET /users/{user}/recommendations",
    "Items": "GET /items",
    "Item": "GET /items/{item}",
    "SimilarItems": "GET /items/{item}/similar",
    "Predictions": "POST /predictions",
    "Recommendations": "POST /recommendations",
    "Model": "GET /model",
    "Document": "GET /openapi.json",
    "Other": "$default",
}
"""What is asked for by no route of its own meets the same authorizer, and then the function's "not found"."""
LONGEST = Duration.seconds(29)
"""A second less than an HTTP API waits for its function ("Quotas for configuring and running an HTTP API")."""
# The variables of "Customize HTTP API access logs"; the caller is whom the IAM authorizer found.
_LOGGED = {
    "requestId": "$context.requestId",
    "time": "$context.requestTime",
    "ip": "$context.identity.sourceIp",
    "caller": "$context.identity.userArn",
    "method": "$context.httpMethod",
    "path": "$context.path",
    "route": "$context.routeKey",
    "protocol": "$context.protocol",
    "status": "$context.status",
    "responseLength": "$context.responseLength",
    "responseLatency": "$context.responseLatency",
    "integrationLatency": "$context.integrationLatency",
    "error": "$context.error.message",
    "integrationError": "$context.integrationErrorMessage",
}


class RecommenderApi(Construct):
    """One function behind explicit routes, each of which asks IAM who is calling. `url` is where it answers.

    `api_id` and `function_name` are those that their metrics go by.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        stage: Stage,
        bucket: s3.IBucket,
        numpy: lambda_.ILayerVersion,
        live: LiveVersion,
    ) -> None:
        super().__init__(scope, id_)
        api = apigateway.CfnApi(
            self, "Http", name=stage.name, description=f"{stage.name}: recommendations", protocol_type="HTTP"
        )
        answering = PythonFunction(
            self,
            "Answer",
            stage=stage,
            module="api",
            layers=[numpy],
            environment={
                "BUCKET": bucket.bucket_name,
                "POINTER": live.name,
                "ENDPOINT": stage.name,
                "VARIANT": VARIANT,
                **stage.metrics,
                # One virtual CPU, which looks like more: a second thread of OpenBLAS would only wait for the first.
                "OPENBLAS_NUM_THREADS": "1",
            },
            permissions=[may_read(bucket, f"{MODELS}/*"), live.may_read(), may_predict(stage)],
            capacity=Capacity(timeout=LONGEST),
        )
        answering.function.add_permission(
            "Api",
            principal=iam.ServicePrincipal("apigateway.amazonaws.com"),
            source_arn=f"arn:{Aws.PARTITION}:execute-api:{Aws.REGION}:{Aws.ACCOUNT_ID}:{api.ref}/*/*",
        )
        _routes(self, api.ref, function_arn=answering.arn)
        _default_stage(self, api.ref, stage=stage)
        self.url = api.attr_api_endpoint
        self.api_id, self.function_name = api.ref, answering.function.function_name


def _routes(scope: Construct, api_id: str, *, function_arn: str) -> None:
    """No route is without the IAM authorizer: who signs nothing is turned away before the function runs."""
    integration = apigateway.CfnIntegration(
        scope,
        "Integration",
        api_id=api_id,
        integration_type="AWS_PROXY",
        integration_uri=function_arn,
        payload_format_version="2.0",
    )
    for id_, key in ROUTES.items():
        apigateway.CfnRoute(
            scope,
            f"{id_}Route",
            api_id=api_id,
            route_key=key,
            authorization_type="AWS_IAM",
            target=f"integrations/{integration.ref}",
        )


def _default_stage(scope: Construct, api_id: str, *, stage: Stage) -> None:
    """The stage without a name in the path: throttled, and each request a line in a log of its own."""
    # A name that begins so spares the account-wide limit on the size of log resource policies.
    log = log_group(scope, "Log", stage=stage, name=f"/aws/vendedlogs/apis/{stage.name}-{stack_uuid()}")
    apigateway.CfnStage(
        scope,
        "Stage",
        api_id=api_id,
        stage_name="$default",
        auto_deploy=True,
        default_route_settings=apigateway.CfnStage.RouteSettingsProperty(
            throttling_rate_limit=stage.api_rate_per_s, throttling_burst_limit=stage.api_burst
        ),
        access_log_settings=apigateway.CfnStage.AccessLogSettingsProperty(
            destination_arn=log.log_group_arn, format=json.dumps(_LOGGED)
        ),
    )
